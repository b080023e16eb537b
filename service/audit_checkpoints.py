"""Signed statements of where the audit trail stood, to be kept where the service's machine can't change them.

A file of checkpoints has one a line: {"checkpoint": {...}, "signature": base64}. What is signed, with Ed25519, is
the canonical JSON (sorted keys, no blanks) of the inner object.
"""

import base64
import fcntl
import hashlib
import json
import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import durable_file, key_file
from service.audit import NOT_BEGUN, AuditKeys, Head, canonical_json, moment, read_head
from service.db.session import Database
from service.db.tables import AuditEntry
from service.errors import Json
from service.storage_errors import CheckpointRefused, KeysRefused, TrailBroken

SIGNING_KEY_FILE = "audit-signing.pem"
FORMAT: Final = "hadir-audit-checkpoint/1"
KEY_ID_LETTERS = 16
LONGEST_LINE_BYTES = 2_000

_HASH = re.compile(r"[0-9a-f]{64}")
_KEY_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """At `at` the trail's last entry was number `sequence`, with this hash."""

    sequence: int
    entry_hash: str
    at: datetime
    key_id: str
    signature: bytes

    @property
    def signed(self) -> bytes:
        return canonical_json(
            {
                "at": moment(self.at),
                "entry_hash": self.entry_hash,
                "format": FORMAT,
                "key_id": self.key_id,
                "sequence": self.sequence,
            }
        ).encode()

    def to_line(self) -> bytes:
        signature = base64.b64encode(self.signature)
        return b'{"checkpoint":%b,"signature":"%b"}\n' % (self.signed, signature)

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Its signature is not checked yet. Raises ValueError for anything `to_line` does not write."""
        try:
            outer: Any = json.loads(line)
            inner = outer["checkpoint"]
            checkpoint = cls(
                sequence=inner["sequence"],
                entry_hash=inner["entry_hash"],
                at=datetime.fromisoformat(inner["at"]),
                key_id=inner["key_id"],
                signature=base64.b64decode(outer["signature"], validate=True),
            )
            hexadecimal = _HASH.fullmatch(checkpoint.entry_hash) and _KEY_ID.fullmatch(checkpoint.key_id)
            exact = checkpoint.to_line() == line
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            raise ValueError("no checkpoint") from None
        if not hexadecimal or not exact or type(checkpoint.sequence) is not int or checkpoint.sequence < 0:
            raise ValueError("no checkpoint")
        return checkpoint


class SigningKey:
    """The installation's Ed25519 key. Who has the public half can check a file of checkpoints without us."""

    __slots__ = ("_private", "_public", "key_id")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self._public: Ed25519PublicKey = private.public_key()
        raw = self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = hashlib.sha256(raw).hexdigest()[:KEY_ID_LETTERS]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises FileNotFoundError, and KeysRefused when others can read the file or it is damaged."""
        return cls._read(folder, key_file.load)

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """The same, for a start of the service: the first one makes it."""
        return cls._read(folder, lambda path: key_file.load_or_create(path, _new_key))

    @classmethod
    def _read(cls, folder: Path, read: Callable[[Path], bytes]) -> Self:
        path = folder / SIGNING_KEY_FILE
        try:
            private = load_pem_private_key(read(path), password=None)
        except (ValueError, TypeError):
            private = None
        if not isinstance(private, Ed25519PrivateKey):
            raise KeysRefused("damaged", file=str(path))
        return cls(private)

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id})"

    def public_pem(self) -> str:
        return self._public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, sequence: int, entry_hash: str, at: datetime) -> Checkpoint:
        unsigned = Checkpoint(sequence, entry_hash, at, self.key_id, b"")
        return Checkpoint(sequence, entry_hash, at, self.key_id, self._private.sign(unsigned.signed))

    def signed(self, checkpoint: Checkpoint) -> bool:
        try:
            self._public.verify(checkpoint.signature, checkpoint.signed)
        except InvalidSignature:
            return False
        return True


def take(
    db: Database, keys: AuditKeys, key: SigningKey, now: datetime, after: Checkpoint | None = None
) -> Checkpoint:
    """A checkpoint of the trail as it is now.

    after : an earlier one that the trail must still hold.

    Raises
    ------
    TrailBroken : rather than certify what the service did not write.
    """
    with db.read() as session:
        head = read_head(session)
        if head is None or not _ends_with(session, keys, head):
            raise TrailBroken
        if after is not None and not _holds(session, after.sequence, after.entry_hash):
            raise TrailBroken
    return key.sign(head.sequence, head.entry_hash, now)


def export(db: Database, keys: AuditKeys, key: SigningKey, path: Path, now: datetime) -> Checkpoint:
    """Take a checkpoint and add it to a file; the trail must still hold the file's last one.

    Raises
    ------
    TrailBroken
    CheckpointRefused : the file's last line is none of ours; nothing is added.
    OSError : as of the system; the file is as it was.
    """
    checkpoint = take(db, keys, key, now, after=_last_in(path, key))
    append_to(path, checkpoint)
    return checkpoint


def append_to(path: Path, checkpoint: Checkpoint) -> None:
    """Add a line to a file, or make the file. On disk when this returns; on an error the file is as before."""
    new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file.fileno()).st_size
        try:
            line = checkpoint.to_line()
            if file.write(line) != len(line):
                raise OSError("the disk is full")
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise
    if new:
        durable_file.sync_folder(path.parent)


def read_from(path: Path, key: SigningKey) -> list[Checkpoint]:
    """All checkpoints of a file, their signatures checked.

    Raises
    ------
    CheckpointRefused : one of them is none of ours; then nothing in the file is to be relied on.
    OSError : as of the system.
    """
    checkpoints = [_checked(line, key, file=str(path), line=number) for number, line in _lines(path)]
    if not checkpoints:
        raise CheckpointRefused("empty", file=str(path))
    return checkpoints


def _last_in(path: Path, key: SigningKey) -> Checkpoint | None:
    if not path.exists():
        return None
    last = deque(_lines(path), maxlen=1)
    return _checked(last[0][1], key, file=str(path), line=last[0][0]) if last else None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """With their numbers, from 1. A line too long to be a checkpoint comes in pieces, which are none either."""
    with path.open("rb") as file:
        yield from enumerate(iter(partial(file.readline, LONGEST_LINE_BYTES), b""), start=1)


def _checked(text: bytes, key: SigningKey, **where: Json) -> Checkpoint:
    try:
        checkpoint = Checkpoint.from_line(text)
    except ValueError:
        raise CheckpointRefused("damaged", **where) from None
    if checkpoint.key_id != key.key_id:
        raise CheckpointRefused("other_key", key_id=checkpoint.key_id, **where)
    if not key.signed(checkpoint):
        raise CheckpointRefused("bad_signature", **where)
    return checkpoint


def _ends_with(session: Session, keys: AuditKeys, head: Head) -> bool:
    """Whether this head is the service's own, and the trail's last entry is the one it names."""
    last = select(AuditEntry.entry_hash).order_by(AuditEntry.sequence.desc()).limit(1)
    if head == NOT_BEGUN:
        return session.scalar(last) is None
    return keys.made_head(head) and _holds(session, head.sequence, head.entry_hash)


def _holds(session: Session, sequence: int, entry_hash: str) -> bool:
    stored = session.scalar(select(AuditEntry.entry_hash).where(AuditEntry.sequence == sequence))
    return sequence == 0 or stored == entry_hash


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
