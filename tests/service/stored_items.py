"""A phone that stores its check-ins sealed, as the page's scripts do it, in Python."""

import hashlib
import json
import os
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.item_keys import PublicKey, point_of


def _length(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class Sealed:
    """`at_once`: as sent within a minute; `later`: with what it was like without signal."""

    at_once: bytes
    later: bytes

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.at_once).hexdigest()


def seal(key: PublicKey, meta: dict[str, Any], pictures: list[bytes], offline: dict[str, Any]) -> Sealed:
    own = ec.generate_private_key(ec.SECP256R1())
    header = b"\x01" + key.id + point_of(own)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.point)
    derived = HKDF(SHA256(), 32, salt=header, info=b"hadir item").derive(own.exchange(ec.ECDH(), theirs))

    def part(label: bytes, plain: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + AESGCM(derived).encrypt(nonce, plain, header + label)

    said = json.dumps(meta).encode()
    first = part(b"\x01", b"".join(_length(piece) + piece for piece in (said, *pictures)))
    at_once = header + _length(first) + first
    return Sealed(at_once, at_once + part(b"\x02", json.dumps(offline).encode()))


@dataclass
class StoringPhone:
    """Makes items one after the other under one pass.

    `steady` False: after a restart. `more`: for `meta.offline`.
    """

    key: PublicKey
    pass_id: str
    contact: datetime
    sequence: int = 0
    previous: str = field(default="")

    def __post_init__(self) -> None:
        self.previous = hashlib.sha256(self.pass_id.encode()).hexdigest()

    def item(
        self,
        selfie: bytes,
        captured_at: datetime,
        *,
        steady: bool = True,
        more: dict[str, Any] | None = None,
        **meta: Any,
    ) -> tuple[uuid.UUID, Sealed]:
        self.sequence += 1
        checkin_id = uuid.uuid4()
        said = {"id": str(checkin_id), "kind": "auto", "captured_at": captured_at.isoformat()} | meta
        offline = {
            "pass": self.pass_id,
            "sequence": self.sequence,
            "previous": self.previous,
            "clock": captured_at.isoformat(),
            "monotonic_ms": int((captured_at - self.contact).total_seconds() * 1000) if steady else None,
            "last_contact": self.contact.isoformat(),
            **(more or {}),
        }
        sealed = seal(self.key, said, [selfie], offline)
        self.previous = sealed.hash
        return checkin_id, sealed
