"""`python -m tryout.softcard`: a drawer of software cards and a slot to put them in."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

import yaml

from tryout.softcard.control import Control, ControlError
from tryout.softcard.image import Image, ImageError, read_images
from tryout.softcard.slot import Slot


def reader(text: str) -> tuple[str, int]:
    """HOST:PORT."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 1 <= int(port) <= 65535:
        raise argparse.ArgumentTypeError("HOST:PORT is expected, such as 127.0.0.1:35963")
    return host, int(port)


def own_cards() -> list[Image]:
    """The cards that come with the program."""
    return [Image.of(card) for card in yaml.safe_load(
        Path(__file__).with_name("cards.yaml").read_text("utf-8"))]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tryout.softcard",
        description="IC cards as software, put into the virtual reader of a pcscd.")
    parser.add_argument("--reader", type=reader, required=True, metavar="HOST:PORT",
                        help="where the virtual reader (vsmartcard-vpcd) waits for a card")
    parser.add_argument("--control", type=Path, required=True, metavar="PATH",
                        help="the unix socket to make for orders")
    parser.add_argument("--cards", type=Path, required=True, metavar="DIR",
                        help="a directory with card images, one JSON file each")
    wish = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    slot = Slot(*wish.reader)
    try:
        cards = read_images(wish.cards) + own_cards()
        if len({card.id for card in cards}) < len(cards):
            raise ImageError("A card image has the id of a card that comes with the program.")
        control = Control(wish.control, slot, cards)
    except (ImageError, ControlError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    serving = threading.Thread(target=control.serve_forever, args=(0.1,), daemon=True)
    serving.start()
    logging.info("%d cards, for the reader at %s:%d.", len(cards), *wish.reader)
    ended.wait()
    control.shutdown()
    control.server_close()
    slot.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
