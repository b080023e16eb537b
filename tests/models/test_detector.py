from pathlib import Path

import numpy as np
import pytest

from models import image
from models.detector import Detector


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def test_the_face_is_found_with_its_points_inside_the_box(detector: Detector, astronaut_png: bytes) -> None:
    face = detector.find(image.decode(astronaut_png))[0]
    x, y, width, height = face.box
    assert face.score > 0.8
    assert (face.points[:, 0] > x).all()
    assert (face.points[:, 0] < x + width).all()
    assert (face.points[:, 1] > y).all()
    assert (face.points[:, 1] < y + height).all()


def test_places_are_those_of_the_picture_and_not_of_its_small_copy(
    detector: Detector, astronaut_png: bytes
) -> None:
    rgb = image.decode(astronaut_png)
    double = np.repeat(np.repeat(rgb, 2, axis=0), 2, axis=1)
    np.testing.assert_allclose(detector.find(double)[0].points, 2 * detector.find(rgb)[0].points, atol=6)


def test_an_empty_wall_has_no_face(detector: Detector) -> None:
    assert detector.find(np.full((480, 360, 3), 180, np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 2000, 3), (2000, 3, 3)])
def test_odd_shapes_are_searched_without_harm(detector: Detector, shape: tuple[int, int, int]) -> None:
    assert detector.find(np.zeros(shape, np.uint8)) == []


def test_the_largest_face_comes_first(detector: Detector, astronaut_png: bytes) -> None:
    rgb = image.decode(astronaut_png)
    small = rgb[::3, ::3]
    canvas = np.zeros((512, 512 + small.shape[1], 3), np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    canvas[:, small.shape[1] :] = rgb
    faces = detector.find(canvas)
    assert len(faces) >= 2
    assert faces[0].box[0] > small.shape[1]


def test_every_face_of_a_portrait_set_is_found(detector: Detector, portraits_dir: Path) -> None:
    photos = sorted(portraits_dir.glob("*/neutral.jpg"))
    missed = [photo for photo in photos if not detector.find(image.decode(photo.read_bytes(), 1280))]
    assert not missed
