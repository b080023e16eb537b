"""The key pairs that phones seal their check-ins to: what waits on a phone, the service alone can open."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from service import durable_file, key_file
from service.storage_errors import KeysRefused

KEY_FILE: Final = "item_keys.json"
KEY_ID_BYTES: Final = 8
# SEC 1, 2.3.3: 0x04 and both coordinates.
POINT_BYTES: Final = 65

_Ring = dict[bytes, ec.EllipticCurvePrivateKey]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`point`: on P-256, uncompressed. `id`: the beginning of its SHA-256."""

    id: bytes
    point: bytes


class ItemKeys:
    """Phones are given the current key's public half. Former keys are kept: a phone may come back after weeks.

    Safe for use by many threads, and it follows the file, which another process may add a key to.
    """

    __slots__ = ("_path", "_ring")

    def __init__(self, path: Path, ring: Mapping[bytes, ec.EllipticCurvePrivateKey]) -> None:
        self._path = path
        self._ring = dict(ring)

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """The first call makes the file. Raises KeysRefused when others can read it or it is damaged."""
        path = folder / KEY_FILE
        key_file.load_or_create(path, lambda: _written({}, _new_key()))
        ring, _ = _read(path)
        return cls(path, ring)

    def __repr__(self) -> str:
        return f"ItemKeys({len(self._ring)} keys)"

    @property
    def current(self) -> PublicKey:
        """What a phone is to seal to from now on."""
        self._ring, current = _read(self._path)
        return PublicKey(current, point_of(self._ring[current]))

    def private(self, key_id: bytes) -> ec.EllipticCurvePrivateKey | None:
        """The key of this id; None when there never was one, or not here."""
        if key_id not in self._ring:
            self._ring, _ = _read(self._path)
        return self._ring.get(key_id)


def add_key(folder: Path) -> None:
    """Make another key the current one, and keep those before it."""
    path = folder / KEY_FILE
    if path.exists():
        ring, _ = _read(path)
        durable_file.replace(path, _written(ring, _new_key()))


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def key_id_of(point: bytes) -> bytes:
    return hashlib.sha256(point).digest()[:KEY_ID_BYTES]


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _written(ring: Mapping[bytes, ec.EllipticCurvePrivateKey], current: ec.EllipticCurvePrivateKey) -> bytes:
    name = key_id_of(point_of(current))
    keys = {
        key_id.hex(): base64.b64encode(
            key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        ).decode()
        for key_id, key in {**ring, name: current}.items()
    }
    return json.dumps({"current": name.hex(), "keys": keys}).encode()


def _read(path: Path) -> tuple[_Ring, bytes]:
    try:
        stored = json.loads(key_file.load(path))
        ring: _Ring = {}
        for name, written in stored["keys"].items():
            key = load_der_private_key(base64.b64decode(written, validate=True), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey) or key_id_of(point_of(key)).hex() != name:
                raise ValueError(name)
            ring[bytes.fromhex(name)] = key
        current = bytes.fromhex(stored["current"])
        if current not in ring:
            raise ValueError("the current key is not there")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeysRefused("damaged", file=str(path)) from None
    return ring, current
