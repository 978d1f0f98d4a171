"""Load from wrk: 16 connections, one thread, prepared requests that are sent once each."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("load.lua")


class BenchError(Exception):
    """Something was measured that is not what the table says. The text says what."""


class Measured(msgspec.Struct, frozen=True):
    """One run of wrk: answers, how long it took, latency in milliseconds, what went wrong."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int  # answers that were not 2xx or 3xx
    broken: int  # connections that failed or timed out
    sent: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def wire(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def measure(base_url: str, requests: Iterable[bytes], seconds: float) -> Measured:
    """Send `requests` as fast as they are answered, for `seconds`.

    Raises BenchError when any was refused or lost, or when there were too few of them.
    """
    wrk = shutil.which("wrk")
    if not wrk:
        raise BenchError("Install wrk (apt-get install wrk).")
    with tempfile.NamedTemporaryFile(suffix=".requests") as file:
        prepared = 0
        for prepared, request in enumerate(requests, 1):  # noqa: B007 - counts them
            file.write(b"%d\n%b" % (len(request), request))
        file.flush()
        done = subprocess.run(
            [wrk, "--threads", "1", "--connections", str(CONNECTIONS),
             "--duration", f"{max(1, round(seconds))}s", "--timeout", "10s",
             "--script", str(SCRIPT), base_url],
            env={**os.environ, "REQUESTS": file.name}, capture_output=True, text=True,
            check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise BenchError(f"wrk ended with {done.returncode}: {done.stderr or done.stdout}")
    found = msgspec.json.decode(done.stderr.strip().splitlines()[-1], type=Measured)
    if found.refused or found.broken or not found.requests:
        raise BenchError(f"{base_url}: of {found.requests} requests {found.refused} were refused "
                         f"and {found.broken} lost.")
    if found.sent > prepared:
        raise BenchError(f"{base_url}: {prepared} requests were too few for {seconds} seconds.")
    return found
