"""An office and an account for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tryout import office as offices
from tests.tryout.office import Office
from tryout.account import Account


@pytest.fixture
def office() -> Iterator[Office]:
    with offices.office() as here:
        yield here


@pytest.fixture
def account(office: Office) -> Iterator[Account]:
    """An account whose every request, at the end of the test, proves to have been signed."""
    made = offices.open_account(office)
    yield made
    made.settle()
    made.close()
    assert [seen for seen in office.seen if not seen.signed] == []
