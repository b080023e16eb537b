"""A check-in as a phone seals it: opened here, and by nobody else, the phone included.

The bytes, whole numbers big-endian:

| bytes | what |
| --- | --- |
| 1 | version, 1 |
| 8 | id of the service's key: the beginning of the SHA-256 of its public point |
| 65 | the phone's own public point on P-256, made for this item alone, uncompressed (SEC 1) |
| 4 | n, the length of the first part |
| n | first part: the check-in |
| the rest | second part: what it was like without signal; or nothing, for what is sent at once |

Each part is a nonce (12 bytes), the ciphertext and a tag (16), of AES-256-GCM. The key is
HKDF-SHA256(ECDH of the two points, salt: the first 74 bytes, info: "hadir item"); authenticated with it are the
first 74 bytes and one byte more, 1 for the first part and 2 for the second.

The first part holds the length of the meta JSON (4 bytes), the JSON, and for each picture, the selfie first, its
length (4) and its bytes. The second is the JSON of `meta.offline`. The item's hash, which the next item names, is
the SHA-256 of everything up to the end of the first part: it is the same whether the second is sent or not.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import SealedItemRefused
from service.item_keys import KEY_ID_BYTES, POINT_BYTES, ItemKeys

VERSION: Final = b"\x01"
HEADER_BYTES: Final = len(VERSION) + KEY_ID_BYTES + POINT_BYTES
LENGTH_BYTES: Final = 4
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
KEY_BYTES: Final = 32
INFO: Final = b"hadir item"
CHECKIN, OFFLINE = b"\x01", b"\x02"


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """`meta` and `offline` are JSON as the phone wrote it. `hash`: in hex."""

    hash: str
    meta: bytes = field(repr=False)
    selfie: bytes = field(repr=False)
    frames: tuple[bytes, ...] = field(repr=False)
    offline: bytes | None = field(repr=False)


def open_item(keys: ItemKeys, sealed: bytes) -> OpenedItem:
    """Raises SealedItemRefused for anything but what was sealed to one of the keys, unchanged."""
    header, rest = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
    if header[: len(VERSION)] != VERSION or len(rest) < LENGTH_BYTES:
        raise SealedItemRefused("malformed")
    end = LENGTH_BYTES + int.from_bytes(rest[:LENGTH_BYTES], "big")
    if len(rest) < end:
        raise SealedItemRefused("malformed")
    cipher = AESGCM(_key(keys, header))
    meta, pictures = _checkin(_opened(cipher, header, CHECKIN, rest[LENGTH_BYTES:end]))
    offline = _opened(cipher, header, OFFLINE, rest[end:]) if len(rest) > end else None
    digest = hashlib.sha256(sealed[: HEADER_BYTES + end]).hexdigest()
    return OpenedItem(digest, meta, pictures[0], tuple(pictures[1:]), offline)


def _key(keys: ItemKeys, header: bytes) -> bytes:
    private = keys.private(header[len(VERSION) : -POINT_BYTES])
    if private is None:
        raise SealedItemRefused("key_unknown")
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), header[-POINT_BYTES:])
    except ValueError:
        raise SealedItemRefused("malformed") from None
    shared = private.exchange(ec.ECDH(), point)
    return HKDF(SHA256(), KEY_BYTES, salt=header, info=INFO).derive(shared)


def _opened(cipher: AESGCM, header: bytes, label: bytes, part: bytes) -> bytes:
    if len(part) < NONCE_BYTES + TAG_BYTES:
        raise SealedItemRefused("malformed")
    try:
        return cipher.decrypt(part[:NONCE_BYTES], part[NONCE_BYTES:], header + label)
    except InvalidTag:
        raise SealedItemRefused("damaged") from None


def _checkin(plain: bytes) -> tuple[bytes, list[bytes]]:
    """The meta, and at least one picture."""
    pieces: list[bytes] = []
    at = 0
    while at < len(plain):
        begins = at + LENGTH_BYTES
        at = begins + int.from_bytes(plain[at:begins], "big")
        if len(plain) < max(at, begins):
            raise SealedItemRefused("malformed")
        pieces.append(plain[begins:at])
    if len(pieces) < 2:
        raise SealedItemRefused("malformed")
    return pieces[0], pieces[1:]
