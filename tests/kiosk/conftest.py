from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from smartcard import scard

from processes import port_is_free
from tests.kiosk.slot import Reader, card_reader

READER = pytest.StashKey[Reader]()


@pytest.fixture
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    """A card reader that works and is empty, and this process uses it.

    One for the life of the process, for libpcsclite looks for its socket but once; so nothing
    may speak to the reader service before this fixture.
    """
    if READER not in request.config.stash:
        rig = ExitStack()
        directory = rig.enter_context(tempfile.TemporaryDirectory(prefix="hallway-"))
        made = rig.enter_context(card_reader(Path(directory)))
        os.environ.update(made.environ)
        request.config.stash[READER] = made
        request.config.add_cleanup(rig.close)
    found = request.config.stash[READER]
    if port_is_free(found.port):  # a test that failed left it dead
        found.restart()
    yield found
    found.remove()
    _wait_until_empty()


def _wait_until_empty() -> None:
    """The reader looks but every 400 ms: the next test's card is not to be taken for ours."""
    hresult, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if hresult:  # a test that failed left it dead
        return
    try:
        states = [(name, scard.SCARD_STATE_UNAWARE)
                  for name in scard.SCardListReaders(context, [])[1]]
        while True:
            hresult, now = scard.SCardGetStatusChange(context, 10_000, states)
            assert not hresult, scard.SCardGetErrorMessage(hresult)
            if all(state & scard.SCARD_STATE_EMPTY for _, state, _ in now):
                return
            states = [(name, state & ~scard.SCARD_STATE_CHANGED) for name, state, _ in now]
    finally:
        scard.SCardReleaseContext(context)
