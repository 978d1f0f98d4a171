"""All settings, from the environment, in one typed place.

`Settings.load()` reads and checks them; what is wrong or missing is said in one
sentence that names the variable. In production nothing has a convenient default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, cast
from urllib.parse import urlsplit

import msgspec

MIN_SECRET = 32  # characters; 128 bits and more in hex (NIST SP 800-131A asks 112)
TWILIO = "https://api.twilio.com"
SECRETS = "secrets.env"  # in the state directory of a development machine
Mode = Literal["development", "production"]
DEVELOPMENT_TOKEN = "development-only-token"  # noqa: S105 - refused in production


class Days(NamedTuple):
    """A number of days that an office may choose within limits."""

    usual: int
    least: int
    most: int


# Logs of who did what are kept six months at least (网络安全法 of 2017, article 21 (3)); a year
# is our choice: whoever wants to know who looked asks within it.
KEEP_AUDIT = Days(365, 183, 3_650)
# GOV.UK Notify keeps the content of messages 7 days, or 3 to 90 by choice.
KEEP_MESSAGES = Days(7, 3, 90)


class SettingsError(Exception):
    """A setting is missing or unsafe. Its text says what to set."""


def kept_secrets(state: Path) -> dict[str, str]:
    """The secrets that `make run` made for a development machine; none where it never ran."""
    try:
        lines = (state / SECRETS).read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines)
    return {name: value for name, _, value in pairs}


def _environment(environ: Mapping[str, str] | None) -> tuple[Mapping[str, str], Mode]:
    """The variables a process goes by. Without `environ` they are the process's own, and in
    development also the secrets that the embedded start keeps: what is started by hand must
    use the same ones."""
    env: Mapping[str, str] = os.environ if environ is None else environ
    if environ is None and env.get("HALLWAY_MODE", "development") == "development":
        kept = kept_secrets(Path(env.get("HALLWAY_STATE", "var")))
        env = {**{name: value for name, value in kept.items() if f"{name}_FILE" not in env}, **env}
    mode = env.get("HALLWAY_MODE", "development")
    if mode not in ("development", "production"):
        raise SettingsError("Set HALLWAY_MODE to development or production.")
    return env, cast(Mode, mode)


def _days(env: Mapping[str, str], name: str, allowed: Days) -> int:
    given = env.get(name, "").strip()
    if not given:
        return allowed.usual
    if not given.isdecimal() or not allowed.least <= int(given) <= allowed.most:
        raise SettingsError(f"Set {name} to days, {allowed.least} to {allowed.most}.")
    return int(given)


def _card_keys(env: Mapping[str, str]) -> str:
    """HALLWAY_CARD_KEYS, or what is in HALLWAY_CARD_KEYS_FILE: a version a line, and lines that
    begin with # say something else. Raises SettingsError, with nothing of the keys in it."""
    given = env.get("HALLWAY_CARD_KEYS", "").strip()
    named = env.get("HALLWAY_CARD_KEYS_FILE", "").strip()
    if not named:
        return given
    if given:
        raise SettingsError("Set HALLWAY_CARD_KEYS_FILE or HALLWAY_CARD_KEYS, not both.")
    try:
        with Path(named).open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise SettingsError("Set HALLWAY_CARD_KEYS_FILE to a file that its owner alone "
                                    "can read (chmod 600).")
            lines = [line.strip() for line in file]
    except (OSError, ValueError):
        raise SettingsError("Set HALLWAY_CARD_KEYS_FILE to a file that this program can "
                            "read.") from None
    return ",".join(line for line in lines if line and not line.startswith("#"))


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    mode: Mode
    state: Path  # where an embedded start keeps its files
    database_url: str
    redis_url: str
    service_url: str  # the inner door as the channels reach it
    service_token: str  # what the channels show at the inner door
    public_url: str  # the outer door as Twilio reaches it: scheme, host, no path
    secret: str  # pepper and key for codes, keyed hashes and sealed values
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_auth_token_secondary: str  # accepted while tokens rotate; may be empty
    twilio_api_base: str  # https://api.twilio.com, or the fake account of /try
    twilio_number: str  # our own number, E.164
    hall_name: str  # which sample hall or data the service was seeded with
    card_keys: str  # root keys of the cards: "version:32 hex digits", separated by commas
    card_issuer: str  # that stands on new cards: 8 octets in hex
    card_transport_key: str  # of blank cards, from their maker: 16 octets in hex; "" for none
    person_phone: str  # who answers when a caller asks for a person
    levels: str  # a file with fields that need a higher level here; "" for the default profile
    zone: str  # the office's time zone, IANA name
    kiosk_sockets: str  # development: the directory in which /try finds the kiosk; else ""
    keep_audit: int  # days that the audit's rows are kept, see status_service.retention
    keep_messages: int  # days that a message's recipient is kept after it was sent

    def __repr__(self) -> str:  # secrets never reach a log by way of a repr
        return f"Settings(mode={self.mode!r}, redacted)"

    @property
    def production(self) -> bool:
        return self.mode == "production"

    @property
    def tries(self) -> bool:
        """Whether /try is there: with a real account connected, or in production, nobody may
        place calls in its name."""
        return not self.production and self.twilio_api_base != TWILIO

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """The settings of this process. Raises SettingsError with what to set."""
        env, mode = _environment(environ)
        production = mode == "production"

        def get(name: str, default: str) -> str:
            value = env.get(name, "").strip()
            if value:
                return value
            if production:
                raise SettingsError(f"Set {name}: in production it has no default.")
            return default

        state = Path(env.get("HALLWAY_STATE", "var")).resolve()
        public = get("PUBLIC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
        real_account = production or bool(env.get("TWILIO_ACCOUNT_SID", "").strip())
        found = cls(
            mode=mode,
            state=state,
            database_url=get("DATABASE_URL", f"sqlite:///{state}/hallway.db"),
            redis_url=get("REDIS_URL", f"unix://{state}/redis/redis.sock?db=0"),
            service_url=get("HALLWAY_SERVICE_URL", "http://127.0.0.1:8001").rstrip("/"),
            service_token=get("HALLWAY_SERVICE_TOKEN", DEVELOPMENT_TOKEN),
            public_url=public,
            secret=get("HALLWAY_SECRET", "development-only-secret-of-no-value-at-all"),
            twilio_account_sid=get("TWILIO_ACCOUNT_SID", "AC" + "0" * 32),
            twilio_auth_token=get("TWILIO_AUTH_TOKEN", "0" * 32),
            twilio_auth_token_secondary=env.get("TWILIO_AUTH_TOKEN_SECONDARY", "").strip(),
            twilio_api_base=(env.get("TWILIO_API_BASE", "").strip()
                             or (TWILIO if real_account else f"{public}/try/twilio")).rstrip("/"),
            twilio_number=get("TWILIO_NUMBER", "+869914810000"),
            hall_name=env.get("HALLWAY_HALL", "sample"),
            card_keys=_card_keys(env),
            levels=env.get("HALLWAY_LEVELS", "").strip(),
            card_issuer=_hex(env, "HALLWAY_CARD_ISSUER", 8) or "0" * 16,
            card_transport_key=_hex(env, "HALLWAY_CARD_TRANSPORT_KEY", 16),
            person_phone=get("HALLWAY_PERSON_PHONE", "+869914810012"),
            zone=env.get("HALLWAY_ZONE", "Asia/Shanghai"),
            kiosk_sockets="" if production else env.get("HALLWAY_KIOSK_SOCKETS", "").strip(),
            keep_audit=_days(env, "HALLWAY_KEEP_AUDIT_DAYS", KEEP_AUDIT),
            keep_messages=_days(env, "HALLWAY_KEEP_MESSAGES_DAYS", KEEP_MESSAGES),
        )
        if production:
            found.check_production()
        return found

    def check_production(self) -> None:
        """Refuse what would be unsafe where real people's cases are kept."""
        public = urlsplit(self.public_url)
        if public.scheme != "https" or not public.hostname or public.path:
            raise SettingsError(
                "Set PUBLIC_BASE_URL to the https address Twilio calls, without a path."
            )
        if len(self.secret) < MIN_SECRET or "development" in self.secret:
            raise SettingsError(
                f"Set HALLWAY_SECRET to at least {MIN_SECRET} random characters."
            )
        if len(self.service_token) < MIN_SECRET:
            raise SettingsError(
                f"Set HALLWAY_SERVICE_TOKEN to a token made by "
                f"`python -m status_service tokens add` ({MIN_SECRET} characters and more)."
            )
        if set(self.twilio_auth_token) == {"0"}:
            raise SettingsError("Set TWILIO_AUTH_TOKEN to the account's real token.")
        if not self.twilio_api_base.startswith("https://"):
            raise SettingsError("Unset TWILIO_API_BASE: production speaks to Twilio itself.")


def _hex(env: Mapping[str, str], name: str, octets: int) -> str:
    found = env.get(name, "").strip().upper()
    if found and (len(found) != 2 * octets or set(found) - set("0123456789ABCDEF")):
        raise SettingsError(f"Set {name} to {2 * octets} hex digits.")
    return found


class KioskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What one kiosk needs: it stands in the hall and knows no account and no record."""

    mode: Mode
    state: Path  # where it keeps its log and what Kivy writes
    kiosk: str  # its name, as the service and the staff know it
    service_url: str
    service_token: str
    zone: str
    panel: str  # "1080x1920@21.5": pixels and the diagonal in inches; "" for what is there
    distance: float  # mm from the eyes to the glass
    printer: str  # "", tcp://host:port, or the path of a printer's device
    sockets: str  # development: the directory in which /try finds this kiosk; else ""

    def __repr__(self) -> str:
        return f"KioskSettings(kiosk={self.kiosk!r}, redacted)"

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> KioskSettings:
        """Raises SettingsError with what to set."""
        env, mode = _environment(environ)

        def get(name: str, default: str = "") -> str:
            return env.get(name, "").strip() or default

        def needed(name: str, default: str) -> str:
            if mode == "production" and not get(name):
                raise SettingsError(f"Set {name}: in production it has no default.")
            return get(name, default)

        try:
            distance = float(get("HALLWAY_KIOSK_DISTANCE", "500"))
        except ValueError:
            distance = 0.0
        if not 200 <= distance <= 1500:
            raise SettingsError("Set HALLWAY_KIOSK_DISTANCE to the millimetres from the eyes "
                                "to the glass, 200 to 1500.")
        return cls(
            mode=mode,
            state=Path(get("HALLWAY_STATE", "var")).resolve(),
            kiosk=needed("HALLWAY_KIOSK", "kiosk-1"),
            service_url=needed("HALLWAY_SERVICE_URL", "http://127.0.0.1:8001").rstrip("/"),
            service_token=needed("HALLWAY_SERVICE_TOKEN", DEVELOPMENT_TOKEN),
            zone=get("HALLWAY_ZONE", "Asia/Shanghai"),
            panel=get("HALLWAY_KIOSK_PANEL"),
            distance=distance,
            printer=get("HALLWAY_KIOSK_PRINTER"),
            sockets="" if mode == "production" else get("HALLWAY_KIOSK_SOCKETS"),
        )
