"""Lines put aside until all lines of their case are there.

The lines of a case may stand anywhere in a file, and the file may be larger than
memory. So they go, by a hash of their number, into temporary files that each
hold few enough cases to be sorted in memory. The files have no name: nobody
else can open them, and they are gone with the process, however it ends.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

import msgspec

from status_service.ingest.casting import Line

PART = 2 << 20  # octets of the file that one part should hold
MOST_PARTS = 200  # each is an open file
GROUP = 64  # lines of a part that are packed together
LENGTH = 4  # octets before each group that say how long it is


class Aside:
    """Takes lines in any order, gives them back case by case."""

    def __init__(self, directory: Path, octets: int) -> None:
        """`octets`: how large the file is, to choose how many parts."""
        directory.mkdir(parents=True, exist_ok=True)
        count = max(1, min(MOST_PARTS, octets // PART))
        self._ends = ExitStack()
        self._parts = [
            cast(BinaryIO, self._ends.enter_context(
                tempfile.TemporaryFile(dir=directory, buffering=1 << 16)))  # noqa: SIM115 - _ends
            for _ in range(count)]
        self._waiting: list[list[Line]] = [[] for _ in range(count)]
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[Line]).decode

    def __enter__(self) -> Aside:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._ends.close()

    def put(self, line: Line) -> None:
        at = zlib.crc32(line.key.encode()) % len(self._parts)
        waiting = self._waiting[at]
        waiting.append(line)
        if len(waiting) == GROUP:
            self._pack(at)

    def _pack(self, at: int) -> None:
        packed = self._encode(self._waiting[at])
        self._parts[at].write(len(packed).to_bytes(LENGTH, "little"))
        self._parts[at].write(packed)
        self._waiting[at].clear()

    def cases(self) -> Iterator[list[Line]]:
        """The lines of each case in the order of the file."""
        for at, part in enumerate(self._parts):
            self._pack(at)
            part.seek(0)
            found: dict[str, list[Line]] = {}
            while size := part.read(LENGTH):
                for line in self._decode(part.read(int.from_bytes(size, "little"))):
                    known = found.get(line.key)
                    if known is None:
                        found[line.key] = [line]
                    else:
                        known.append(line)
            yield from found.values()
