"""The seal on stored images and vectors: AES-256-GCM under a ring of keys."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service import durable_file
from service.errors import KeysRefused, SealBroken

KEY_FILE = "keys.json"
KEY_BYTES = 32
KEY_ID_BYTES = 4
# NIST SP 800-38D, 8.2.2 and 8.3: random nonces of 96 bits serve 2^32 messages under one key.
NONCE_BYTES = 12
TAG_BYTES = 16
VERSION = b"\x01"
_HEADER_BYTES = len(VERSION) + KEY_ID_BYTES


class KeyRing:
    """Opens with any of its keys, seals with the current one.

    A sealed value is: version (1 byte), key id (4), nonce (12), ciphertext, tag (16). Its context, the identity
    of the place it is stored in, is authenticated and not stored: moved elsewhere it does not open.
    """

    __slots__ = ("_ciphers", "_current")

    def __init__(self, keys: Mapping[bytes, bytes], current: bytes) -> None:
        """`keys`: 32 byte keys by their 4 byte ids, from wherever they are kept."""
        if current not in keys:
            raise ValueError("the current key is not in the ring")
        if any(len(name) != KEY_ID_BYTES or len(key) != KEY_BYTES for name, key in keys.items()):
            raise ValueError(f"keys have {KEY_BYTES} bytes, their ids {KEY_ID_BYTES}")
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._current = current

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """The ring in `keys.json`. The first call makes it; of several at once, all get the same one.

        Raises KeysRefused when others can read the file, or when it is no ring.
        """
        path = folder / KEY_FILE
        if not path.exists():
            _create(path)
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeysRefused("readable", file=str(path))
            content = file.read()
        try:
            return cls.from_json(content)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeysRefused("damaged", file=str(path)) from None

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """`{"current": id, "keys": {id: key}}`, ids in hex, keys in base64. Raises ValueError and its like."""
        ring = json.loads(content)
        keys = {
            bytes.fromhex(name): base64.b64decode(key, validate=True) for name, key in ring["keys"].items()
        }
        return cls(keys, bytes.fromhex(ring["current"]))

    def __repr__(self) -> str:
        return f"KeyRing({len(self._ciphers)} keys)"

    def seal(self, plain: bytes, context: str) -> bytes:
        header = VERSION + self._current
        nonce = secrets.token_bytes(NONCE_BYTES)
        return header + nonce + self._ciphers[self._current].encrypt(nonce, plain, _bound(header, context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed. Raises SealBroken for anything but the same bytes under the same context."""
        header, rest = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        cipher = self._ciphers.get(header[len(VERSION) :])
        if header[: len(VERSION)] != VERSION or cipher is None or len(rest) < NONCE_BYTES + TAG_BYTES:
            raise SealBroken
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(header, context))
        except InvalidTag:
            raise SealBroken from None


def _bound(header: bytes, context: str) -> bytes:
    return header + context.encode()


def _create(path: Path) -> None:
    """A ring of one new key, unless another process was first."""
    name = secrets.token_bytes(KEY_ID_BYTES).hex()
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    durable_file.make_folder(path.parent)
    with suppress(FileExistsError):
        durable_file.create(path, json.dumps({"current": name, "keys": {name: key}}).encode())
