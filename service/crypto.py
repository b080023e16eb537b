"""The seal on stored images and vectors: AES-256-GCM under a ring of keys."""

import base64
import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service import key_file
from service.storage_errors import KeysRefused, SealBroken

log = logging.getLogger(__name__)

KEY_FILE = "keys.json"
KEY_BYTES = 32
KEY_ID_BYTES = 4
# NIST SP 800-38D, 8.2.2 and 8.3: random nonces of 96 bits serve 2^32 messages under one key.
NONCE_BYTES = 12
TAG_BYTES = 16
VERSION = b"\x01"
HEADER_BYTES = len(VERSION) + KEY_ID_BYTES
# What was read from the database just before a key left the ring is opened within moments.
FORMER_KEPT_S = 120.0

_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Keys:
    ciphers: Mapping[bytes, AESGCM] = field(repr=False)
    current: bytes


class KeyRing:
    """Opens with any of its keys, seals with the current one. Safe for use by many threads.

    A sealed value is: version (1 byte), key id (4), nonce (12), ciphertext, tag (16). Its context, the identity
    of the place it is stored in, is authenticated and not stored: moved elsewhere it does not open.

    A ring that was loaded from a file follows it: before every use the file is looked at, and read again when
    it has changed. So a rotation by another process needs no restart.
    """

    __slots__ = ("_file", "_former", "_former_until", "_keys", "_lock", "_stamp")

    def __init__(self, keys: Mapping[bytes, bytes], current: bytes) -> None:
        """`keys`: 32 byte keys by their 4 byte ids, from wherever they are kept."""
        self._keys = _checked(keys, current)
        self._file: Path | None = None
        self._stamp: _Stamp | None = None
        self._former: Mapping[bytes, AESGCM] = {}
        self._former_until = 0.0
        self._lock = threading.Lock()

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """The ring in `keys.json`. The first call makes it; of several at once, all get the same one.

        Raises KeysRefused when others can read the file, or when it is no ring.
        """
        path = folder / KEY_FILE
        key_file.load_or_create(path, lambda: ring_json({(name := new_key_id()): new_key()}, name))
        # Before the content: a change in between is then seen at the first use.
        stamp = _stamp(path)
        try:
            ring = cls.from_json(key_file.load(path))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeysRefused("damaged", file=str(path)) from None
        ring._file, ring._stamp = path, stamp
        return ring

    @classmethod
    def from_json(cls, content: bytes | str) -> Self:
        """`{"current": id, "keys": {id: key}}`, ids in hex, keys in base64. Raises ValueError and its like."""
        return cls(*read_ring(content))

    def __repr__(self) -> str:
        return f"KeyRing({len(self._keys.ciphers)} keys)"

    @property
    def ids(self) -> frozenset[bytes]:
        """Of all keys."""
        return frozenset(self._present().ciphers)

    @property
    def current(self) -> bytes:
        """The id of the key that seals."""
        return self._present().current

    def seal(self, plain: bytes, context: str) -> bytes:
        keys = self._present()
        header = VERSION + keys.current
        nonce = secrets.token_bytes(NONCE_BYTES)
        return header + nonce + keys.ciphers[keys.current].encrypt(nonce, plain, _bound(header, context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed. Raises SealBroken for anything but the same bytes under the same context."""
        header, rest = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
        cipher = self._cipher(header[len(VERSION) :])
        if header[: len(VERSION)] != VERSION or cipher is None or len(rest) < NONCE_BYTES + TAG_BYTES:
            raise SealBroken
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(header, context))
        except InvalidTag:
            raise SealBroken from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the current key is the one that the sealed value (or its first HEADER_BYTES) names."""
        return sealed[:HEADER_BYTES] == VERSION + self.current

    def _cipher(self, name: bytes) -> AESGCM | None:
        if found := self._present().ciphers.get(name):
            return found
        if self._file is not None:
            # Where files are shared over a network, a change may show later in its times than in its content.
            self._read_again()
            if found := self._keys.ciphers.get(name):
                return found
        return self._former.get(name) if time.monotonic() < self._former_until else None

    def _present(self) -> _Keys:
        if self._file is not None and _stamp(self._file) != self._stamp:
            self._read_again()
        return self._keys

    def _read_again(self) -> None:
        """A file that can't be used leaves the keys as they are: check-ins must not stop for it."""
        assert self._file is not None
        with self._lock:
            stamp = _stamp(self._file)
            try:
                keys = _checked(*read_ring(key_file.load(self._file)))
            except (OSError, KeysRefused, ValueError, KeyError, TypeError, AttributeError):
                if stamp != self._stamp:
                    log.error("the key file can't be read; the keys read before stay in use")
            else:
                if keys.ciphers.keys() != self._keys.ciphers.keys():
                    self._former = self._keys.ciphers
                    self._former_until = time.monotonic() + FORMER_KEPT_S
                self._keys = keys
            # Last: who sees the new stamp must see the new keys.
            self._stamp = stamp


def key_id_of(sealed: bytes) -> bytes:
    """The id of the key that a sealed value, or the beginning of one, names."""
    return sealed[len(VERSION) : HEADER_BYTES]


def read_ring(content: bytes | str) -> tuple[dict[bytes, bytes], bytes]:
    """Keys by their ids, and the current one's id. Raises ValueError and its like."""
    ring = json.loads(content)
    keys = {bytes.fromhex(name): base64.b64decode(key, validate=True) for name, key in ring["keys"].items()}
    return keys, bytes.fromhex(ring["current"])


def ring_json(keys: Mapping[bytes, bytes], current: bytes) -> bytes:
    encoded = {name.hex(): base64.b64encode(key).decode() for name, key in keys.items()}
    return json.dumps({"current": current.hex(), "keys": encoded}).encode()


def new_key_id() -> bytes:
    return secrets.token_bytes(KEY_ID_BYTES)


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _checked(keys: Mapping[bytes, bytes], current: bytes) -> _Keys:
    if current not in keys:
        raise ValueError("the current key is not in the ring")
    if any(len(name) != KEY_ID_BYTES or len(key) != KEY_BYTES for name, key in keys.items()):
        raise ValueError(f"keys have {KEY_BYTES} bytes, their ids {KEY_ID_BYTES}")
    return _Keys({name: AESGCM(key) for name, key in keys.items()}, current)


def _bound(header: bytes, context: str) -> bytes:
    return header + context.encode()


def _stamp(path: Path) -> _Stamp | None:
    """Changes whenever the file does: it is only ever replaced. None while there is none."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_mtime_ns, now.st_ino, now.st_size
