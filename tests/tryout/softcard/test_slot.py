"""A card in the slot of a real pcscd, met by a program that uses the reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from processes import ROOT
from tests.kiosk.slot import AES_CARD, OTHER_CARD, SM4_CARD, Reader, card_reader
from tryout.softcard import Occupied

SELECT_AES = "00A404000CD15600012348414C4C574159"
SELECT_SM4 = "00A4040009A00000000386980701"
READ = "00B095001E"


class Client:
    """The program of client.py."""

    def __init__(self, reader: Reader) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.tryout.softcard.client"], cwd=ROOT, text=True,
            env=os.environ | reader.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **order: Any) -> dict[str, Any]:
        self.start(**order)
        return self.end()

    def start(self, **order: Any) -> None:
        """Give an order whose answer is fetched by `end`."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def end(self) -> dict[str, Any]:
        assert self.process.stdout
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()

    def transmit(self, *apdus: str) -> list[str]:
        answer = self.ask(apdus=list(apdus))
        assert "answers" in answer, answer
        answers: list[str] = answer["answers"]
        return answers


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with card_reader(tmp_path_factory.mktemp("reader")) as reader:
        yield reader


@pytest.fixture
def client(reader: Reader) -> Iterator[Client]:
    client = Client(reader)
    assert "atr" in client.ask(wait="out")
    yield client
    reader.remove()
    client.close()


def test_a_card_goes_in_answers_and_comes_out(reader: Reader, client: Client) -> None:
    reader.insert(AES_CARD)
    assert client.ask(wait="in") == {"atr": str(AES_CARD["atr"]).lower()}
    exchange = client.ask(apdus=[SELECT_AES, READ, "0088000118" + "00" * 24, "00C0000010"])
    assert exchange["protocol"] == "T=0"
    selected, read, challenged, proof = exchange["answers"]
    assert (selected, challenged) == ("6110", "6110")
    assert read == str(AES_CARD["files"]["15"]).lower() + "9000"  # type: ignore[index]
    assert len(proof) == 36 and proof.endswith("9000")
    reader.remove()
    assert client.ask(wait="out") == {"atr": ""}


def test_power_off_loses_the_selected_application(reader: Reader, client: Client) -> None:
    reader.insert(SM4_CARD)
    assert "atr" in client.ask(wait="in")
    assert client.transmit(SELECT_SM4, READ)[1].endswith("9000")
    assert client.transmit(READ) == ["6a82"]  # the connection before powered it off


def test_another_card_says_that_it_is_another(reader: Reader, client: Client) -> None:
    reader.insert(OTHER_CARD)
    assert "atr" in client.ask(wait="in")
    assert client.transmit(SELECT_AES, SELECT_SM4) == ["6a82", "6a82"]


def test_a_slot_holds_one_card(reader: Reader, client: Client) -> None:
    reader.insert(AES_CARD)
    with pytest.raises(Occupied):
        reader.insert(SM4_CARD)
    assert reader.slot.inserted and reader.slot.inserted.id == "aes"
    reader.swap(SM4_CARD)
    assert client.ask(wait="in")
    reader.remove()
    reader.remove()
    assert reader.slot.inserted is None


def test_a_card_that_is_pulled_in_the_middle_is_out(reader: Reader, client: Client) -> None:
    reader.insert(AES_CARD, "pulled:2")
    assert "atr" in client.ask(wait="in")
    first, second, *_ = client.transmit(SELECT_AES, READ, READ)
    assert first == "6110"
    # pcscd may call it a success, with nothing in it; no status word comes either way.
    assert second == "" or second.startswith("error ")
    assert client.ask(wait="out") == {"atr": ""}
    assert reader.slot.inserted is None
    # The next card finds the slot free. It is not asked for here: pcscd says "empty" as soon as
    # the disconnect fails, and misses a card that comes before its next look, 400 ms later.
    reader.insert(SM4_CARD)
    assert reader.slot.inserted and reader.slot.inserted.id == "sm4"


def test_a_mute_card_is_waited_for_until_it_is_pulled(reader: Reader, client: Client) -> None:
    reader.insert(AES_CARD, "mute")
    assert "atr" in client.ask(wait="in")
    client.start(apdus=[SELECT_AES])
    reader.remove()
    told = client.end()
    # However pcscd puts it (it may call it a success, with nothing in it): no status word.
    assert "error" in told or told["answers"] == [""] or "error" in told["answers"][-1]


def test_a_card_outlives_its_pcscd(tmp_path: Path) -> None:
    with card_reader(tmp_path) as reader:
        client = Client(reader)
        reader.insert(AES_CARD)
        assert "atr" in client.ask(wait="in")
        assert client.transmit(SELECT_AES) == ["6110"]
        reader.kill()
        assert client.ask(apdus=[SELECT_AES]) == {"error": "8010001D"}  # SCARD_E_NO_SERVICE
        reader.restart()
        assert client.ask(wait="in") == {"atr": str(AES_CARD["atr"]).lower()}
        assert client.transmit(READ, SELECT_AES) == ["6a82", "6110"]
        client.close()
