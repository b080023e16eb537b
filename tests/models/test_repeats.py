"""A picture that comes again is known whatever was done to it; another one is not taken for it."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.image import decode, encode_jpeg
from models.repeats import CUTS, REPEAT_BITS, bits_apart, fingerprint, from_bytes, to_bytes

Rgb = NDArray[np.uint8]


@pytest.fixture(scope="module")
def portrait(astronaut_png: bytes) -> Rgb:
    return decode(astronaut_png)


def apart(first: Rgb, second: Rgb) -> int:
    return int(bits_apart(fingerprint(first)[None], fingerprint(second)[None])[0, 0])


@pytest.mark.parametrize(
    "change",
    [
        lambda rgb: decode(encode_jpeg(rgb, 40)),
        lambda rgb: cv2.resize(rgb, (300, 300), interpolation=cv2.INTER_AREA),
        lambda rgb: (rgb * 0.8).astype(np.uint8),
        lambda rgb: np.ascontiguousarray(rgb[20:-20, 20:-20]),
    ],
    ids=["compressed", "resized", "darker", "cut"],
)
def test_a_picture_sent_again_is_known_whatever_was_done_to_it(
    portrait: Rgb, change: Callable[[Rgb], Rgb]
) -> None:
    assert apart(change(portrait), portrait) <= REPEAT_BITS


def test_another_picture_is_no_repeat(portrait: Rgb) -> None:
    assert apart(np.ascontiguousarray(portrait[:, ::-1]), portrait) > 3 * REPEAT_BITS


def test_pictures_without_detail_are_no_repeats() -> None:
    wall = np.full((320, 240, 3), 160, np.uint8)
    assert apart(wall, wall) == 256


def test_every_picture_is_compared_with_every_earlier_one(portrait: Rgb) -> None:
    first, second = fingerprint(portrait), fingerprint(np.ascontiguousarray(portrait[::-1]))
    distances = bits_apart(np.stack([second]), np.stack([first, second, first]))
    assert distances.shape == (1, 3)
    assert distances[0, 1] == 0
    assert distances[0, 0] == distances[0, 2] > REPEAT_BITS


def test_fingerprints_are_stored_and_read_back(portrait: Rgb) -> None:
    prints = np.stack([fingerprint(portrait)] * 3)
    assert prints.shape == (3, len(CUTS), 4)
    np.testing.assert_array_equal(from_bytes(to_bytes(prints)), prints)
