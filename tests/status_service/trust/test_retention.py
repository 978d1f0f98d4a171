"""What is kept how long: each kind goes when its time is over, and not a day before."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from processes import Program
from settings import Settings, SettingsError
from status_service import nightly, retention
from status_service.__main__ import main
from status_service.nightly import Nightly
from status_service.notifications import consent, outbox
from status_service.storage import tables
from status_service.storage.engine import make_engine, writing
from status_service.tasks import raise_task
from status_service.trust import auditread, handlers
from status_service.trust.audit import Audit, Look
from status_service.trust.personal import Name, Phone, Vault
from tests.status_service.cards.conftest import Clock
from tests.status_service.small_hall import NOW
from tests.status_service.trust.test_audit import SECRET, operator

__all__ = ["operator"]  # a fixture
DAY = timedelta(days=1)
PHONE, OTHER = Phone("+8613800000301"), Phone("+8613800000302")
t = tables.audit


@pytest.fixture
def vault() -> Vault:
    return Vault(SECRET)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings.load({"HALLWAY_STATE": str(tmp_path), "DATABASE_URL": database_url,
                          "HALLWAY_SECRET": SECRET})


class Keeper:
    """Removes at a moment; gives how many went of each kind that lost any."""

    def __init__(self, engine: Engine, vault: Vault, settings: Settings) -> None:
        self.engine, self.vault, self.settings = engine, vault, settings

    def at(self, now: datetime, dry: bool = False) -> dict[str, int]:
        found = retention.tidy(self.engine, self.vault, self.settings, now, dry)
        assert not any(one.wrong for one in found)
        return {one.name: one.rows for one in found if one.rows}

    def all(self, table: sa.Table) -> list[sa.Row[Any]]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.select(table).order_by(*table.primary_key)))

    def whole(self) -> bool:
        return not auditread.check(self.engine, self.vault).wrong


@pytest.fixture
def keeper(engine: Engine, vault: Vault, settings: Settings) -> Keeper:
    return Keeper(engine, vault, settings)


def removed(keeper: Keeper) -> list[tuple[int, str]]:
    """What the audit says was removed."""
    return [(r.amount, r.detail) for r in keeper.all(t) if r.asked == "removed"]


# -- kind by kind ---------------------------------------------------------------------------


def test_an_empty_record_loses_nothing(keeper: Keeper) -> None:
    assert keeper.at(NOW) == {}
    assert keeper.all(t) == []  # nothing was removed, so nothing is said


def test_a_message_loses_its_recipient_and_then_goes(keeper: Keeper) -> None:
    with writing(keeper.engine).begin() as connection:
        for key, phone in (("delivered", PHONE), ("waiting", OTHER), ("new", PHONE)):
            assert outbox.queue(connection, keeper.vault, key=key, medium="sms", phone=phone,
                                language="en", kind="answer", subject="24-019651",
                                now=NOW + 6 * DAY if key == "new" else NOW)
            if key == "delivered":
                [one] = outbox.claim(connection, medium="sms", worker="w", most=1, now=NOW)
                outbox.settle(connection, one.id, "delivered", now=NOW)
    assert keeper.at(NOW + 7 * DAY) == {}
    # One day later than the other one was delivered, for this one had a day to wait for.
    assert keeper.at(NOW + 7 * DAY + timedelta(seconds=1)) == {"recipients": 1}
    assert keeper.at(NOW + 8 * DAY + timedelta(seconds=1)) == {"recipients": 1}
    kept = {r.key: r for r in keeper.all(tables.notifications)}
    assert kept["delivered"].recipient == kept["waiting"].recipient_hash == b""
    assert kept["delivered"].state == "delivered" and kept["delivered"].subject
    assert keeper.vault.unseal(kept["new"].recipient) == PHONE.reveal()
    with writing(keeper.engine).begin() as connection:  # what has no recipient is not sent
        assert [m.id for m in outbox.claim(connection, medium="sms", worker="w", most=9,
                                           now=NOW + 6 * DAY)] == [kept["new"].id]
    assert keeper.at(NOW + 401 * DAY)["messages"] == 1
    assert keeper.at(NOW + 407 * DAY)["messages"] == 2  # the claim was their last news
    assert keeper.whole()


def test_consent_keeps_the_last_word_and_its_proof(keeper: Keeper) -> None:
    with writing(keeper.engine).begin() as connection:
        for at, (phone, stopped) in enumerate([
                (PHONE, True), (PHONE, False), (PHONE, True), (OTHER, True)]):
            consent.record(connection, keeper.vault, phone, stopped=stopped, channel="sms",
                           proof=f"SM{at}", at=NOW + at * DAY)
    assert keeper.at(NOW + retention.CONSENT * DAY) == {}
    assert keeper.at(NOW + 10 * 365 * DAY) == {"consent": 2}
    assert [r.proof for r in keeper.all(tables.consent)] == ["SM2", "SM3"]
    with keeper.engine.connect() as connection:
        assert consent.is_stopped(connection, keeper.vault, PHONE)
        assert consent.is_stopped(connection, keeper.vault, OTHER)


def test_an_open_task_stays_however_old(keeper: Keeper) -> None:
    with writing(keeper.engine).begin() as connection:
        for key in ("open", "done"):
            raise_task(connection, "dead-letter", key, "…", NOW)
        connection.execute(tables.tasks.update().where(tables.tasks.c.key == "done")
                           .values(state="done"))
    assert keeper.at(NOW + 365 * DAY) == {}
    assert keeper.at(NOW + 366 * DAY) == {"tasks": 1}
    assert [r.key for r in keeper.all(tables.tasks)] == ["open"]


def test_a_representative_goes_after_the_term_and_a_handler_stays(keeper: Keeper) -> None:
    with writing(keeper.engine).begin() as connection:
        someone = connection.execute(tables.applicants.insert().values(
            kind="person", language="zh-CN", identity_hash=b"x", sealed=b"x")
        ).inserted_primary_key[0]  # type: ignore[index]
        for until in (date(2026, 3, 31), None):
            handlers.add(connection, keeper.vault, applicant=someone, phone=PHONE, until=until,
                         role="representative" if until else "handler", name=Name("赵五"),
                         case_id=None, now=NOW)
    assert keeper.at(datetime(2026, 6, 29, 2, tzinfo=UTC)) == {}  # the ninetieth day after
    assert keeper.at(datetime(2026, 6, 30, 2, tzinfo=UTC)) == {"handlers": 1}
    assert [r.role for r in keeper.all(tables.handlers)] == ["handler"]


# -- the audit ---------------------------------------------------------------------------------


def looks(keeper: Keeper, clock: Clock, count: int) -> Audit:
    """A look a day."""
    one = Audit(keeper.engine, keeper.vault, clock)
    for at in range(count):
        one.write(Look("query-code", "shown", 1, "phone", "channels", 1, visit=f"v{at}"))
        clock.pass_by(60 * 24)
    return one


def test_old_rows_go_and_the_chain_stays_whole(
        keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditread, "REMOVED_AT_ONCE", 3)
    clock = Clock()
    one = looks(keeper, clock, 10)
    hashes = {r.seq: bytes(r.hash) for r in keeper.all(t)}
    now = NOW + (keeper.settings.keep_audit + 5) * DAY
    assert keeper.at(now, dry=True) == {"audit": 5}
    assert len(keeper.all(t)) == 10
    assert keeper.at(now) == {"audit": 5}
    assert [r.seq for r in keeper.all(t)] == [6, 7, 8, 9, 10, 11, 12]
    assert removed(keeper) == [
        (3, f"audit: rows up to 3, the last with hash {hashes[3].hex()}"),
        (2, f"audit: rows up to 5, the last with hash {hashes[5].hex()}")]
    assert keeper.whole()
    assert keeper.at(now) == {}
    one.write(Look("case", "shown", 1))
    assert keeper.whole()
    # What is left is still held together, at its new beginning too.
    with writing(keeper.engine).begin() as connection:
        connection.execute(t.delete().where(t.c.seq == 6))
    assert not keeper.whole()


def test_all_rows_may_be_old(keeper: Keeper) -> None:
    looks(keeper, Clock(), 4)
    assert keeper.at(NOW + 4_000 * DAY) == {"audit": 4}
    assert [r.asked for r in keeper.all(t)] == ["removed"] and keeper.whole()


def test_rows_put_back_after_they_were_removed_are_found(keeper: Keeper) -> None:
    looks(keeper, Clock(), 4)
    first = keeper.all(t)[0]._asdict()
    keeper.at(NOW + 4_000 * DAY)
    with writing(keeper.engine).begin() as connection:
        connection.execute(t.insert().values(first))
    assert auditread.check(keeper.engine, keeper.vault).wrong == (
        "Row 1 is not of the chain: it was put in.")


def test_a_chain_that_is_not_whole_stays_and_is_a_task(keeper: Keeper) -> None:
    looks(keeper, Clock(), 4)
    with writing(keeper.engine).begin() as connection:
        connection.execute(t.update().where(t.c.seq == 2).values(level=0))
    found = retention.tidy(keeper.engine, keeper.vault, keeper.settings, NOW + 4_000 * DAY)
    assert found[-1].wrong == ("The audit is not whole. Row 2 was altered. See "
                               "`python -m status_service audit check`.")
    assert len(keeper.all(t)) == 4
    assert [r.kind for r in keeper.all(tables.tasks)] == ["audit"]


# -- command and settings --------------------------------------------------------------------


@pytest.mark.usefixtures("operator")
def test_the_command_says_what_it_removed(
        keeper: Keeper, capsys: pytest.CaptureFixture[str]) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    Audit(keeper.engine, keeper.vault, lambda: long_ago).write(Look("case", "shown", 1))
    assert main(["retention", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "       1  rows of the audit, older than 365 days, would be removed" in said
    assert "       0  the recipients of messages, older than 7 days" in said
    assert main(["retention"]) == 0
    assert "       1  rows of the audit, older than 365 days, removed" in capsys.readouterr().out
    assert len(removed(keeper)) == 1
    with writing(keeper.engine).begin() as connection:
        connection.execute(tables.audit_head.update().values(seq=99))
    assert main(["retention"]) == 1
    assert "audit check" in capsys.readouterr().err


def test_an_office_chooses_within_limits(tmp_path: Path) -> None:
    state = {"HALLWAY_STATE": str(tmp_path)}
    chosen = Settings.load(state | {"HALLWAY_KEEP_AUDIT_DAYS": "183",
                                    "HALLWAY_KEEP_MESSAGES_DAYS": "90"})
    assert (chosen.keep_audit, chosen.keep_messages) == (183, 90)
    for name, days in (("AUDIT", "182"), ("AUDIT", "ever"), ("MESSAGES", "2"),
                       ("MESSAGES", "91"), ("MESSAGES", "-7")):
        with pytest.raises(SettingsError, match=f"HALLWAY_KEEP_{name}_DAYS"):
            Settings.load(state | {f"HALLWAY_KEEP_{name}_DAYS": days})


# -- at night --------------------------------------------------------------------------------

NIGHT = datetime(2027, 6, 1, 19, 30, tzinfo=UTC)  # half past three in Beijing, on the second


def test_once_a_night_at_a_quiet_hour(keeper: Keeper) -> None:
    looks(keeper, Clock(), 2)
    clock = Clock()
    job = Nightly(keeper.engine, keeper.vault, keeper.settings, clock)
    for hour in (9, 17):  # five in the afternoon, one at night
        clock.at = NIGHT.replace(hour=hour)
        assert job.look() is None
    clock.at = NIGHT
    done = job.look()
    assert done is not None and {one.name: one.rows for one in done}["audit"] == 2
    assert job.look() is None
    again = Nightly(keeper.engine, keeper.vault, keeper.settings, clock)  # after a restart
    assert again.look() is None
    clock.pass_by(60 * 24)
    assert job.look() is not None
    nights = keeper.all(tables.nights)
    assert [(r.day, r.removed) for r in nights] == [
        (date(2027, 6, 2), "audit 2"), (date(2027, 6, 3), "")]
    assert all(r.ended_at for r in nights)


def test_of_several_processes_one_does_it(
        keeper: Keeper, database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    looks(keeper, Clock(), 2)
    engines = [make_engine(database_url) for _ in range(4)]
    jobs = [Nightly(one, keeper.vault, keeper.settings, lambda: NIGHT) for one in engines]
    done: list[object] = []
    threads = [threading.Thread(target=lambda job=job: done.append(job.look())) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 4 and len([one for one in done if one is not None]) == 1
    assert removed(keeper)[0][0] == 2 and len(removed(keeper)) == 1
    assert f"audit {auditread.now_noted(keeper.engine, keeper.vault)}" in caplog.text
    for one in engines:
        one.dispose()


def test_a_night_that_failed_is_a_task(keeper: Keeper) -> None:
    looks(keeper, Clock(), 2)
    with writing(keeper.engine).begin() as connection:
        connection.execute(tables.audit_head.update().values(seq=99))
        raise_task(connection, "dead-letter", "done", "…", NOW)
        connection.execute(tables.tasks.update().values(state="done"))
    job = Nightly(keeper.engine, keeper.vault, keeper.settings, lambda: NIGHT)
    assert job.look() == []
    assert [r.kind for r in keeper.all(tables.tasks)] == ["dead-letter", "retention"]


def test_the_thread_looks_at_the_clock(
        keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "LOOKS", 0.01)
    Nightly(keeper.engine, keeper.vault, keeper.settings, lambda: NIGHT).start()

    def done() -> bool:
        return any(r.ended_at for r in keeper.all(tables.nights))

    Program("the night", [], Path("/dev/null")).wait_ready(done, 20)
    assert done()
