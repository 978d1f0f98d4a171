"""A kiosk without a reader: software cards answer what the service has it relay."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from status_service.cardclient import SESSION
from status_service.cases.write import Person
from status_service.sample.cards import SampleCard, image
from status_service.trust.cards.contactless import kinds
from status_service.trust.cards.keys import Masters
from status_service.words import LocalText
from tests.status_service.api.conftest import Asker
from tryout.softcard import Image, SoftCard
from tryout.softcard.faults import Chip

ISSUER = "5955515541480001"
KEYS = "1:00112233445566778899AABBCCDDEEFF"
WANG = Person("王小明", "+8613800000201")
COMPANY = Person("云泉禾木置业有限公司", "+8613800000202", "organisation")

GOOD = ("9000", "9100", "91af", "91ae")
Answers = Callable[[str], str]


def sample_card(serial: str, printed: str, holder: Person, profile: str,
                valid_until: date = date(2030, 1, 1)) -> SampleCard:
    return SampleCard(id=serial, label=LocalText(zh="卡"), printed=printed, serial=serial,
                      profile=profile, holder=holder, valid_until=valid_until)


def image_of(described: SampleCard | Mapping[str, Any], keys: str = KEYS) -> Image:
    """A card as it comes from personalisation; over T=1, for there is no reader here."""
    if isinstance(described, SampleCard):
        described = image(described, ISSUER, kinds()[described.profile], Masters.parse(keys))
    return dataclasses.replace(Image.of(dict(described)), protocol="T=1")


def chip(described: SampleCard | Mapping[str, Any], keys: str = KEYS) -> SoftCard:
    return SoftCard(image_of(described, keys))


def with_data(card: SoftCard, at: int, octets: bytes) -> SoftCard:
    """The same chip with other octets in its data file."""
    content = bytearray(card.image.files[0x15])
    content[at:at + len(octets)] = octets
    return SoftCard(dataclasses.replace(card.image, files={0x15: bytes(content)}))


def said_by(card: Chip) -> Answers:
    return lambda command: card.answer(bytes.fromhex(command)).hex()


def run(scripts: list[list[str]], answers: Answers) -> tuple[int, list[str]]:
    """What a kiosk does with scripts (cardclient.Relay)."""
    for at, script in enumerate(scripts):
        given: list[str] = []
        for command in script:
            given.append(answers(command))
            if not given[-1].lower().endswith(GOOD):
                break
        if given[0].lower().endswith(GOOD):
            return at, given
    raise AssertionError("no script was understood")


class Visit:
    """One card in one kiosk."""

    def __init__(self, channel: Asker, kiosk: str = "kiosk-1") -> None:
        self._channel = channel
        opened = channel("POST", "/v1/card-sessions", {"kiosk": kiosk})
        assert opened.status_code == 201, opened.text
        assert opened.json is not None
        self.relay: dict[str, Any] = opened.json
        self.headers = {SESSION: self.relay["session"]}
        self.card: Answers = lambda command: ""
        self.challenge: list[str] = []

    def answers(self, script: int, given: list[str]) -> Any:
        return self._channel("POST", "/v1/card-session/answers",
                             {"script": script, "answers": given}, headers=self.headers)

    def read(self, answers: Answers) -> str:
        """Let the service read the card; gives the challenge it has for it."""
        got = self.answers(*run(self.relay["scripts"], answers))
        assert got.status_code == 200, got.text
        assert got.json["type"] == "relay" and got.json["session"] == self.relay["session"]
        [[command]] = got.json["scripts"]
        return str(command)

    def decide(self, *given: str) -> Any:
        return self.answers(0, list(given))

    def show(self, card: Chip) -> Any:
        """The whole way, to what the service says of the card. It stays in."""
        self.card = said_by(card)
        got = self.answers(*run(self.relay["scripts"], self.card))
        while got.json["type"] == "relay":
            got = self.answers(*run(got.json["scripts"], self.card))
        self.challenge = got.json.get("challenge", [])
        return got

    def cases(self, *given: str, **asking: Any) -> Any:
        """One question about the holder's cases, with these answers."""
        return self._channel("POST", "/v1/card-session/cases",
                             {"answers": list(given), **asking}, headers=self.headers)

    def asks(self, number: str | None = None, cursor: str | None = None) -> Any:
        """The same with the answers of the card that is in, to the end."""
        asking = {"number": number, "cursor": cursor}
        got = self.cases(*map(self.card, self.challenge), **asking)
        while got.status_code == 200 and got.json["type"] == "relay":
            [script] = got.json["scripts"]
            got = self.cases(*map(self.card, script), **asking)
        self.challenge = got.json.get("challenge", [])
        return got

    def wants_pin(self) -> Any:
        """What the service says before a PIN is keyed in."""
        asked = "/v1/card-session/pin"
        got: Any = self._channel("POST", asked, {"answers": [*map(self.card, self.challenge)]},
                            headers=self.headers)
        while got.status_code == 200 and got.json["type"] == "relay":
            got = self._channel("POST", asked,
                                {"answers": run(got.json["scripts"], self.card)[1]},
                                headers=self.headers)
        self.challenge = got.json.get("challenge", [])
        return got

    def pin_answers(self, *given: str) -> Any:
        got: Any = self._channel("POST", "/v1/card-session/pin/answers", {"answers": list(given)},
                            headers=self.headers)
        self.challenge = got.json.get("challenge", [])
        return got

    def key_in(self, pin: str) -> Any:
        """As a kiosk does: VERIFY on the card, then its answer with the key it guards so."""
        wanted = self.wants_pin().json
        digits = iter(pin)
        verify = "".join(next(digits) if c == "#" else c for c in wanted["template"])
        if (said := self.card(verify)) != "9000":
            return said
        return self.pin_answers(*map(self.card, wanted["prove"]))

    def close(self) -> Any:
        return self._channel("DELETE", "/v1/card-session", headers=self.headers)
