"""What is measured: the yardstick's door and, for each size of record, the service's door and
the public door before it. Every door is one granian worker; those that work alone have one
blocking thread, at which they are fastest, and the public door, which waits for Redis and
for the service, has as many as wait at once."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import processes
from bench import record
from processes import PrivateRedis
from settings import Settings

TOKEN = "token-of-the-bench-" + "4" * 32
WAITING = 4  # blocking threads of the public door: the most that two cores can use
BASELINE_APP = "bench.baseline:create_app"


def environ(state: Path) -> dict[str, str]:
    """What the bench's programs are started with: nothing of the caller's own settings."""
    own = ("HALLWAY_", "TWILIO_", "DATABASE_", "REDIS_", "PUBLIC_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return kept | {
        "HALLWAY_STATE": str(state),
        "HALLWAY_SERVICE_TOKEN": TOKEN,
        "HALLWAY_SECRET": "secret-of-the-bench-" + "3" * 32,
        "TWILIO_ACCOUNT_SID": "AC" + "2" * 32,
        "TWILIO_AUTH_TOKEN": "2" * 32,
    }


class Stand:
    """The doors over one record. `numbers` are the cases in it that the bench made."""

    def __init__(self, state: Path, cases: int, redis_url: str) -> None:
        self.cases = cases
        self.numbers = record.numbers(cases)
        self._chance = random.Random(record.SEED + cases)
        service, public = processes.free_port(), processes.free_port()
        self.environ = environ(state) | {
            "REDIS_URL": redis_url,
            "HALLWAY_SERVICE_URL": f"http://127.0.0.1:{service}",
            "PUBLIC_BASE_URL": f"http://127.0.0.1:{public}",
            "TWILIO_API_BASE": f"http://127.0.0.1:{public}/try/twilio",
        }
        path = record.kept(state, cases)
        record.prepare(path, cases, self.environ)
        self.environ["DATABASE_URL"] = f"sqlite:///{path}"
        record.service_command(self.environ, "tokens", "add", "channels", "--channels")
        self.settings = Settings.load(self.environ)
        self._ports = service, public

    def start(self, ends: ExitStack) -> None:
        """Start both doors; they stop when `ends` closes."""
        logs = self.settings.state / f"log-{self.cases}"
        for name, app, port, health, threads in (
                ("service", processes.SERVICE_APP, self._ports[0], "/readyz", 1),
                ("public door", processes.PUBLIC_APP, self._ports[1], "/healthz", WAITING)):
            start_door(ends, name, app, port=port, health=health, logs=logs,
                       environ=self.environ, threads=threads)

    def number(self) -> str:
        """Any case of the record, each as likely as the others."""
        return self._chance.choice(self.numbers)


def start_door(ends: ExitStack, name: str, app: str, port: int, logs: Path,
               environ: Mapping[str, str], health: str, threads: int = 1) -> str:
    """One worker with `threads` blocking threads; gives its base URL."""
    door = processes.door(name, app, port, log=logs / f"{name.replace(' ', '-')}.log",
                          environ=environ, threads=threads)
    ends.callback(door.stop)
    door.start()
    base = f"http://127.0.0.1:{port}"
    door.wait_ready(lambda: processes.answers(base + health))
    return base


def start_baseline(ends: ExitStack, logs: Path) -> str:
    """The yardstick's base URL."""
    return start_door(ends, "baseline", BASELINE_APP, port=processes.free_port(),
                      health="/healthz", logs=logs, environ=os.environ)


def start_redis(ends: ExitStack, directory: Path) -> str:
    """A Redis of the bench's own, as `make run` would start it."""
    store = PrivateRedis(directory)
    ends.callback(store.stop)
    store.start()
    return store.url


def machine() -> list[str]:
    """What it ran on, in a few lines."""
    model = next((line.partition(":")[2].strip()
                  for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    system = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines()
                  if "=" in line)
    return [f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, "
            f"{system.get('PRETTY_NAME', '').strip(chr(34))}",
            f"CPython {sys.version.split()[0]}"]
