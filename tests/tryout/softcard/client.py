"""A program that uses a card reader, run by the tests as a process of its own.

Reads one JSON order a line from its input and writes one JSON answer a line:
{"wait": "in" | "out" | "reader"} returns when it is so; {"apdus": [hex, ...]} transmits them
over a new connection and gives their answers, ending with the error code of the one that
failed. It reaches pcscd anew for each order.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from smartcard import scard

WITHIN = 20.0  # seconds


def wait(context: Any, what: str) -> dict[str, Any]:
    ends = time.monotonic() + WITHIN
    mask = {"in": scard.SCARD_STATE_PRESENT, "out": scard.SCARD_STATE_EMPTY}.get(what)
    while time.monotonic() < ends:
        _, readers = scard.SCardListReaders(context, [])
        if readers and mask is None:
            return {"readers": readers}
        if not readers:
            scard.SCardGetStatusChange(context, 100, [("\\\\?PnP?\\Notification", 0)])
            continue
        _, states = scard.SCardGetStatusChange(context, 0, [(readers[0], 0)])
        _, state, atr = states[0]
        if state & mask and not state & scard.SCARD_STATE_MUTE:
            return {"atr": bytes(atr).hex()}
        scard.SCardGetStatusChange(context, 500, [(readers[0], state)])
    return {"error": "too late"}


def transmit(context: Any, apdus: list[str]) -> dict[str, Any]:
    _, readers = scard.SCardListReaders(context, [])
    result, card, protocol = scard.SCardConnect(
        context, readers[0], scard.SCARD_SHARE_EXCLUSIVE,
        scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1)
    if result:
        return {"error": f"{result & 0xFFFFFFFF:08X}"}
    answers = []
    for apdu in apdus:
        result, answer = scard.SCardTransmit(
            card, scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0
            else scard.SCARD_PCI_T1, list(bytes.fromhex(apdu)))
        if result:
            answers.append(f"error {result & 0xFFFFFFFF:08X}")
            break
        answers.append(bytes(answer).hex())
    scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD)
    return {"answers": answers, "protocol": "T=0" if protocol == scard.SCARD_PROTOCOL_T0
            else "T=1"}


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result:
            answer = {"error": f"{result & 0xFFFFFFFF:08X}"}
        else:
            answer = (wait(context, order["wait"]) if "wait" in order
                      else transmit(context, order["apdus"]))
            scard.SCardReleaseContext(context)
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
