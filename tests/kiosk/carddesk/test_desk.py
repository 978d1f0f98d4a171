"""A clerk at a desk: the program, a real pcscd, blank software cards, the real service; and then
the holder at a kiosk."""

from __future__ import annotations

import getpass
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import processes
from kiosk.card.events import CardFailed, CardIn, CardProven, ReaderIs
from kiosk.card.pin import Pin
from kiosk.card.worker import CardWorker
from kiosk.cards.__main__ import main
from status_service.client import CardDesk, Client, Unknown
from tests.kiosk.card.desk import Heard
from tests.kiosk.conftest import _wait_until_empty
from tests.kiosk.slot import Reader
from tests.servers import Hall, hall_server, run_service_command
from tests.sms.handset import bureau
from tryout.softcard.blank import BlankCard

TRANSPORT = "F0E1D2C3B4A5968778695A4B3C2D1E0F"  # as tests.servers has it
PIN, NEXT_PIN = "135792", "864209"
Says = Callable[..., str]


class Desk:
    """A reader, a clerk, and an applicant with a case of their own."""

    def __init__(self, hall: Hall, reader: Reader, case: str, capsys: Any) -> None:
        self.hall, self.reader, self.case, self._capsys = hall, reader, case, capsys
        self.printed = ""
        self.heard = ""  # all that the program ever said

    def __call__(self, *arguments: str, code: int = 0) -> str:
        assert main(["--clerk", "c-17", "--language", "en", *arguments]) == code
        out, err = self._capsys.readouterr()
        self.heard += out + err
        if "printed number " in out:
            self.printed = out.partition("printed number ")[2][:12]
        return str(out + err)

    def put_in(self, card: BlankCard, fault: str = "") -> None:
        self.reader.remove()
        _wait_until_empty()  # it looks but every 400 ms
        self.reader.slot.insert(card.image, fault, card)

    def issued(self, card: BlankCard) -> str:
        self.put_in(card)
        assert "has proven itself" in self("issue", self.case)
        self.reader.remove()
        _wait_until_empty()  # it looks but every 400 ms
        return self.printed


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Hall]:
    """A hall of its own: others count the cards of theirs."""
    state = tmp_path_factory.mktemp("carddesk")
    with hall_server(state, f"sqlite:///{state}/hallway.db", redis_url) as running:
        yield running


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the applicant keys in next."""
    keyed = [PIN, PIN]
    monkeypatch.setattr(getpass, "getpass", lambda prompt: keyed.pop(0))
    return keyed


@pytest.fixture
def desk(hall: Hall, reader: Reader, pins: list[str], monkeypatch: pytest.MonkeyPatch,
         capsys: Any) -> Iterator[Desk]:
    said = run_service_command(hall.environ, "tokens", "add", "desk", "--scope", "card-desk")
    token = said.split()[-1]
    for name in ("HALLWAY_SERVICE_URL", "HALLWAY_STATE"):
        monkeypatch.setenv(name, hall.environ[name])
    monkeypatch.setenv("HALLWAY_SERVICE_TOKEN", token)
    wait_for_token(hall, token)
    holder = {"name": "赛比热·买买提", "kind": "person",
              "phone": f"+86138{secrets.randbelow(10**8):08d}"}
    case = bureau(hall).writes(f"DESK-{secrets.token_hex(4).upper()}", applicant=holder)
    yield Desk(hall, reader, case, capsys)
    reader.remove()


def wait_for_token(hall: Hall, token: str) -> None:
    tick = threading.Event()
    for _ in range(100):
        if hall.get("/v1/cards/keys", token).status_code == 200:
            return
        tick.wait(0.1)
    raise AssertionError("the token never counts")


@contextmanager
def kiosk(client: Client) -> Iterator[tuple[CardWorker, Heard]]:
    heard = Heard()
    worker = CardWorker(client, "kiosk-1", heard)
    worker.start()
    try:
        assert heard.next(ReaderIs).state == "ready"
        yield worker, heard
    finally:
        worker.stop()


def level(desk: Desk, card: BlankCard, pin: str = "", client: Client | None = None) -> int:
    """What the card opens at the kiosk: 0 is nothing; otherwise its holder's case as well."""
    asked = client or desk.hall.client
    desk.reader.remove()
    _wait_until_empty()  # it looks but every 400 ms
    with kiosk(asked) as (worker, heard):
        desk.put_in(card)
        heard.next(CardIn)
        said = heard.events.get(timeout=5)
        if isinstance(said, CardFailed):
            return 0
        assert isinstance(said, CardProven), said
        [one] = worker.ask(said.generation, asked.card_cases).items
        assert one.number == desk.case
        if pin and worker.pin(said.generation, Pin(pin)).outcome == "good":
            [one] = worker.ask(said.generation, asked.card_cases).items
        return one.level


def blank() -> BlankCard:
    return BlankCard(bytes.fromhex(TRANSPORT))


def test_issued_it_opens_its_holders_case_at_the_kiosk_and_knows_the_pin(desk: Desk) -> None:
    card = blank()
    printed = desk.issued(card)
    assert isinstance(desk.hall.client.card_claim(printed), list)
    assert level(desk, card, PIN) == 3
    desk.put_in(card)
    shown = desk("show")
    assert printed in shown and "active" in shown and "proven" in shown
    assert "买买提" not in desk.heard, "its holder is masked"


def test_pulled_out_in_the_middle_it_is_put_in_again(desk: Desk) -> None:
    card = blank()
    desk.put_in(card, "pulled:14")
    assert "put it back" in desk("issue", desk.case, code=1)
    assert level(desk, card) == 0
    assert desk.issued(card)
    assert level(desk, card) == 2


def test_lost_is_lost_at_once_and_replaced_by_a_new_one(desk: Desk, pins: list[str]) -> None:
    card, new = blank(), blank()
    printed = desk.issued(card)
    assert "at once" in desk("lost", desk.case)
    assert isinstance(desk.hall.client.card_claim(printed), Unknown)
    assert level(desk, card) == 0
    pins += [PIN, PIN]
    desk.put_in(new)
    assert "has proven itself" in desk("replace", printed)
    assert desk.printed != printed
    assert level(desk, new) == 2
    desk.put_in(card)
    assert "revoked" in desk("show")
    assert "cannot be done" in desk("found", code=1)
    assert "for good" in desk("revoke", desk.case)
    assert level(desk, new) == 0


def test_a_blocked_pin_is_set_anew_and_only_the_card_hears_it(
        desk: Desk, pins: list[str]) -> None:
    card = blank()
    desk.issued(card)
    for _ in range(3):
        assert level(desk, card, "000000") == 2
    assert card.tries == 0
    pins += [NEXT_PIN, "111111", NEXT_PIN, NEXT_PIN]
    desk.put_in(card)
    said = desk("unblock")
    assert "The two differ" in said and "The PIN is set." in said
    assert level(desk, card, NEXT_PIN) == 3
    log = Path(desk.hall.settings.state / "service.log").read_text(errors="replace")
    hidden = [PIN, NEXT_PIN, TRANSPORT, card._master.hex(),
              *(key.value.hex() for key in card.image.keys.values())]
    for secret in hidden:
        assert secret.lower() not in (log + desk.heard).lower()


def test_a_card_of_the_old_keys_works_and_is_given_the_new_ones(
        desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    card = blank()
    desk.issued(card)
    hall = desk.hall
    port = processes.free_port()
    environ = {**hall.environ, "HALLWAY_CARD_KEYS": hall.settings.card_keys + ",2:" + "4" * 32}
    later = processes.door("later", processes.SERVICE_APP, port, threads=4,
                           log=hall.settings.state / "later.log", environ=environ)
    url = f"http://127.0.0.1:{port}"
    later.start()
    try:
        later.wait_ready(lambda: processes.answers(url + "/readyz"))
        client = Client(url, hall.settings.service_token)
        assert level(desk, card, client=client) == 2, "both versions count"
        monkeypatch.setenv("HALLWAY_SERVICE_URL", url)
        desk.put_in(card)
        assert "newest keys now" in desk("rekey")
        assert "already" in desk("rekey")
        assert level(desk, card, PIN, client) == 3
        assert "key version 2: 1 cards; the newest" in desk("keys")
        counts = CardDesk(url, os.environ["HALLWAY_SERVICE_TOKEN"]).desk_keys()
        assert [(one.version, one.newest) for one in counts] == [(1, False), (2, True)]
    finally:
        later.stop()


def test_what_is_wrong_is_said_in_one_sentence(desk: Desk) -> None:
    assert "No applicant" in desk("issue", "99-000000", code=1)
    assert "no card in the reader" in desk("--wait", "1", "show", code=1)
    desk.put_in(BlankCard(bytes(16)))
    assert "nothing was written" in desk("issue", desk.case, code=1)
    with pytest.raises(SystemExit):
        main(["lost", "1"])  # nobody works here
