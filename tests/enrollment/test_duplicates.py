"""Who else in the gallery resembles a template."""

from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enrollment.duplicates import Lookalike, find
from enrollment.template import Template, fuse
from models.gallery import Gallery
from tests.enrollment.conftest import Vary


def _gallery(vary: Vary, people: Mapping[str, tuple[float, ...]]) -> Gallery[str]:
    gallery: Gallery[str] = Gallery(256)
    for number, (key, direction) in enumerate(people.items()):
        gallery.add(key, fuse([vary(direction, number)]).vectors)
    return gallery


def test_people_above_the_threshold_come_best_first(vary: Vary) -> None:
    gallery = _gallery(vary, {"far": (0, 1), "near": (1, 0.4), "nearest": (1, 0.1)})
    found = find(gallery, fuse([vary((1, 0), 9)]), excluding="me", threshold=0.8)
    assert [lookalike.key for lookalike in found] == ["nearest", "near"]
    assert found[0].similarity > found[1].similarity >= 0.8


def test_ones_own_earlier_template_is_no_lookalike(vary: Vary) -> None:
    gallery = _gallery(vary, {"me": (1, 0), "twin": (1, 0.01)})
    assert [one.key for one in find(gallery, fuse([vary((1, 0), 9)]), excluding="me", threshold=0.8)] == [
        "twin"
    ]


def test_an_empty_gallery_has_no_lookalikes(vary: Vary) -> None:
    assert find(Gallery(256), fuse([vary((1, 0), 9)]), excluding="me", threshold=-1.0) == []


def test_of_several_vectors_the_most_similar_one_counts(vary: Vary) -> None:
    directions = [(0, 1), (1, 0), (1, 1)]
    vectors = np.stack([vary(direction, number).descriptor for number, direction in enumerate(directions)])
    gallery = _gallery(vary, {"twin": (1, 0)})
    (twin,) = find(gallery, Template(vectors, "sface,dlib/1", 2), excluding="me", threshold=0.5)
    assert twin == Lookalike("twin", twin.similarity)
    assert twin.similarity > 0.999


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8), st.floats(-0.9, 0.9))
def test_nobody_at_or_above_the_threshold_is_missed(
    vary: Vary, slopes: list[float], threshold: float
) -> None:
    people = {str(number): (1.0, slope) for number, slope in enumerate(slopes)}
    gallery, template = _gallery(vary, people), fuse([vary((1, 0), 99)])
    others = [key for key in people if key != "0"]
    expected = {key for key in others if gallery.verify(key, template.vectors[0]) >= threshold}
    assert {one.key for one in find(gallery, template, excluding="0", threshold=threshold)} == expected
