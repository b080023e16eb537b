"""One template of several photos."""

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.template import encoder_names, fuse
from models.encoder import parts_of
from models.engine import FaceEngine, FaceReading, version_of
from tests.enrollment.conftest import Vary

_direction = st.tuples(*[st.floats(-1, 1) for _ in range(3)]).map(lambda xyz: (2.0, *xyz))


def test_the_template_of_one_photo_is_its_descriptor(portrait: FaceReading) -> None:
    template = fuse([portrait])
    np.testing.assert_allclose(template.vectors, portrait.descriptor[None], atol=1e-6)
    assert (template.encoders, template.photos) == (portrait.encoders, 1)


@given(st.lists(_direction, min_size=1, max_size=5))
def test_a_template_is_one_unit_vector_in_which_every_encoder_keeps_its_share(
    vary: Vary, directions: list[tuple[float, ...]]
) -> None:
    template = fuse([vary(direction, number) for number, direction in enumerate(directions)])
    assert template.vectors.shape[0] == 1
    assert template.vectors.dtype == np.float32
    assert np.linalg.norm(template.vectors) == pytest.approx(1, abs=1e-5)
    halves = np.split(template.vectors[0], 2)
    assert np.linalg.norm(halves[0]) == pytest.approx(np.linalg.norm(halves[1]), abs=1e-5)


@given(st.lists(_direction, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_the_photos_does_not_matter(
    vary: Vary, directions: list[tuple[float, ...]], random: Random
) -> None:
    photos = [vary(direction, number) for number, direction in enumerate(directions)]
    shuffled = random.sample(photos, len(photos))
    np.testing.assert_allclose(fuse(photos).vectors, fuse(shuffled).vectors, atol=1e-6)


def test_an_encoder_whose_vectors_scatter_keeps_its_share(vary: Vary) -> None:
    """Of two encoders one is sure (the same vector twice), the other gives two vectors at a right angle."""
    a, b = vary((1, 0), 1), vary((1, 0), 2)
    scattered = replace(b, descriptor=np.concatenate([b.descriptor[:128], vary((0, 1), 3).descriptor[128:]]))
    first, second = np.split(fuse([a, scattered]).vectors[0], 2)
    assert np.linalg.norm(first) == pytest.approx(np.linalg.norm(second), abs=1e-6)


def test_the_template_resembles_every_photo_more_than_two_photos_each_other(vary: Vary) -> None:
    a, b = vary((1, 0.3), 1), vary((1, -0.3), 2)
    (template,) = fuse([a, b]).vectors
    assert min(template @ a.descriptor, template @ b.descriptor) > a.descriptor @ b.descriptor


def test_readings_of_different_encoders_are_refused(vary: Vary) -> None:
    with pytest.raises(ValueError, match="one version"):
        fuse([vary((1, 0), 1), replace(vary((1, 0), 2), encoders="sface/1")])


def test_no_readings_are_refused() -> None:
    with pytest.raises(ValueError, match="one version"):
        fuse([])


def test_one_encoder_alone_has_one_part(portrait: FaceReading) -> None:
    (part, _) = parts_of(portrait.descriptor, encoder_names(portrait.encoders))
    alone = replace(portrait, descriptor=part, encoders=version_of(("sface",)))
    assert fuse([alone, alone]).vectors.shape == (1, 128)


def test_encoder_names_is_the_inverse_of_the_engines_version() -> None:
    assert encoder_names(version_of(("sface", "dlib"))) == ("sface", "dlib")


def test_two_enrolment_photos_bring_a_real_third_nearer(engine: FaceEngine, faces_dir: Path) -> None:
    gains = []
    people = (person for person in sorted(faces_dir.iterdir()) if len(list(person.glob("*.jpg"))) >= 4)
    for person, _ in zip(people, range(12), strict=False):
        first, second, *_, probe = [engine.read(photo.read_bytes()) for photo in sorted(person.glob("*.jpg"))]
        (template,) = fuse([first, second]).vectors
        gains.append(float(template @ probe.descriptor) - float(first.descriptor @ probe.descriptor))
    assert np.mean(gains) > 0.02
