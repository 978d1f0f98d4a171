"""`python -m kiosk`: the kiosk in the hall; off screen where there is no display.

Ends with 0 when it is told to (SIGTERM, or its window is closed) and with 1 when it cannot
start or can draw no more: whoever supervises it starts it again.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from kiosk.printer import make_printer
from kiosk.remote import Remote
from kiosk.window import setup
from settings import KioskSettings, SettingsError
from status_service.client import Client

SOCKET = "kiosk.sock"


def main() -> int:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr,
                        format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = KioskSettings.load()
        panel = setup.panel_of(settings)
        printer = make_printer(settings.printer)
    except SettingsError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    setup.prepare(settings, panel)
    logging.getLogger("kivy").setLevel(logging.CRITICAL)  # its complaints quote what they hold
    from kiosk.window.app import Kiosk  # noqa: PLC0415 - makes the window

    kiosk = Kiosk(settings, panel, Client(settings.service_url, settings.service_token), printer)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: kiosk.stop())
    remote = None
    if settings.sockets:
        remote = Remote(Path(settings.sockets) / SOCKET, kiosk.board, kiosk.touch)
        remote.start()
    try:
        kiosk.run()
    finally:
        if remote:
            remote.stop()
    return 0


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    os._exit(status)  # a question that still waits for the network holds nobody up
