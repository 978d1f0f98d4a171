"""Everything is logged, everybody asks for everything; then logs, addresses, figures, Redis,
the record and the kiosk's memory are searched for every personal datum of the sample hall."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import redis
import yaml

import processes
from status_service.client import LANGUAGES, Notification, Visit
from status_service.trust.personal import Phone
from tests import servers
from tests.ivr.hall_line import HallPhone
from tests.kiosk.cards import card_images
from tests.kiosk.kiosk_process import Kiosk, kiosk
from tests.kiosk.slot import Reader, card_reader
from tests.servers import Hall
from tests.sms.handset import handset

SAMPLE = processes.ROOT / "status_service" / "sample"
LOUD = Path(__file__).parents[1] / "loud"
NUMBER, CODE = "264718305921", "402816"  # of the showcase
WAITING, ITS_CODE = "261059382740", "519347"  # waits for a document, which only a code tells
OF_AYNUR = "263947201581"  # she has a card, and this case among others
CALLER = "+8613900011122"
TEXTER, ASKER = "+8613900011133", "+8613900011144"  # wrong codes are counted for each
EVIDENCE = ("phone", "visit-of-the-search", ASKER)


class Datum(NamedTuple):
    """What nobody may find. kind: for the message; the datum itself is not to be read there."""

    kind: str
    text: str

    def found_in(self, content: bytes) -> bool:
        """As a word of its own: six digits stand by chance in many a longer number."""
        for form in {self.text.encode(), self.text.encode("utf-16-le")}:
            at = content.find(form)
            while at >= 0:
                around = content[max(at - 1, 0):at] + content[at + len(form):at + len(form) + 1]
                if not re.search(rb"[0-9A-Za-z]", around):
                    return True
                at = content.find(form, at + 1)
        return False


def people(node: object) -> Iterator[Datum]:
    """Names, phones, codes, serials and printed numbers anywhere in a file of the sample."""
    if isinstance(node, list):
        for one in node:
            yield from people(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "name" and isinstance(value, str) and "phone" in node:
                yield Datum("name", value)
            elif key == "phone" and "name" in node and "kind" in node | {"kind": ""}:
                yield from numbers(str(value))
            elif key in ("query_code", "serial", "printed"):
                yield Datum(key, str(value))
            else:
                yield from people(value)


def numbers(phone: str) -> Iterator[Datum]:
    yield Datum("phone", phone)
    yield Datum("phone", phone.removeprefix("+86"))


def everything_personal(images: dict[str, dict[str, Any]]) -> set[Datum]:
    found = {datum for phone in (CALLER, TEXTER, ASKER) for datum in numbers(phone)}
    for file in ("showcase.yaml", "cards.yaml"):
        found |= set(people(yaml.safe_load((SAMPLE / file).read_text("utf-8"))))
    for image in images.values():
        found |= {Datum(kind, str(image[kind])) for kind in ("serial", "printed")}
    return {datum for datum in found if datum.text}


@pytest.fixture(scope="module")
def loud_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.redis_server(tmp_path_factory.mktemp("loud-redis")) as url:
        yield url


@pytest.fixture(scope="module")
def loud(tmp_path_factory: pytest.TempPathFactory, loud_redis: str) -> Iterator[Hall]:
    """A hall of its own, each of whose programs logs whatever it can."""
    state = tmp_path_factory.mktemp("loud")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(LOUD))
        patch.setenv("GRANIAN_LOG_ACCESS_ENABLED", "true")
        with servers.hall_server(state, f"sqlite:///{state}/hallway.db", loud_redis) as hall:
            yield hall


@pytest.fixture(scope="module")
def images(loud: Hall, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return card_images(loud, tmp_path_factory.mktemp("loud-cards"))


@pytest.fixture(scope="module")
def rig(loud: Hall, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, Kiosk]]:
    with (card_reader(tmp_path_factory.mktemp("loud-reader")) as reader,
          kiosk(loud, reader, module="tests.kiosk.searched") as one):
        yield reader, one


def by_phone(hall: Hall) -> None:
    phone = HallPhone(hall)
    for language in LANGUAGES:
        call = phone.call(language, CALLER).press("1").enter(f"{WAITING}#").press("3")
        call.enter("999999#").enter(f"{ITS_CODE}#").goes_on()
        assert phone.line.post("/ivr/status", {
            "CallSid": call.sid, "CallStatus": "completed"}).status_code == 204
    phone.call(caller=CALLER).press("1").enter(f"{NUMBER}#").goes_on()


def by_text(hall: Hall) -> None:
    mobile = handset(hall)
    mobile.number = TEXTER
    for body in (NUMBER, f"{NUMBER} {CODE}", f"{NUMBER} 999999", f"验证码 {WAITING}", "999998",
                 f"丢失 {NUMBER}", "STOP", "START", "帮助"):
        mobile.texts(body)


def by_evidence(hall: Hall) -> list[Datum]:
    """What each channel shows the service, right and wrong; gives the one-time code that came."""
    visit = Visit(*EVIDENCE)  # type: ignore[arg-type]
    client = hall.client
    assert client.show_code(NUMBER, "999999", "query-code", visit) is None
    given = client.show_code(NUMBER, CODE, "query-code", visit)
    assert given is not None
    assert client.granted_case(NUMBER, given.grant, visit) is not None
    client.send_code(NUMBER, "zh-CN", visit)
    found: list[Notification] = []

    def arrived() -> bool:
        found.extend(client.claim("sms", "the search"))
        return any(one.subject == NUMBER for one in found)

    processes.Program("the outbox", [], Path("/dev/null")).wait_ready(arrived, 20)
    [sent] = [one for one in found if one.kind == "code" and one.subject == NUMBER]
    level_2 = client.show_code(NUMBER, sent.code, "one-time-code", visit)
    assert level_2 is not None and level_2.level == 2
    client.lost(NUMBER, "query-code", visit)
    assert Phone.parse(sent.recipient)
    return [Datum("one-time code", sent.code), Datum("grant", given.grant),
            Datum("grant", level_2.grant)]


def at_the_kiosk(reader: Reader, one: Kiosk, card: dict[str, Any]) -> list[Datum]:
    """A card in, its cases, one of them, the card out; then its printed number keyed in."""
    one.wait_for("home")
    reader.insert(card)
    state = one.wait_for("cases")
    holder = next(said["text"] for said in state["texts"] if said["part"] == "badge")
    one.touch(f"open:{OF_AYNUR}")
    one.wait_for("case")
    reader.remove()
    one.wait_for("home")
    return [Datum("holder", holder)]


def everything_in(store: redis.Redis) -> Iterator[tuple[str, bytes]]:
    readers: dict[bytes, Callable[[bytes], Any]] = {
        b"string": store.get, b"hash": store.hgetall, b"set": store.smembers,
        b"list": lambda name: store.lrange(name, 0, -1),
        b"zset": lambda name: store.zrange(name, 0, -1, withscores=True),
        b"stream": store.xrange}
    for key in store.scan_iter():
        assert isinstance(key, bytes)
        yield "a key of Redis", key
        kind = store.type(key)
        assert isinstance(kind, bytes)
        for part in flat(readers[kind](key)):
            yield "a value in Redis", part


def flat(value: object) -> Iterator[bytes]:
    """All octets of what Redis gave."""
    if isinstance(value, dict):
        value = list(value.items())
    if isinstance(value, (list, tuple, set)):
        for part in value:
            yield from flat(part)
    else:
        yield value if isinstance(value, bytes) else str(value).encode()



def test_nothing_that_names_a_person_is_anywhere(
        loud: Hall, loud_redis: str, images: dict[str, dict[str, Any]],
        rig: tuple[Reader, Kiosk], caplog: pytest.LogCaptureFixture) -> None:
    reader, one = rig
    personal = everything_personal(images)
    assert len({datum.kind for datum in personal}) >= 5 and len(personal) > 50
    with caplog.at_level(logging.DEBUG):
        by_phone(loud)
        by_text(loud)
        personal |= set(by_evidence(loud))
        personal |= set(at_the_kiosk(reader, one, images["aynur"]))
    logs = {path.name: path.read_bytes() for path in loud.settings.state.rglob("*.log")}
    logs["kiosk.log"] = one.log().encode()
    logs["this process"] = caplog.text.encode()
    assert b"DEBUG" in logs["kiosk.log"] and b"GET /v1/cases/" in logs["service.log"]
    assert b"sqlalchemy.engine" in logs["service.log"]
    places = list(logs.items())
    places += [(path.name, path.read_bytes()) for path in loud.settings.state.iterdir()
               if path.name.startswith("hallway.db")]
    with redis.Redis.from_url(loud_redis) as store:
        held = list(everything_in(store))
    assert {place for place, _ in held} == {"a key of Redis", "a value in Redis"}
    places += held
    places.append(("metrics", loud.get("/metrics", metrics_token(loud)).content))
    found = sorted({(place, datum.kind) for place, content in places for datum in personal
                    if datum.found_in(content)})
    assert found == []
    assert one.left_behind(*(datum.text for datum in personal if len(datum.text) > 6)) == []


def metrics_token(hall: Hall) -> str:
    made = servers.run_service_command(hall.environ, "tokens", "add", "search", "--scope",
                                       "metrics")
    token = made.split()[-1]
    processes.Program("the token", [], Path("/dev/null")).wait_ready(
        lambda: hall.get("/metrics", token).ok, 20)
    return token


def test_the_search_finds_what_is_there() -> None:
    datum = Datum("code", CODE)
    for content in (b"code=402816 wrong", b"402816", b'{"code":"402816"}',
                    CODE.encode("utf-16-le")):
        assert datum.found_in(content), content
    for content in (b"1402816", b"4028167", b"a402816f", b"40281"):
        assert not datum.found_in(content), content
    assert msgspec.json.encode("王小明") and Datum("name", "王小明").found_in("是王小明的".encode())
