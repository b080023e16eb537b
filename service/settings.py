"""What an installation can choose: environment variables that begin with HADIR_."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from service.crypto import KeyRing
from service.i18n import N_, Language
from service.storage_errors import SettingsRefused

PREFIX = "HADIR_"
KNOWN_ENCODERS = ("sface", "dlib")
# Where the tests and the benchmarks find their photos: no settings, and no misspelled ones either.
DATA_SET_VARIABLES = frozenset({"HADIR_FACES", "HADIR_SPOOF", "HADIR_PORTRAITS", "HADIR_POSES"})


def _processors() -> int:
    """Those this process may use: a container's share, where the system tells it."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


class Settings(BaseSettings):
    """Every choice has a default that runs. A bad value is refused here, before anything starts."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, validate_default=True, hide_input_in_errors=True, extra="forbid"
    )

    data_dir: Path = Field(
        Path("data"),
        description=N_("Folder of the database, the keys and the sealed images; made at first start"),
    )
    database_url: str | None = Field(
        None,
        repr=False,
        description=N_(
            "SQLAlchemy URL, `sqlite:///...` or `postgresql+psycopg://...`; "
            "without it, `hadir.db` in the data folder"
        ),
    )
    keys: SecretStr | None = Field(
        None,
        description=N_(
            'Key ring as in `keys/keys.json` of the data folder: `{"current": id, "keys": {id: key}}`, '
            "ids of 4 bytes in hex, keys of 32 bytes in base64; without it, that file"
        ),
    )
    evidence_days: int = Field(
        90,
        ge=1,
        le=3650,
        description=N_(
            "Days that images of check-ins and of earlier enrolments are kept, and letters after the last day "
            "of their absence; longer while a check-in or a request waits for a decision"
        ),
    )
    host: str = Field("127.0.0.1", min_length=1, description=N_("Address to listen on"))
    port: int = Field(8000, ge=1, le=65535, description=N_("TCP port to listen on"))
    public_url: str | None = Field(
        None,
        description=N_(
            "Scheme and host by which people reach the service, e.g. `https://hadir.example.go.id`; "
            "goes into set-up links, and `https` makes the cookies secure"
        ),
    )
    encoders: Annotated[tuple[str, ...], NoDecode] = Field(
        KNOWN_ENCODERS,
        description=N_(
            "Face networks of a template, comma separated: `sface`, `dlib`; "
            "a change needs everyone enrolled again"
        ),
    )
    weights_dir: Path | None = Field(
        None, description=N_("Folder of the network files; without it, those of the installed packages")
    )
    workers: int = Field(
        default_factory=_processors,
        ge=1,
        le=256,
        description=N_("Processes that read faces; without it, one per processor"),
    )
    queue_limit: int = Field(
        64,
        ge=1,
        le=10_000,
        description=N_("Photos that may wait for a worker; above it, check-ins are answered 202"),
    )
    inference_deadline_s: float = Field(
        10, gt=0, le=600, description=N_("Seconds a worker may take for one photo before it is replaced")
    )
    answer_wait_s: float = Field(
        8, ge=0, le=120, description=N_("Seconds a check-in waits for its decision before it is answered 202")
    )
    liveness: Literal["challenge", "passive"] = Field(
        "challenge",
        description=N_(
            "What shows that a living person is before the camera: `challenge`, movements that the phone "
            "asks for; `passive`, the selfie alone, which lets printed photos through (see Liveness)"
        ),
    )
    pad_model: Path | None = Field(
        None,
        description=N_(
            "ONNX file of a MiniFASNet, whose answer is then among the passive cues; none is needed"
        ),
    )
    match_threshold: float | None = Field(
        None,
        gt=-1,
        le=1,
        description=N_(
            "Similarity from which a selfie is its employee's, -1 to 1; without it, the shipped one"
        ),
    )
    offline_h: float = Field(
        72,
        gt=0,
        le=1440,
        description="Hours after which a check-in that waited on a phone for a signal is in doubt for that alone",
    )
    time_zone: str = Field(
        "Asia/Jakarta",
        description=N_("IANA time zone of the working day, e.g. `Asia/Makassar`, `Asia/Jayapura`"),
    )
    organisation: str | None = Field(
        None,
        max_length=200,
        description=N_("Name of the organisation, at the head of printed recaps"),
    )
    language: Language = Field("id", description=N_("Language of the pages where the browser states none"))
    session_idle_h: float = Field(
        12,
        gt=0,
        le=8760,
        description=N_("Hours without use after which HR, auditors and admins are signed out"),
    )
    employee_session_idle_h: float = Field(
        720,
        gt=0,
        le=8760,
        description=N_("The same for employees, whose phones must still send after days without signal"),
    )
    session_max_h: float = Field(
        2160, gt=0, le=17520, description=N_("Hours after which everyone signs in again, used or not")
    )
    setup_link_h: float = Field(
        72, gt=0, le=720, description=N_("Hours a one-time link to set a password works")
    )
    require_totp: bool | None = Field(
        None,
        description=N_(
            "Whether HR, auditors and admins must sign in with a code of an authenticator app too; "
            "without it, yes where `HADIR_PUBLIC_URL` is https, no elsewhere"
        ),
    )
    transparency: Literal["on", "off"] = Field(
        "off",
        description=N_(
            "Whether attendance by agency is public at `/transparency` once a month is over: `on`, `off`"
        ),
    )
    checkpoint_to: str | None = Field(
        None,
        description=N_(
            "File to which signed checkpoints of the audit trail are added, or http(s) address to which "
            "they are posted; best where nobody of this machine can change them"
        ),
    )
    checkpoint_every_h: float = Field(
        24, gt=0, le=8760, description=N_("Hours between two checkpoints for `HADIR_CHECKPOINT_TO`")
    )
    webhook_private: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=N_(
            "Hosts of your own network to which webhooks may be sent, also by http, comma separated, e.g. "
            "`simpeg.internal,10.1.2.3`; without them, only https addresses on the internet"
        ),
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description=N_("Least severe log lines kept")
    )
    log_format: Literal["plain", "json"] = Field(
        "plain", description=N_("Log lines for people, or JSON for collectors")
    )

    @field_validator("webhook_private", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(name.strip().lower() for name in value.split(",") if name.strip())

    @field_validator("webhook_private")
    @classmethod
    def _plain_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not re.fullmatch(r"[a-z0-9.\-]+|[0-9a-f:.]*:[0-9a-f:.]*", host):
                raise ValueError(f"{host!r} is not a host: without scheme, port and path")
        return hosts

    @field_validator("encoders", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",")) if isinstance(value, str) else value

    @field_validator("encoders")
    @classmethod
    def _known_encoders(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in KNOWN_ENCODERS]
        if unknown:
            raise ValueError(f"unknown encoder {unknown[0]!r}; known are {', '.join(KNOWN_ENCODERS)}")
        if not names or len(set(names)) != len(names):
            raise ValueError("names one or more different encoders")
        return names

    @field_validator("keys")
    @classmethod
    def _key_ring(cls, keys: SecretStr | None) -> SecretStr | None:
        if keys is not None:
            try:
                KeyRing.from_json(keys.get_secret_value())
            except (ValueError, KeyError, TypeError, AttributeError):
                raise ValueError("is not a key ring") from None
        return keys

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{name!r} is not an IANA time zone known to this system") from None
        return name

    @field_validator("database_url")
    @classmethod
    def _supported_database(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            backend = make_url(url).get_backend_name()
        except ArgumentError:
            raise ValueError("is not a database URL") from None
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError(f"{backend} is not supported; sqlite and postgresql are")
        if make_url(url).database in {None, "", ":memory:"}:
            raise ValueError("names no database")
        return url

    @field_validator("public_url")
    @classmethod
    def _scheme_and_host(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if not re.fullmatch(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?/?", url):
            raise ValueError("must be http:// or https:// and a host, without a path")
        return url.rstrip("/")

    @field_validator("data_dir")
    @classmethod
    def _usable_folder(cls, path: Path) -> Path:
        if path.exists() and not (path.is_dir() and os.access(path, os.R_OK | os.W_OK | os.X_OK)):
            raise ValueError(f"{path} is not a folder that this process can write to")
        return path

    @field_validator("weights_dir")
    @classmethod
    def _existing_folder(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_dir():
            raise ValueError(f"{path} is not a folder")
        return path

    @model_validator(mode="after")
    def _idle_before_the_end(self) -> Self:
        if max(self.session_idle_h, self.employee_session_idle_h) > self.session_max_h:
            raise ValueError("HADIR_SESSION_MAX_H must not be less than the idle hours")
        return self

    @property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'hadir.db'}"

    @property
    def evidence_dir(self) -> Path:
        return self.data_dir / "evidence"

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def secure_cookies(self) -> bool:
        return self.public_url is not None and self.public_url.startswith("https://")

    @property
    def totp_required(self) -> bool:
        return self.secure_cookies if self.require_totp is None else self.require_totp


def variable(field: str) -> str:
    return PREFIX + field.upper()


def load_settings() -> Settings:
    """Settings of the environment. Raises SettingsRefused that names every bad and every unknown variable.

    A misspelled variable is refused, because the default it leaves in force is not what was wanted.
    """
    known = {variable(field) for field in Settings.model_fields} | DATA_SET_VARIABLES
    mine = {name.upper() for name in os.environ if name.upper().startswith(PREFIX)}
    problems = [f"{name}: there is no such setting" for name in sorted(mine - known)]
    try:
        settings = Settings()
    except ValidationError as refused:
        problems += [_problem(error["loc"], error["msg"]) for error in refused.errors(include_input=False)]
        raise SettingsRefused(problems) from None
    if problems:
        raise SettingsRefused(problems)
    return settings


def _problem(location: tuple[int | str, ...], message: str) -> str:
    """The message without pydantic's prefix and without the value, which may hold a password."""
    text = message.removeprefix("Value error, ")
    return f"{variable(str(location[0]))}: {text}" if location else text
