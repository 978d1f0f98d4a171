"""A card from its slot to the record: pcscd, a software card, the real service."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kiosk.card.events import CardFailed, CardIn, ReaderIs
from kiosk.card.worker import CardWorker
from status_service.client import CardSessionOver, Client, Relay
from tests.kiosk.card.desk import Heard
from tests.kiosk.cards import card_images
from tests.kiosk.slot import Reader
from tests.servers import Hall

SEEN_WITHIN = 5.0  # seconds


@pytest.fixture
def images(hall: Hall, tmp_path: Path) -> dict[str, dict[str, Any]]:
    return card_images(hall, tmp_path)


class Watched(Client):
    """Knows the sessions that were opened by it."""

    def __init__(self, hall: Hall) -> None:
        super().__init__(hall.settings.service_url, hall.settings.service_token)
        self.sessions: list[str] = []

    def card_open(self, kiosk: str) -> Relay:
        opened = super().card_open(kiosk)
        self.sessions.append(opened.session)
        return opened

    def are_over(self) -> bool:
        for session in self.sessions:
            with pytest.raises(CardSessionOver):
                self.card_cases(session, ())
        return bool(self.sessions)


@pytest.fixture
def client(hall: Hall) -> Watched:
    return Watched(hall)


@pytest.mark.parametrize("card", ["aynur", "zhou"])
def test_a_card_opens_its_holders_cases_until_it_is_pulled(
        reader: Reader, client: Watched, images: dict[str, dict[str, Any]], card: str) -> None:
    heard = Heard()
    worker = CardWorker(client, "kiosk-1", heard)
    worker.start()
    try:
        assert heard.next(ReaderIs).state == "ready"
        reader.insert(images[card])
        proven = heard.proven(SEEN_WITHIN)
        assert proven.level == 2
        listed = worker.ask(proven.generation, client.card_cases).items
        assert len(listed) > 1
        for number in (listed[0].number, listed[1].number):
            [one] = worker.ask(proven.generation, partial(client.card_cases, number=number)).items
            assert one in listed and one.number == number
        reader.remove()
        heard.out(proven.generation)
    finally:
        worker.stop()  # after all that was asked of the service
    assert client.are_over()


def test_a_kiosk_that_ends_ends_the_session(reader: Reader, client: Watched,
                                            images: dict[str, dict[str, Any]]) -> None:
    heard = Heard()
    worker = CardWorker(client, "kiosk-1", heard)
    worker.start()
    try:
        heard.next(ReaderIs)
        reader.insert(images["zhou"])
        heard.proven(SEEN_WITHIN)
    finally:
        worker.stop()
    assert client.are_over()


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
