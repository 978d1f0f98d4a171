"""The outbox: one worker a message, nothing after a STOP, nothing twice, only forward."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from status_service.notifications import consent, outbox
from status_service.notifications.outbox import Claimed
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust.personal import Phone, Vault

VAULT = Vault("a secret for the outbox " + "4" * 32)
NOON = datetime(2026, 3, 16, 4, tzinfo=UTC)
PHONES = [Phone(f"+861380000000{n}") for n in range(4)]


class Box:
    """The outbox of a record, with a clock of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.now = NOON

    def queue(self, key: str, phone: Phone = PHONES[0]) -> bool:
        with writing(self.engine).begin() as connection:
            return outbox.queue(connection, VAULT, key=key, medium="sms", phone=phone,
                                language="en", kind="answer", subject="24-019651", now=self.now)

    def claim(self, worker: str = "w1", most: int = 20) -> list[Claimed]:
        with writing(self.engine).begin() as connection:
            return outbox.claim(connection, medium="sms", worker=worker, most=most, now=self.now)

    def begin(self, notification: str, worker: str = "w1") -> None:
        refused: Exception | None = None
        with writing(self.engine).begin() as connection:
            try:
                outbox.begin(connection, notification, worker, self.now)
            except (outbox.NoConsent, outbox.NotYours) as error:
                refused = error
        if refused:
            raise refused

    def settle(self, notification: str, state: outbox.State, **more: str) -> str:
        with writing(self.engine).begin() as connection:
            return outbox.settle(connection, notification, state, now=self.now, **more)

    def say(self, stopped: bool, phone: Phone = PHONES[0]) -> None:
        with writing(self.engine).begin() as connection:
            consent.record(connection, VAULT, phone, stopped=stopped, channel="sms",
                           proof=f"{stopped}{self.now.isoformat()}", at=self.now)

    def later(self, **by: float) -> Box:
        self.now += timedelta(**by)
        return self

    def states(self) -> list[str]:
        t = tables.notifications
        with self.engine.connect() as connection:
            return list(connection.execute(
                sa.select(t.c.state).order_by(t.c.created_at, t.c.key)).scalars())

    def tasks(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.select(tables.tasks.c.kind)).scalars())


@pytest.fixture
def box(engine: Engine) -> Box:
    return Box(engine)


def test_a_message_is_handed_out_once(box: Box) -> None:
    assert box.queue("a")
    [message] = box.claim()
    assert VAULT.unseal(message.recipient) == PHONES[0].reveal()
    assert (message.kind, message.subject, message.attempt) == ("answer", "24-019651", 1)
    assert box.claim("w2") == []


def test_the_same_key_makes_one_message(box: Box) -> None:
    assert box.queue("a")
    assert not box.queue("a")
    assert len(box.claim()) == 1


def test_oldest_first_and_no_more_than_asked(box: Box) -> None:
    for key in "abc":
        box.queue(key)
        box.later(seconds=1)
    first, second = box.claim(most=2), box.claim(most=2)
    assert (len(first), len(second)) == (2, 1)
    assert box.states() == ["claimed"] * 3


def test_a_lease_that_ran_out_before_sending_gives_the_message_back(box: Box) -> None:
    box.queue("a")
    box.claim()
    box.later(seconds=outbox.LEASE.total_seconds())
    [again] = box.claim("w2")
    assert again.attempt == 2
    with pytest.raises(outbox.NotYours):
        box.begin(again.id, "w1")
    box.begin(again.id, "w2")
    box.begin(again.id, "w2")  # the answer was lost: the same leave again


def test_a_worker_lost_while_sending_leaves_it_unknown_for_ever(box: Box) -> None:
    box.queue("a")
    [message] = box.claim()
    box.begin(message.id)
    box.later(seconds=outbox.LEASE.total_seconds())
    assert box.claim("w2") == []
    assert box.states() == ["unknown"]
    assert box.tasks() == ["send-unknown"]
    assert box.later(hours=1).claim("w2") == []
    assert box.settle(message.id, "delivered") == "delivered"  # a callback clears it up


def test_no_message_is_queued_after_stop(box: Box) -> None:
    box.say(True)
    with pytest.raises(outbox.NoConsent):
        box.queue("a")
    box.later(seconds=1).say(False)
    assert box.queue("a")


def test_stop_is_looked_at_again_when_claimed_and_when_sent(box: Box) -> None:
    box.queue("a")
    box.queue("b", PHONES[1])
    box.say(True)
    [other] = box.claim()
    assert VAULT.unseal(other.recipient) == PHONES[1].reveal()
    box.say(True, PHONES[1])
    with pytest.raises(outbox.NoConsent):
        box.begin(other.id)
    assert box.states() == ["refused", "refused"]
    box.later(seconds=1).say(False)
    assert box.claim() == []  # what was refused stays so


def test_an_old_message_expires(box: Box) -> None:
    box.queue("a")
    assert box.later(hours=24).claim() == []
    assert box.states() == ["expired"]


def test_a_message_expires_between_claim_and_sending(box: Box) -> None:
    box.queue("a")
    [message] = box.later(seconds=outbox.EXPIRES.total_seconds() - 5).claim()
    with pytest.raises(outbox.NotYours):
        box.later(seconds=6).begin(message.id)
    assert box.states() == ["expired"]


def test_states_only_move_forward(box: Box) -> None:
    box.queue("a")
    [message] = box.claim()
    box.begin(message.id)
    assert box.settle(message.id, "delivered") == "delivered"
    late: outbox.State
    for late in ("sent", "undelivered", "failed", "unknown", "retry"):
        assert box.settle(message.id, late) == "delivered"
    with pytest.raises(outbox.UnknownNotification):
        box.settle("nobody", "sent")


def test_a_temporary_error_waits_longer_each_time_then_staff_is_asked(box: Box) -> None:
    box.queue("a")
    for attempt in range(1, outbox.MOST_ATTEMPTS):
        [message] = box.claim()
        assert message.attempt == attempt
        box.begin(message.id)
        assert box.settle(message.id, "retry", error="30001") == "queued"
        wait = outbox.BACK_OFF.total_seconds() * 2 ** (attempt - 1)
        assert box.later(seconds=wait - 1).claim() == []
        box.later(seconds=1)
    [message] = box.claim()
    box.begin(message.id)
    assert box.settle(message.id, "retry", error="30001") == "failed"
    assert box.tasks() == ["dead-letter"]


def test_many_workers_never_share_a_message(box: Box) -> None:
    for n in range(60):
        box.queue(f"k{n}", PHONES[n % 4])

    def work(name: str) -> list[str]:
        taken: list[str] = []
        while batch := box.claim(name, 4):
            taken += [message.id for message in batch]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [one for part in pool.map(work, "abcd") for one in part]
    assert len(taken) >= 60 - 4 * 4  # a round that met only locked rows ends its worker early
    taken += work("last")
    assert Counter(Counter(taken).values()) == {1: 60}


class Life(RuleBasedStateMachine):
    """Any order of asking, claiming, sending, stopping and waiting."""

    box: Box
    went_out = 0

    def __init__(self) -> None:
        super().__init__()
        self.keys = 0
        self.stopped: set[Phone] = set()
        self.held: list[tuple[str, str, Phone]] = []
        self.sent: list[str] = []
        with writing(self.box.engine).begin() as connection:
            for table in (tables.notifications, tables.consent, tables.tasks):
                connection.execute(table.delete())

    @initialize()
    def begin_with_some(self) -> None:
        for phone in PHONES * 2:
            self.ask(phone)
        self.claim("w1")

    @rule(phone=st.sampled_from(PHONES))
    def ask(self, phone: Phone) -> None:
        self.keys += 1
        try:
            self.box.queue(f"k{self.keys}", phone)
            assert phone not in self.stopped
        except outbox.NoConsent:
            assert phone in self.stopped

    @rule(phone=st.sampled_from(PHONES), stop=st.sampled_from([True, False, False]))
    def say(self, phone: Phone, stop: bool) -> None:
        self.box.later(seconds=1).say(stop, phone)
        (self.stopped.add if stop else self.stopped.discard)(phone)

    @rule(worker=st.sampled_from(["w1", "w2"]))
    def claim(self, worker: str) -> None:
        for message in self.box.claim(worker, 3):
            phone = Phone(VAULT.unseal(message.recipient))
            assert phone not in self.stopped
            self.held.append((worker, message.id, phone))

    @precondition(lambda self: self.held)
    @rule(outcome=st.sampled_from(["sent", "retry", "unknown", "failed", None]))
    def send(self, outcome: outbox.State | None) -> None:
        worker, message, phone = self.held.pop(0)
        try:
            self.box.begin(message, worker)
        except (outbox.NoConsent, outbox.NotYours):
            return
        assert phone not in self.stopped
        if outcome != "retry":  # it went out, or may have
            self.sent.append(message)
            type(self).went_out += 1
        if outcome:
            self.box.settle(message, outcome)

    @rule(seconds=st.sampled_from([1, 40, 100, 4000, 90000]))
    def wait(self, seconds: int) -> None:
        self.box.later(seconds=seconds)

    @invariant()
    def nothing_goes_out_twice(self) -> None:
        assert len(self.sent) == len(set(self.sent))


def test_whatever_happens_no_stop_is_broken_and_nothing_is_sent_twice(
        engine: Engine) -> None:
    class LifeHere(Life):
        box = Box(engine)

    run_state_machine_as_test(LifeHere, settings=settings(
        max_examples=25, stateful_step_count=30, deadline=None,
        suppress_health_check=list(HealthCheck)))
    assert LifeHere.went_out  # the machine did come as far as sending
