"""The audit trail: every fact that matters, each bound to the one before it by a hash.

An entry's hash is SHA-256 over the hash of the entry before and the canonical JSON of all its other columns.
The head row names the last entry under an HMAC, so that a cut end shows. service/audit_verification.py reads
the trail; what is found only with a checkpoint, and what not at all, is said there.
"""

import hashlib
import hmac
import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self, get_args

from sqlalchemy import Connection, Select, insert, select, update
from sqlalchemy.orm import Session

from service import key_file
from service.db.base import Base
from service.db.tables import AuditEntry, AuditHead
from service.errors import Json
from service.storage_errors import KeysRefused

Action = Literal[
    "decision",
    "verdict",
    "correction",
    "evidence_viewed",
    "employee_added",
    "employee_changed",
    "employee_moved",
    "move_taken_back",
    "enrolled",
    "templates_remade",
    "face_removed",
    "erased",
    "exported",
    "role_changed",
    "unit_added",
    "unit_changed",
    "unit_removed",
    "site_added",
    "site_changed",
    "site_assigned",
    "site_released",
    "setting_changed",
    "account_added",
    "account_changed",
    "signed_in",
    "sign_in_failed",
    "second_factor_failed",
    "signed_out",
    "setup_link_made",
    "password_set",
    "second_factor_set",
    "second_factor_removed",
    "recovery_codes_renewed",
    "token_made",
    "token_revoked",
    "consent_given",
    "consent_withdrawn",
    "keys_rotated",
    "retention_run",
    "schedule_changed",
    "holidays_changed",
    "days_recomputed",
    "request_made",
    "request_decided",
    "request_withdrawn",
    "request_revoked",
    "period_entered",
    "period_revoked",
    "kiosk_added",
    "kiosk_link_made",
    "kiosk_paired",
    "kiosk_revoked",
    "kiosk_attempt",
    "kiosk_disowned",
    "month_closed",
    "month_unlocked",
    "recap_issued",
    "machine_added",
    "machine_changed",
    "machine_number_given",
    "punches_imported",
    "punches_taken_back",
    "figures_published",
    "export_profile_changed",
    "webhook_added",
    "webhook_changed",
    "webhook_secret_changed",
    "webhook_sent_again",
    "webhook_removed",
]
ACTIONS: Final = frozenset(get_args(Action))

SECRET_FILE = "audit.key"  # noqa: S105 - its name, not its content
SECRET_BYTES = 32
# The hash before the first entry.
NOTHING: Final = "0" * 64
LONGEST_FACTS = 8_000
LONGEST_TEXT = 200
LARGEST_NUMBER = 2**53  # RFC 8259, 6: beyond it readers of JSON disagree

_SUBJECT = re.compile(r"[a-z][a-z_]*:[A-Za-z0-9._~-]{1,80}")
# Codes, times, versions, addresses of pages: no blanks as in names, no @ as in addresses of people.
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9._~:;,/?=&%+-]*")
# A NIP has 18 digits, a NIK 16, a phone number 11 or more; no row's id has.
_LONG_NUMBER = re.compile(r"\d{11,}")

log = logging.getLogger(__name__)


class AuditKeys:
    """The installation's secret, behind pseudonyms, the head's HMAC, and what sign-ins are counted by."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"the secret has {SECRET_BYTES} bytes")
        self._secret = secret

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises FileNotFoundError, and KeysRefused when others can read the file or it is damaged."""
        return cls._read(folder, key_file.load)

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """The same, for a start of the service: the first one makes it."""
        return cls._read(folder, lambda path: key_file.load_or_create(path, _new_secret))

    @classmethod
    def _read(cls, folder: Path, read: Callable[[Path], bytes]) -> Self:
        path = folder / SECRET_FILE
        try:
            return cls(bytes.fromhex(read(path).decode()))
        except ValueError:
            raise KeysRefused("damaged", file=str(path)) from None

    def __repr__(self) -> str:
        return "AuditKeys()"

    def pseudonym(self, value: str) -> str:
        """What stands for a personal value in the trail: always the same, and nothing without the secret."""
        return f"~{self.mac('pseudonym', value)}"

    def head_mac(self, sequence: int, entry_hash: str) -> str:
        return self.mac("head", f"{sequence}:{entry_hash}")

    def made_head(self, head: "Head") -> bool:
        """Whether this head is the service's own."""
        # Where somebody has been at the row it may hold anything.
        stored = str(head.mac).encode("utf-8", "surrogatepass")
        return hmac.compare_digest(stored, self.head_mac(head.sequence, head.entry_hash).encode())

    def mac(self, purpose: str, text: str) -> str:
        """64 hex digits that only this installation can have made, and that serve no other purpose."""
        message = f"hadir audit {purpose}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, message, "sha256").hex()


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry as the head row names it. `sequence` 0: there is none yet."""

    sequence: int
    entry_hash: str
    mac: str


NOT_BEGUN: Final = Head(0, NOTHING, "")


class Hashed(NamedTuple):
    """What an entry's hash covers beside the hash before it, as stored."""

    sequence: int
    at: str
    actor: int | None
    action: str
    subject: str
    facts: str


def append(
    session: Session,
    keys: AuditKeys,
    *,
    actor: int | None,
    action: Action,
    subject: str,
    facts: Mapping[str, Json],
    at: datetime,
) -> int:
    """Write a fact to the trail, in the transaction of the fact itself, and return its sequence number.

    To be called last in a transaction: until its end every other writer of the trail waits. It costs a read of
    the head row, an insert, and an update of the head row.

    actor : the account's id; None for the service itself.
    subject : "kind:id", e.g. "checkin:<uuid>", "employee:12". A NIP goes in as its pseudonym.
    facts : codes and numbers. Names, logins, NIPs, addresses and free text go in as pseudonyms or not at all:
        what is written here can't be erased.

    Raises
    ------
    ValueError : the fact must not be written like this; a fault of the program.
    """
    if action not in ACTIONS:
        raise ValueError(f"there is no action {action!r}")
    if not _SUBJECT.fullmatch(subject) or _LONG_NUMBER.fullmatch(subject.partition(":")[2]):
        raise ValueError("a subject is a kind and an id, which says nothing of a person")
    text, at_text = _facts_text(facts), moment(at)
    # The fact first: whoever holds the head row must not wait for others.
    session.flush()
    connection = session.connection()
    head, authentic = _lock_head(connection, keys)
    entry = Hashed(head.sequence + 1, at_text, actor, action, subject, text)
    digest = hash_of(head.entry_hash, entry)
    hashes = {"previous_hash": head.entry_hash, "entry_hash": digest}
    connection.execute(_ADD, {**entry._asdict(), **hashes})
    mac = keys.head_mac(entry.sequence, digest) if authentic else ""
    connection.execute(_SET_HEAD, {"sequence": entry.sequence, "entry_hash": digest, "mac": mac})
    return entry.sequence


def read_head(session: Session) -> Head | None:
    """None when the row is gone."""
    return _head(session.connection(), _READ_HEAD)


def hash_of(previous_hash: str, entry: Hashed) -> str:
    text = f"{previous_hash}{_CANONICAL.encode(entry._asdict())}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def canonical_json(value: object) -> str:
    """Sorted keys, no blanks, ASCII."""
    return _CANONICAL.encode(value)


def moment(at: datetime) -> str:
    """A time as the trail has it: the texts sort as the times do."""
    if at.tzinfo is None:
        raise ValueError("a time without zone can't be stored")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _not_json(value: Any) -> list[str]:
    """What a text column of SQLite never holds unless somebody put it there."""
    return [repr(value)]


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_not_json)


_ENTRIES: Final = Base.metadata.tables[AuditEntry.__tablename__]
_HEAD: Final = Base.metadata.tables[AuditHead.__tablename__]
# Made once: putting a statement together takes longer than executing it.
_READ_HEAD: Final = select(_HEAD.c.sequence, _HEAD.c.entry_hash, _HEAD.c.mac)
# Writers of PostgreSQL wait here for each other; those of SQLite come one by one anyway.
_LOCK_HEAD: Final = _READ_HEAD.with_for_update()
_LAST: Final = (
    select(_ENTRIES.c.sequence, _ENTRIES.c.entry_hash).order_by(_ENTRIES.c.sequence.desc()).limit(1)
)
_ADD: Final = insert(_ENTRIES)
_SET_HEAD: Final = update(_HEAD)


def _head(connection: Connection, query: Select[Any]) -> Head | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else Head(*row)


def _lock_head(connection: Connection, keys: AuditKeys) -> tuple[Head, bool]:
    """Where the trail goes on, and whether that is what the service itself wrote last.

    A trail with a forged head goes on as well, for the facts must be kept; but its head is not certified anew.
    """
    head = _head(connection, _LOCK_HEAD)
    if head is not None and keys.made_head(head):
        return head, True
    last = connection.execute(_LAST).one_or_none()
    if last is None and head == NOT_BEGUN:
        return head, True
    log.error("the head of the audit trail is not what the service wrote: run `hadir audit verify`")
    if head is None:
        connection.execute(insert(_HEAD), {"id": 1, "sequence": 0, "entry_hash": NOTHING, "mac": ""})
    sequence, entry_hash = last or (0, NOTHING)
    return Head(sequence, entry_hash, ""), False


def _facts_text(facts: Mapping[str, Json]) -> str:
    _refuse_personal(facts)
    text = canonical_json(facts)
    if len(text) > LONGEST_FACTS:
        raise ValueError("too many facts for one entry")
    return text


def _refuse_personal(value: Json) -> None:
    """A net, not a proof: a name of one word passes."""
    if isinstance(value, str):
        long_number = _LONG_NUMBER.fullmatch(value)
        if len(value) > LONGEST_TEXT or long_number or not _PLAIN_TEXT.fullmatch(value):
            raise ValueError("facts are codes and numbers; a personal value goes in as its pseudonym")
    elif isinstance(value, int | float):
        if not abs(value) <= LARGEST_NUMBER:
            raise ValueError("a number that can't be kept exactly")
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            _refuse_personal(name)
            _refuse_personal(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            _refuse_personal(inner)


def _new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES).hex().encode()
