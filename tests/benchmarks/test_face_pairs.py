"""The benchmark's blocked comparisons against plain loops over photos."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import face_pairs
from benchmarks.face_pairs import (
    Cosine,
    EuclideanDistance,
    Photos,
    all_templates,
    compare_all,
    enrolled_photos,
)
from benchmarks.face_searches import SearchableFaces
from models.bootstrap import Impostors

PERSON = np.array([0, 0, 0, 1, 2, 2, 3, 3, 3, 3])
FOUND = np.array([True, True, True, True, True, False, True, False, True, True])
PHOTOS = Photos(PERSON, FOUND, people=4)


@pytest.fixture
def descriptors() -> NDArray[np.float32]:
    vectors = np.random.default_rng(0).standard_normal((len(PERSON), 128))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[~FOUND] = np.nan
    return vectors.astype(np.float32)


@pytest.fixture(autouse=True)
def half_is_kept_and_blocks_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_pairs, "KEPT_SHARE", 0.5)
    monkeypatch.setattr(face_pairs, "TEMPLATES_PER_BLOCK", 3)


def assert_most_similar(impostors: Impostors, everything: list[float]) -> None:
    """About half of the comparisons are kept, those of the greatest similarity."""
    count = len(impostors.similarity)
    assert 0.25 < count / len(everything) < 0.75
    assert np.allclose(impostors.similarity, np.sort(everything)[::-1][:count], atol=1e-6)
    assert impostors.comparisons == len(everything)


def test_single_photos_are_compared_once_each(descriptors: NDArray[np.float32]) -> None:
    genuine, impostors = compare_all(Cosine("", descriptors, ("dlib",)), PHOTOS, all_templates(PHOTOS, 1))
    expected_genuine: list[float] = []
    expected_impostor: list[float] = []
    failures = np.zeros(4, int)
    for i, j in combinations(range(len(PERSON)), 2):
        same, seen = PERSON[i] == PERSON[j], FOUND[i] and FOUND[j]
        if same and not seen:
            failures[PERSON[i]] += 1
        elif seen:
            (expected_genuine if same else expected_impostor).append(descriptors[i] @ descriptors[j])
    assert np.allclose(np.sort(genuine.similarity), np.sort(expected_genuine))
    assert_most_similar(impostors, expected_impostor)
    assert genuine.failures_of.tolist() == failures.tolist() == [0, 0, 1, 3]


def test_two_photos_are_compared_as_their_mean_with_all_others(descriptors: NDArray[np.float32]) -> None:
    genuine, impostors = compare_all(Cosine("", descriptors, ("dlib",)), PHOTOS, all_templates(PHOTOS, 2))
    expected_genuine: list[float] = []
    expected_impostor: list[float] = []
    failures = 0
    for a, b in combinations(np.flatnonzero(FOUND), 2):
        if PERSON[a] != PERSON[b]:
            continue
        template = descriptors[a] + descriptors[b]
        template = template / np.linalg.norm(template)
        for probe in range(len(PERSON)):
            same = PERSON[probe] == PERSON[a]
            if not FOUND[probe]:
                failures += same
            elif probe not in (a, b):
                (expected_genuine if same else expected_impostor).append(template @ descriptors[probe])
    assert np.allclose(np.sort(genuine.similarity), np.sort(expected_genuine), atol=1e-6)
    assert_most_similar(impostors, expected_impostor)
    assert genuine.failures_of.sum() == failures == 3


def test_the_package_counts_the_nearest_of_the_known_photos(descriptors: NDArray[np.float32]) -> None:
    method = EuclideanDistance("", descriptors)
    distance = -method.similarity(np.array([[0, 1]]), np.array([3, 4]))
    for column, probe in enumerate((3, 4)):
        nearest = min(np.linalg.norm(descriptors[known] - descriptors[probe]) for known in (0, 1))
        assert distance[0, column] == pytest.approx(nearest, abs=1e-6)


def test_searches_of_everyone(descriptors: NDArray[np.float32]) -> None:
    enrolled = enrolled_photos(PHOTOS, 1)
    assert enrolled.tolist() == [[0], [3], [4], [6]]
    faces = SearchableFaces(Cosine("", descriptors, ("dlib",)), PHOTOS, enrolled)
    assert faces.largest == 4
    searches = faces.search(4)
    mated, best_other, nonmated = [], [], []
    for probe in np.flatnonzero(FOUND):
        similarity = descriptors[enrolled[:, 0]] @ descriptors[probe]
        others = max(similarity[person] for person in range(4) if person != PERSON[probe])
        nonmated.append(others)
        if probe not in enrolled:
            mated.append(similarity[PERSON[probe]])
            best_other.append(others)
    assert np.allclose(searches.mated, mated)
    assert np.allclose(searches.best_other, best_other)
    assert np.allclose(searches.best_of_nonmated, nonmated)
    assert searches.failures == 2


def test_people_with_fewer_photos_are_searched_among_but_not_for(descriptors: NDArray[np.float32]) -> None:
    enrolled = enrolled_photos(PHOTOS, 2)
    assert enrolled.tolist() == [[0, 1], [3, 3], [4, 4], [6, 8]]
    searches = SearchableFaces(Cosine("", descriptors, ("dlib",)), PHOTOS, enrolled).search(4)
    assert len(searches.mated) == 2  # photo 2 of the first person, photo 9 of the last
    assert len(searches.best_of_nonmated) == FOUND.sum()
    assert searches.failures == 1
