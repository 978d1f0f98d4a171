"""`python -m kiosk.cards`: the card desk of a clerk. Says in one sentence what came of it; ends
with 0 when it was done, with 1 when it was not."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

import msgspec

from kiosk.card.reader import Card, CardBusy, CardLost, ServiceLost
from kiosk.cards.work import CARD_WITHIN, NothingIn, pin_set, work
from settings import KioskSettings, SettingsError
from status_service.client import CardDesk, CardSessionOver, DeskDone, Refused, ServiceAway

DONE = ("issued", "shown", "found", "rekeyed", "current", "unblocked", "lost", "revoked")
WORDS: dict[str, dict[str, str]] = msgspec.yaml.decode(
    Path(__file__).with_name("words.yaml").read_bytes(), type=dict[str, dict[str, str]])


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m kiosk.cards", description="The card desk: cards of applicants.")
    made.add_argument("--clerk", default="", help="who works here, as the office names its staff")
    made.add_argument("--language", choices=sorted(WORDS), default="zh-CN")
    made.add_argument("--wait", type=float, default=CARD_WITHIN, metavar="SECONDS",
                      help="for the card to be put in")
    does = made.add_subparsers(dest="action", required=True)
    issue = does.add_parser("issue", help="write a new card for an applicant whose ID was seen")
    replace = does.add_parser("replace", help="write a new card in the place of one that is lost "
                                              "or broken, which is revoked then")
    for command, help_ in ((issue, "a case number of the applicant's"),
                           (replace, "the old card's printed number, or a case number")):
        command.add_argument("number", help=help_)
        command.add_argument("--kind", default="", help="of card, by its profile")
    for name, help_ in (("show", "what card lies in the reader"),
                        ("found", "lift a loss report, with the card in the reader"),
                        ("rekey", "give the card in the reader the newest keys"),
                        ("unblock", "set a new PIN on the card in the reader")):
        does.add_parser(name, help=help_)
    for name, help_ in (("lost", "report a card lost: at once, without it"),
                        ("revoke", "a card never counts again")):
        does.add_parser(name, help=help_).add_argument(
            "number", help="what is printed on the card, or a case number of its holder's")
    does.add_parser("keys", help="versions of the card keys, and how many cards need each")
    return made


def main(arguments: list[str] | None = None) -> int:
    wish = parser().parse_args(arguments)
    words = WORDS[wish.language]
    if wish.action != "keys" and not wish.clerk.strip():
        parser().error("--clerk: say who works here.")
    try:
        settings = KioskSettings.load()
        desk = CardDesk(settings.service_url, settings.service_token)
        if wish.action == "keys":
            return _keys(desk, words)
        return _tell(_done(desk, wish, words), words)
    except SettingsError as wrong:
        print(wrong, file=sys.stderr)
    except Refused as refusal:
        print(words["refused"] if refusal.status in (401, 403) else refusal, file=sys.stderr)
    except (ServiceAway, CardSessionOver, NothingIn, CardBusy, CardLost, ServiceLost) as why:
        print(words[{ServiceAway: "away", CardSessionOver: "over", NothingIn: "nothing-in",
                     CardBusy: "busy", CardLost: "pulled", ServiceLost: "no-reader"}[type(why)]],
              file=sys.stderr)
    return 1


def _done(desk: CardDesk, wish: Any, words: dict[str, str]) -> DeskDone:
    clerk = wish.clerk.strip()
    if wish.action == "lost":
        return desk.desk_lost(clerk, wish.number)
    if wish.action == "revoke":
        return desk.desk_revoke(clerk, wish.number)
    step = desk.desk_begin(clerk, wish.action, getattr(wish, "number", ""),
                           getattr(wish, "kind", ""))

    def ask(digits: int, again: bool) -> str:
        return getpass.getpass(words["pin-again" if again else "pin"].format(digits=digits))

    def set_pin(card: Card, done: DeskDone) -> None:
        was = False
        try:
            was = pin_set(card, done.pin, ask, lambda: print(words["pin-differs"]))
        finally:
            print(words["pin-set" if was else "pin-not-set"])

    return work(step, desk, wish.wait, lambda: print(words["insert"], flush=True), set_pin)


def _tell(done: DeskDone, words: dict[str, str]) -> int:
    good = done.outcome in DONE
    print(words[done.outcome], file=sys.stdout if good else sys.stderr)
    if done.printed:
        about = msgspec.to_builtins(done) | {
            "proven": words["proven" if done.proven else "not-proven"]}
        print(words["about"].format(**about))
    return 0 if good else 1


def _keys(desk: CardDesk, words: dict[str, str]) -> int:
    for version in desk.desk_keys():
        says = ("missing" if not version.held else "newest" if version.newest
                else "keep" if version.cards else "free")
        print(words["keys"].format(version=version.version, cards=version.cards,
                                   says=words[says]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
