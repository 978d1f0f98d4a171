"""The sample hall's cards: in the record, as images, and through the client of a kiosk."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine
from stdnum.iso7064 import mod_11_10

from processes import StartError
from settings import Settings, SettingsError
from status_service import preflight, sample
from status_service.cases.number import LENGTH
from status_service.client import (
    Answer,
    Bare,
    CardSessionOver,
    Client,
    Opened,
    Proof,
    Refused,
    Relay,
    ServiceAway,
    Unknown,
    Unproven,
)
from status_service.storage import migrate, tables
from status_service.storage.engine import make_engine, writing
from status_service.trust.cards.contactless import kinds
from status_service.words import LANGUAGES, Status
from tests.kiosk.cards import card_images
from tests.servers import Hall, run_service_command
from tests.status_service.cards.kiosk import image_of, run, said_by
from tryout.softcard.faults import Chip, chip

REFUSED = ("lost", "expired")


@pytest.fixture(scope="module")
def chips(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Chip]:
    found = card_images(hall, tmp_path_factory.mktemp("cards"))
    return {name: chip(image_of(image)) for name, image in found.items()}


def cases(client: Client, session: str, card: Chip, number: str | None = None) -> list[Answer]:
    """All cases that the card opens, or the one with this number."""
    found: list[Answer] = []
    answers: list[str] = []
    cursor: str | None = None
    while True:
        said = client.card_cases(session, answers, number, cursor)
        assert not isinstance(said, Unproven)
        script = said.scripts[0] if isinstance(said, Relay) else said.challenge
        answers = [said_by(card)(command) for command in script]
        if isinstance(said, Opened):
            found += said.items
            cursor = said.next
            if cursor is None:
                return found


def insert(client: Client, card: Chip,
           kiosk: str = "kiosk-1") -> tuple[str, Proof | Unproven | Bare]:
    """What a kiosk does when a card comes in: (session, what the service said)."""
    said: Relay | Proof | Unproven | Bare = client.card_open(kiosk)
    assert isinstance(said, Relay)
    session = said.session
    while isinstance(said, Relay):
        assert said.session == session
        at, given = run([list(script) for script in said.scripts], said_by(card))
        said = client.card_answer(session, at, given)
    return session, said


# -- the file and the record ---------------------------------------------------------


def test_cards_are_of_every_kind_and_their_numbers_ours() -> None:
    cards = sample.cards.load().cards
    assert len(cards) == 10 and {c.profile for c in cards} == set(kinds())
    assert {c.holder.kind for c in cards} == {"person", "organisation"}
    assert {c.holder.language for c in cards} == set(LANGUAGES)
    for distinct in ({c.id for c in cards}, {c.serial for c in cards}, {c.printed for c in cards}):
        assert len(distinct) == len(cards)
    for card in cards:
        assert len(card.printed) == LENGTH and mod_11_10.is_valid(card.printed)
        assert len(bytes.fromhex(card.serial)) == (4 if card.profile == "uid" else 8)
        assert len(card.pin) == 6
        said = [card.label.said(language) for language in LANGUAGES]
        assert [language for _, language in said] == list(LANGUAGES)


def test_seeding_twice_adds_no_card(hall: Hall) -> None:
    with make_engine(hall.settings.database_url).connect() as connection:
        count = sa.select(sa.func.count()).select_from(tables.cards)
        before = connection.execute(count).scalar()
        assert before == 10
        assert "nothing was changed" in run_service_command(hall.environ, "seed")
        assert connection.execute(count).scalar() == before


def test_a_sample_hall_from_before_gets_its_cards(hall: Hall, tmp_path: Path) -> None:
    environ = hall.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/old.db"}
    run_service_command(environ, "migrate")
    run_service_command(environ, "seed")
    engine = make_engine(environ["DATABASE_URL"])
    with writing(engine).begin() as connection:
        connection.execute(sa.delete(tables.cards))
    assert "10 sample cards were added" in run_service_command(environ, "seed")
    with writing(engine).begin() as connection:
        connection.execute(sa.delete(tables.cards))
        connection.execute(tables.cases.update().values(source="bureau"))
    assert "nothing was changed" in run_service_command(environ, "seed"), "not ours"


def test_the_record_holds_no_serial_and_no_number_in_clear(hall: Hall) -> None:
    with make_engine(hall.settings.database_url).connect() as connection:
        rows = connection.execute(sa.select(tables.cards)).all()
    held = repr(rows).encode() + b"".join(
        bytes(value) for row in rows for value in row if isinstance(value, bytes))
    for card in sample.cards.load().cards:
        for clear in (card.serial, card.serial.lower(), card.printed):
            assert clear.encode() not in held
        assert bytes.fromhex(card.serial) not in held


def test_the_tables_are_those_of_the_migrations(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, tables.metadata) == []
    settings = migrate.config()
    with writing(engine).begin() as connection:
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0001")
        assert not sa.inspect(connection).has_table("cards")
    assert not migrate.is_current(engine)
    migrate.upgrade(engine)
    assert migrate.is_current(engine)


# -- images ----------------------------------------------------------------------------


def test_images_are_for_their_owner_only(hall: Hall, tmp_path: Path) -> None:
    directory = tmp_path / "cards"
    first = card_images(hall, directory)
    paths = sorted(directory.iterdir())
    assert len(paths) == len(first) == 10
    paths[0].chmod(0o644)
    assert card_images(hall, directory) == first, "the same cards each time"
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert set(first["aynur"]) == {"id", "label", "printed", "atr", "protocol", "aid", "files",
                                   "keys", "serial", "fault", "pin"}


def test_images_are_refused_where_they_would_do_harm(hall: Hall, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="HALLWAY_CARD_KEYS with a key of version 1"):
        run_service_command(hall.environ | {"HALLWAY_CARD_KEYS": ""}, "cards", "images",
                            str(tmp_path))
    production = msgspec.structs.replace(hall.settings, mode="production")
    with pytest.raises(SettingsError, match="development only"):
        sample.cards.images(production, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_preflight_looks_at_the_keys(hall: Hall) -> None:
    def said(keys: str) -> str:
        return preflight.card_keys(Settings.load(hall.environ | {"HALLWAY_CARD_KEYS": keys}))

    assert said("1:" + "3" * 32) == said(f"1:{'3' * 32},2:{'4' * 32}") == ""
    assert "version 1" in said("") and "version 1" in said(f"2:{'4' * 32}")
    assert said("nonsense").startswith("Set HALLWAY_CARD_KEYS")
    assert "nonsense" not in said("nonsense")


# -- the kiosk's way --------------------------------------------------------------------


def test_every_sample_card_is_told_what_it_should_be(hall: Hall,
                                                     chips: dict[str, Chip]) -> None:
    for name, card in chips.items():
        session, said = insert(hall.client, card)
        if name in REFUSED:
            assert said == Unproven(), name
            with pytest.raises(CardSessionOver):
                hall.client.card_cases(session, ())
        elif name == "bare":
            assert isinstance(said, Bare) and said.items and not said.random
        else:
            assert isinstance(said, Proof) and said.level == 2 and "**" in said.holder, name
        hall.client.card_close(session)
        hall.client.card_close(session)


def test_what_the_holders_see(hall: Hall, chips: dict[str, Chip]) -> None:
    client = hall.client
    aynur = chips["aynur"]
    session, said = insert(client, aynur)
    assert isinstance(said, Proof) and said.holder == "阿**" and "阿" not in repr(said)
    found = cases(client, session, aynur)
    ready = next(case for case in found if case.status is Status.COLLECT)
    assert len(found) == 4 and ready.number == "263947201581" and ready.collection
    assert cases(client, session, aynur, " 2639 4720 1581 ") == [ready]
    assert cases(client, session, aynur, "261059382740") == [], "it is another's"
    for odd in ("", "..", "999999999999", "a/b", "x" * 200):
        assert cases(client, session, aynur, odd) == []
    client.card_close(session)
    for ask in (lambda: client.card_cases(session, ()),
                lambda: client.card_cases(session, (), "263947201581"),
                lambda: client.card_answer(session, 0, [])):
        with pytest.raises(CardSessionOver):
            ask()

    session, said = insert(client, chips["beilu"])
    found = cases(client, session, chips["beilu"])
    assert isinstance(said, Proof) and said.holder == "云泉**公司" and len(found) >= 10
    assert any(case.status is Status.SUPPLEMENT and case.missing for case in found)
    assert [c.received_on for c in found] == sorted((c.received_on for c in found), reverse=True)

    session, _ = insert(client, chips["zhou"])
    assert {Status.SUPPLEMENT, Status.IN_REVIEW} <= {
        case.status for case in cases(client, session, chips["zhou"])}


def test_a_claim_is_at_level_0(hall: Hall) -> None:
    claimed = hall.client.card_claim("2698-6785-8630")
    assert not isinstance(claimed, Unknown) and len(claimed) == 4
    for answer in claimed:
        assert answer == hall.client.case(answer.number) and answer.level == 0
        assert not answer.collection and not answer.missing
    assert hall.client.card_claim("260501951604") == Unknown(slip=False), "reported lost"
    assert hall.client.card_claim("269867858631") == Unknown(slip=True)
    assert hall.client.card_claim("") == Unknown(slip=False)


def test_the_history_of_a_case(hall: Hall) -> None:
    events = hall.client.history("263947201581")
    assert events[0].status == Status.RECEIVED and len(events) >= 3
    for none in ("", "999999999999", "2025-00117", "---"):
        assert hall.client.history(none) == []


def test_a_token_without_the_scope_relays_nothing(hall: Hall) -> None:
    token = run_service_command(hall.environ, "tokens", "add", "reader-of-cases",
                                "--scope", "cases:read").strip()
    other = Client(hall.settings.service_url, token)
    for ask in (lambda: other.card_open("kiosk-1"), lambda: other.card_claim("269867858630")):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status in (401, 403)


def test_an_answer_is_never_sent_twice(hall: Hall) -> None:
    """Of all that is asked about cards only what carries a card's answers."""
    repeated: dict[str, bool] = {}

    class Broken(Client):
        def _ask(self, method, path, body=None, idempotent=False, more=None):  # type: ignore[no-untyped-def]
            repeated[f"{method} {path}"] = idempotent or method == "GET"
            raise ServiceAway("broken")

    client = Broken(hall.settings.service_url, "x")
    for ask in (lambda: client.card_open("k"), lambda: client.card_answer("s", 0, []),
                lambda: client.card_close("s"), lambda: client.card_cases("s", ("9000",)),
                lambda: client.card_claim("1")):
        with pytest.raises(ServiceAway):
            ask()
    assert [path for path, twice in repeated.items() if not twice] == [
        "POST /v1/card-session/answers", "POST /v1/card-session/cases"]
    assert len(repeated) == 5
