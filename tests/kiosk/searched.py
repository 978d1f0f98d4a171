"""A kiosk that can be searched: `python -m kiosk`, and a socket that looks for words in all
objects that the process can still reach.

`POST /search` with a JSON list of words gives a list of where they are.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from types import FrameType
from typing import Any

from kiosk.__main__ import main


def search(words: list[str]) -> list[str]:
    """The types of the owners of each str, bytes or bytearray that holds one of `words`.

    Goes from everything the collector knows, from the modules and from every frame that
    runs, through whatever those refer to; a string itself is no object of the collector.
    """
    gc.collect()
    needles = [(word, word.encode(), word.encode("utf-16-le")) for word in words]
    own = {id(part) for needle in needles for part in needle} | {id(words), id(needles)}
    own |= {id(needle) for needle in needles}
    own.add(id(sys._getframe()))
    heap: list[tuple[Any, str]] = [(thing, "") for thing in gc.get_objects()]
    heap += [(module, "module") for module in sys.modules.values()]
    for top in sys._current_frames().values():
        frame: FrameType | None = top
        while frame:
            if frame.f_code is not search.__code__:
                heap += [(value, f"local of {frame.f_code.co_name}")
                         for value in frame.f_locals.values()]
            frame = frame.f_back
    seen = own | {id(heap)}
    found = []
    while heap:
        thing, owner = heap.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if issubclass(type(thing), str):  # isinstance asks a proxy, whose object may be gone
            hits = [n[0] for n in needles if n[0] in thing]
        elif issubclass(type(thing), (bytes, bytearray)):
            hits = [n[0] for n in needles if n[1] in thing or n[2] in thing]
        else:
            hits = []
            heap += [(part, f"{type(thing).__module__}.{type(thing).__qualname__}")
                     for part in gc.get_referents(thing)]
        found += [f"a {type(thing).__name__} of {owner or 'nothing'}" for _ in hits]
    return found


class _Handler(BaseHTTPRequestHandler):
    def setup(self) -> None:
        self.client_address = ("local", 0)
        super().setup()

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        found = json.dumps(search(json.loads(self.rfile.read(length)))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        self.wfile.write(found)


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


if __name__ == "__main__":
    server = _Server(str(Path(os.environ["HALLWAY_KIOSK_SOCKETS"]) / "search.sock"), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    status = main()
    os._exit(status)
