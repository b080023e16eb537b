import dlib
import numpy as np
import pytest
from PIL import ImageFile

from models import image
from models.detector import Detector
from models.encoder import (
    DLIB_POINTS,
    KINDS,
    SFACE_POINTS,
    Encoder,
    EncoderSet,
    aligned_chip,
    fuse_parts,
    parts_of,
    similarity_transform,
    unit,
)
from models.weights import DLIB_68_POINTS


@pytest.fixture(scope="module")
def rgb(astronaut_png: bytes) -> image.Rgb:
    return image.decode(astronaut_png)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_dlibs_descriptor_equals_that_of_the_face_recognition_package(
    rgb: image.Rgb, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Imported here: it warns of its own use of pkg_resources, and lets Pillow pass over damage from then on.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)
    import face_recognition

    box = face_recognition.face_locations(rgb)
    expected = face_recognition.face_encodings(rgb, box, model="large")[0]
    top, right, bottom, left = box[0]
    shape = dlib.shape_predictor(str(DLIB_68_POINTS.locate()))(rgb, dlib.rectangle(left, top, right, bottom))
    chip = dlib.get_face_chip(rgb, shape, size=150, padding=0.25)
    np.testing.assert_allclose(Encoder(KINDS["dlib"]).raw(chip[None])[0], expected, atol=1e-4)


def test_a_similarity_transform_is_found_again() -> None:
    turn = np.array([[0.6, -0.8], [0.8, 0.6]], np.float32) * 1.7
    moved = SFACE_POINTS @ turn.T + np.array([3, -4], np.float32)
    matrix = similarity_transform(SFACE_POINTS, moved)
    np.testing.assert_allclose(matrix[:, :2], turn, atol=1e-5)
    np.testing.assert_allclose(matrix[:, 2], [3, -4], atol=1e-4)


def test_the_five_points_come_to_lie_where_the_network_expects_them(rgb: image.Rgb) -> None:
    face = Detector().find(rgb)[0]
    chip = aligned_chip(rgb, face.points, DLIB_POINTS, 150)
    found = Detector().find(chip)[0].points
    assert np.abs(found - DLIB_POINTS).max() < 12  # a wide smile moves the mouth corners by 9


def test_a_large_picture_gives_the_descriptor_of_a_small_one(rgb: image.Rgb) -> None:
    encoders = EncoderSet(("sface", "dlib"))
    large = np.repeat(np.repeat(rgb, 4, axis=0), 4, axis=1)
    points = Detector().find(rgb)[0].points
    similarity = encoders.describe(rgb, points) @ encoders.describe(large, points * 4 + 1.5)
    assert similarity > 0.98


def test_the_dot_product_of_fused_descriptors_is_the_mean_of_the_similarities() -> None:
    random = np.random.default_rng(2)
    a, b, c, d = unit(random.normal(size=(4, 128)).astype(np.float32))
    names = ("sface", "dlib")
    fused = fuse_parts([a, b], names) @ fuse_parts([c, d], names)
    assert fused == pytest.approx((a @ c + b @ d) / 2, abs=1e-6)


def test_the_parts_of_a_fused_descriptor_are_found_again() -> None:
    a, b = unit(np.random.default_rng(3).normal(size=(2, 128)).astype(np.float32))
    names = ("sface", "dlib")
    for part, again in zip((a, b), parts_of(fuse_parts([a, b], names), names), strict=True):
        np.testing.assert_allclose(again, part, atol=1e-6)


@pytest.mark.parametrize("names", [(), ("dlib", "dlib"), ("facenet",)])
def test_unknown_missing_or_repeated_encoders_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="encoders must be"):
        EncoderSet(names)
