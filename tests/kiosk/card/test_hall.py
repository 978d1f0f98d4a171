"""A card from its slot to the record: pcscd, a software card, the real service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.card.events import CardFailed, CardIn, ReaderIs
from kiosk.card.worker import CardWorker
from status_service.client import CardSessionOver, Client
from tests.kiosk.card.desk import Heard
from tests.kiosk.cards import card_images
from tests.kiosk.slot import Reader
from tests.servers import Hall

SEEN_WITHIN = 5.0  # seconds


@pytest.fixture
def images(hall: Hall, tmp_path: Path) -> dict[str, dict[str, Any]]:
    return card_images(hall, tmp_path)


def _over(client: Client, session: str) -> bool:
    try:
        client.card_cases(session)
    except CardSessionOver:
        return True
    return False


@pytest.mark.parametrize("card", ["aynur", "zhou"])
def test_a_card_opens_its_holders_cases_until_it_is_pulled(
        reader: Reader, hall: Hall, images: dict[str, dict[str, Any]], card: str) -> None:
    heard = Heard()
    worker = CardWorker(hall.client, "kiosk-1", heard)
    worker.start()
    try:
        assert heard.next(ReaderIs).state == "ready"
        reader.insert(images[card])
        proven = heard.proven(SEEN_WITHIN)
        assert proven.level == 2
        assert len(hall.client.card_cases(proven.session)) > 1
        reader.remove()
        heard.out(proven.generation)
    finally:
        worker.stop()  # after all that was asked of the service
    assert _over(hall.client, proven.session)


def test_a_kiosk_that_ends_ends_the_session(reader: Reader, hall: Hall,
                                            images: dict[str, dict[str, Any]]) -> None:
    heard = Heard()
    worker = CardWorker(hall.client, "kiosk-1", heard)
    worker.start()
    try:
        heard.next(ReaderIs)
        reader.insert(images["zhou"])
        session = heard.proven(SEEN_WITHIN).session
    finally:
        worker.stop()
    assert _over(hall.client, session)


@pytest.mark.parametrize(("card", "fault"), [
    ("lost", ""), ("expired", ""), ("zhou", "cloned"), ("aynur", "cloned"), ("zhou", "replay"),
    ("aynur", "replay")])
def test_a_card_the_service_does_not_accept(
        reader: Reader, hall: Hall, images: dict[str, dict[str, Any]], card: str,
        fault: str) -> None:
    heard = Heard()
    worker = CardWorker(hall.client, "kiosk-1", heard)
    worker.start()
    try:
        heard.next(ReaderIs)
        reader.insert(images[card], fault)
        heard.next(CardIn)
        assert heard.next(CardFailed).why == "refused"
    finally:
        worker.stop()
