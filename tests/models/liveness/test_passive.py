"""The passive cues move the way their names say; no cue is a verdict."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.detector import Detector, Face
from models.image import decode
from models.liveness.passive import CUE_LIMITS, PassiveLiveness, measure

Rgb = NDArray[np.uint8]


@pytest.fixture(scope="module")
def portrait(astronaut_png: bytes) -> Rgb:
    return decode(astronaut_png)


@pytest.fixture(scope="module")
def face(portrait: Rgb) -> Face:
    return Detector().find(portrait)[0]


@pytest.fixture(scope="module")
def plain(portrait: Rgb, face: Face) -> PassiveLiveness:
    return measure(portrait, face)


def blurred(rgb: Rgb) -> Rgb:
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), 3), np.uint8)


def with_screen_grid(rgb: Rgb, period_px: float = 3.7) -> Rgb:
    stripes = 12 * np.sin(2 * np.pi * np.arange(rgb.shape[1]) / period_px)
    return np.asarray(np.clip(rgb + stripes[None, :, None], 0, 255), np.uint8)


def test_a_screens_grid_stands_out_of_the_spectrum(portrait: Rgb, face: Face, plain: PassiveLiveness) -> None:
    assert measure(with_screen_grid(portrait), face).moire_peak > plain.moire_peak + 1.5


def test_pale_colours_spread_less(portrait: Rgb, face: Face, plain: PassiveLiveness) -> None:
    grey = np.repeat(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    half_grey = ((portrait.astype(int) + grey) // 2).astype(np.uint8)
    assert measure(half_grey, face).chroma_spread < 0.7 * plain.chroma_spread
    assert measure(np.asarray(grey, np.uint8), face).chroma_spread < 0.5


def test_highlights_stand_out_and_paper_has_none(portrait: Rgb, face: Face, plain: PassiveLiveness) -> None:
    matt = np.minimum(portrait, np.percentile(portrait, 80)).astype(np.uint8)
    assert measure(matt, face).highlight_contrast < 0.7 * plain.highlight_contrast


def test_a_blurred_room_is_less_sharp_than_the_face_and_a_blurred_face_less_than_the_room(
    portrait: Rgb, face: Face, plain: PassiveLiveness
) -> None:
    x, y, width, height = face.box.astype(int)
    inside = np.s_[y : y + height, x : x + width]
    room, blurred_face = blurred(portrait), portrait.copy()
    room[inside] = portrait[inside]
    blurred_face[inside] = blurred(portrait)[inside]
    assert measure(room, face).surroundings_sharpness < plain.surroundings_sharpness - 0.5
    assert measure(blurred_face, face).surroundings_sharpness > plain.surroundings_sharpness + 0.5


def cues_of(liveness: PassiveLiveness) -> list[float]:
    return [value for name, value in asdict(liveness).items() if name != "minifasnet"]


def test_every_cue_is_a_plain_finite_float(plain: PassiveLiveness) -> None:
    assert all(type(value) is float and np.isfinite(value) for value in cues_of(plain))


def test_a_good_portrait_raises_no_flag(plain: PassiveLiveness) -> None:
    assert plain.flags == ()
    assert plain.score < 0.5


def test_each_cue_beyond_its_limit_is_a_flag_by_its_name(plain: PassiveLiveness) -> None:
    for name, (usual, limit) in CUE_LIMITS.items():
        beyond = replace(plain, **{name: limit + (limit - usual) / 100})
        assert beyond.flags == (name,)
        assert beyond.score > plain.score


def test_the_score_stays_between_nothing_and_one() -> None:
    assert PassiveLiveness(0.0, 99.0, 9.0, -9.0).score == 0.0
    assert PassiveLiveness(99.0, 0.0, 0.0, 9.0).score == 1.0


def test_an_operators_network_that_sees_no_living_face_is_a_flag(plain: PassiveLiveness) -> None:
    assert replace(plain, minifasnet=0.4).flags == ("minifasnet",)
    assert replace(plain, minifasnet=0.9).flags == ()


def face_at(box: tuple[float, float, float, float]) -> Face:
    x, y, width, height = box
    shares = np.array([(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)])
    points = (shares * (width, height) + (x, y)).astype(np.float32)
    return Face(np.array(box, np.float32), points, 0.9)


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 40, 30),
        (-20, -20, 30, 30),
        (30, 20, 30, 30),
        (-100, -100, 50, 50),
        (500, 500, 50, 50),
        (-10, -10, 100, 100),
        (10, 10, 0.2, 0.2),
    ],
)
@pytest.mark.parametrize("fill", [lambda _: 0, lambda random: random.integers(0, 256, (30, 40, 3))])
def test_any_box_in_any_picture_is_measured(
    box: tuple[float, float, float, float], fill: Callable[[np.random.Generator], NDArray[np.int64]]
) -> None:
    rgb = np.zeros((30, 40, 3), np.uint8)
    rgb[:] = fill(np.random.default_rng(0))
    cues = measure(rgb, face_at(box))
    assert np.isfinite(cues_of(cues)).all()


def test_the_cues_of_live_people_are_finite(spoof_dir: Path) -> None:
    detector = Detector()
    for photo in sorted((spoof_dir / "genuine").glob("**/*.jpg"))[::80]:
        rgb = decode(photo.read_bytes())
        for face in detector.find(rgb):
            assert np.isfinite(cues_of(measure(rgb, face))).all()
