"""Is a picture another one again: compressed anew, resized, a little lighter, or with its edges cut off?

A fingerprint says what a picture looks like as a whole, and hardly whose face it shows: two photos of one
person differ in as many bits as photos of two people do, unless room and pose are the same.
"""

from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb: TypeAlias = NDArray[np.uint8]
Fingerprint: TypeAlias = NDArray[np.uint64]

# What may have been cut off each edge, in shares of the side; in between the hashes differ by 10 bits at most.
CUTS: Final = (0.0, 0.015, 0.03, 0.045, 0.06, 0.075)
HASH_WORDS: Final = 4
# Of 256, by benchmarks/repeats.py: pictures of two sittings of one person in one room and pose differ in more.
REPEAT_BITS: Final = 16
# Of the 64 of `models.image.perceptual_hash`, which is all that is kept of an enrolment photo.
REPEAT_HASH_BITS: Final = 3

_REDUCED_PX: Final = 160
_HASHED_PX: Final = 32
_FREQUENCIES: Final = slice(1, 17)


def fingerprint(rgb: Rgb) -> Fingerprint:
    """(6, 4) uint64: 256 bits for the whole picture, and for what is left of it after each of `CUTS`.

    As `models.image.perceptual_hash`, with 16x16 frequencies. A picture without any detail has no bit set, and is
    never a repeat.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    scale = _REDUCED_PX / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    whole = np.asarray(grey, np.uint8)
    low = np.stack([_low_frequencies(_cut(whole, share)) for share in CUTS])
    return np.packbits(low > np.median(low, axis=1, keepdims=True), axis=1).view(np.uint64)


def _cut(grey: Rgb, share: float) -> Rgb:
    rows, columns = (round(share * side) for side in grey.shape)
    return grey[rows : grey.shape[0] - rows, columns : grey.shape[1] - columns]


def _low_frequencies(grey: Rgb) -> NDArray[np.float32]:
    small = cv2.resize(grey, (_HASHED_PX, _HASHED_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.dct(small), np.float32)[_FREQUENCIES, _FREQUENCIES].ravel()


def bits_apart(pictures: Fingerprint, earlier: Fingerprint) -> NDArray[np.int64]:
    """How far each picture is from being one of the earlier ones again, whole or cut: 0 to 256 bits.

    Parameters
    ----------
    pictures, earlier : (n, 6, 4) and (m, 6, 4) uint64.

    Returns
    -------
    (n, m) int64; 256 where either has no detail.
    """
    whole = pictures[:, 0]
    apart = np.zeros((len(pictures), len(earlier), len(CUTS)), np.int64)
    for word in range(HASH_WORDS):
        apart += np.bitwise_count(whole[:, None, None, word] ^ earlier[None, :, :, word])
    seen = (whole.max(axis=1)[:, None] > 0) & (earlier[:, 0].max(axis=1)[None] > 0)
    return np.asarray(np.where(seen, apart.min(axis=2), 64 * HASH_WORDS), np.int64)


def to_bytes(prints: Fingerprint) -> bytes:
    """`prints`: (n, 6, 4) uint64."""
    return prints.astype("<u8").tobytes()


def from_bytes(data: bytes) -> Fingerprint:
    """(n, 6, 4) uint64; the inverse of `to_bytes`."""
    return np.frombuffer(data, "<u8").reshape(-1, len(CUTS), HASH_WORDS).astype(np.uint64)
