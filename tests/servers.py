"""Private servers for the tests: a Redis, a PostgreSQL, the doors. Nothing of the
machine's own is touched; whatever is started here ends with the test run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import requests
from psycopg import sql

import processes
from processes import PrivateRedis, Program, StartError
from settings import Settings
from status_service.client import Client

BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")


def _shell_test(name: str) -> str | None:
    """The path of a browser that starts. Ubuntu's `chromium` is a stub that only says
    that a snap is needed: it prints no version."""
    path = shutil.which(name)
    if not path:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    return path if said.returncode == 0 and "Chrom" in said.stdout else None


def chromium_path() -> str | None:
    """A real Chromium or Chrome of this machine; None when there is none (then Playwright's
    own may have been installed by the set-up)."""
    return next(filter(None, map(_shell_test, BROWSERS)), None)


@contextmanager
def redis_server(directory: Path) -> Iterator[str]:
    """A Redis that keeps its files in `directory`; gives its URL."""
    store = PrivateRedis(directory)
    try:
        store.start()
        yield store.url
    finally:
        store.stop()


class Postgres:
    """A PostgreSQL cluster in a temporary directory, reached over a socket there."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="hallway-pg-"))  # short, for the socket
        self._as_user: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            user = next(name for name in ("postgres", "nobody") if _user_exists(name))
            group = pwd.getpwnam(user).pw_gid
            shutil.chown(self.directory, user, group)
            self._as_user = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups",
                             "--"]
        data = self.directory / "data"
        made = subprocess.run(
            [*self._as_user, _postgres_binary("initdb"), "-D", str(data), "-U", "hallway",
             "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            capture_output=True, text=True, check=False, cwd="/", stdin=subprocess.DEVNULL)
        if made.returncode:
            raise StartError(f"initdb failed:\n{made.stderr}")
        # Only speed is given up here, which a test machine does not owe to a power cut.
        options = {"listen_addresses": "", "unix_socket_directories": str(self.directory),
                   "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
                   "max_connections": "100", "shared_buffers": "64MB"}
        self.program = Program(
            "PostgreSQL", [*self._as_user, _postgres_binary("postgres"), "-D", str(data),
                           *(f"--{name}={value}" for name, value in options.items())],
            self.directory.with_suffix(".log"))
        self._made = 0

    def start(self) -> None:
        self.program.start()
        self.program.wait_ready(self._ready)

    def _ready(self) -> bool:
        try:
            self._administer(sql.SQL("SELECT 1"))
        except psycopg.OperationalError:  # still starting
            return False
        return True

    def _administer(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(host=str(self.directory), user="hallway", dbname="postgres",
                             autocommit=True) as connection:
            connection.execute(statement)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://hallway@/{database}?host={self.directory}"

    def database(self, template: str = "template1") -> str:
        """The name of a new database, a copy of `template`."""
        self._made += 1
        name = f"test_{self._made}"
        self._administer(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, database: str) -> None:
        self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(
            sql.Identifier(database)))

    def stop(self) -> None:
        self.program.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.program.log.unlink(missing_ok=True)


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _postgres_binary(name: str) -> str:
    """The newest installed one: Debian keeps them by version, outside the PATH."""
    homes = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
                   key=lambda path: int(path.parts[4]))
    found = str(homes[-1]) if homes else shutil.which(name)
    if not found:
        raise StartError("Install PostgreSQL (apt-get install postgresql): "
                         "the tests start a private one.")
    return found


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def run_service_command(environ: Mapping[str, str], *arguments: str) -> str:
    """`python -m status_service ...`; gives what it printed, fails with what it complained."""
    done = subprocess.run([sys.executable, "-m", "status_service", *arguments],
                          env=dict(environ), cwd=processes.ROOT, capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise StartError(f"status_service {' '.join(arguments)} ended with "
                         f"{done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


@dataclass(frozen=True)
class Hall:
    """A running service with the sample hall, and how to reach it."""

    url: str
    settings: Settings
    environ: dict[str, str]  # what a program of this hall is started with
    client: Client
    service: Program

    def get(self, path: str, token: str | None = None, **more: object) -> requests.Response:
        """A plain GET at the inner door, as a channel (or with another token)."""
        return self.ask("GET", path, token, **more)

    def ask(self, method: str, path: str, token: str | None = None,
            **more: object) -> requests.Response:
        """Any request at the inner door."""
        headers = {"Authorization": f"Bearer {token or self.settings.service_token}"}
        return requests.request(method, self.url + path, timeout=20,
                                headers=headers, **more)  # type: ignore[arg-type]


def hall_environ(state: Path, database_url: str, redis_url: str) -> dict[str, str]:
    """A development environment of its own: nothing of the caller's settings leaks in."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("HALLWAY_", "TWILIO_", "DATABASE_", "REDIS_", "PUBLIC_",
                                    "PCSCLITE_"))}
    public = f"http://127.0.0.1:{processes.free_port()}"
    return kept | {
        "HALLWAY_STATE": str(state),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "HALLWAY_SERVICE_URL": f"http://127.0.0.1:{processes.free_port()}",
        "HALLWAY_SERVICE_TOKEN": "token-of-the-tests-" + "6" * 32,
        "PUBLIC_BASE_URL": public,
        "TWILIO_API_BASE": f"{public}/try/twilio",
        "HALLWAY_CARD_KEYS": "1:" + "3" * 32,
        "HALLWAY_CARD_TRANSPORT_KEY": "F0E1D2C3B4A5968778695A4B3C2D1E0F",
        "HALLWAY_SECRET": "secret-of-the-tests-" + "5" * 32,
        "TWILIO_ACCOUNT_SID": "AC" + "7" * 32,
        "TWILIO_AUTH_TOKEN": "7" * 32,
    }


@contextmanager
def hall_server(state: Path, database_url: str, redis_url: str) -> Iterator[Hall]:
    """The real service behind granian over a record seeded with the sample hall."""
    environ = hall_environ(state, database_url, redis_url)
    settings = Settings.load(environ)
    run_service_command(environ, "migrate")
    run_service_command(environ, "tokens", "add", "channels", "--channels")
    run_service_command(environ, "seed")
    port = int(settings.service_url.rsplit(":", 1)[1])
    service = processes.door("service", processes.SERVICE_APP, port,
                             log=state / "service.log", environ=environ, threads=8)
    try:
        service.start()
        service.wait_ready(lambda: processes.answers(settings.service_url + "/readyz"))
        yield Hall(settings.service_url, settings, environ,
                   Client(settings.service_url, settings.service_token), service)
    finally:
        service.stop()


@contextmanager
def public_door_server(hall: Hall) -> Iterator[str]:
    """The real public door, with /try, before `hall`; gives its base URL."""
    base = hall.settings.public_url
    door = processes.door("public door", processes.PUBLIC_APP, int(base.rsplit(":", 1)[1]),
                          log=hall.settings.state / "public.log", environ=hall.environ)
    try:
        door.start()
        door.wait_ready(lambda: processes.answers(base + "/healthz"))
        yield base
    finally:
        door.stop()


@contextmanager
def text_worker(hall: Hall) -> Iterator[Program]:
    """The worker that sends queued texts of `hall`."""
    worker = Program("text worker", [sys.executable, "-m", "sms.worker"],
                     hall.settings.state / "texts.log", hall.environ)
    try:
        worker.start()
        yield worker
    finally:
        worker.stop()
