"""The gallery against a plain loop over everyone, and its rules one by one."""

import itertools
from collections.abc import Callable

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from numpy.typing import NDArray

from models.gallery import BLOCK_BYTES, FIRST_CAPACITY, PAIR_ROWS, UNIT_TOLERANCE, Cohort, Gallery

Vectors = NDArray[np.float32]
DIM = 4
# Unit vectors whose products are exact in any order of summation, so that ties are real ties.
EXACT = np.array(
    [*np.eye(DIM), *-np.eye(DIM), *itertools.product((0.5, -0.5), repeat=DIM)],
    np.float32,
)
KEYS = st.integers(0, 12)
ROWS = st.integers(0, len(EXACT) - 1)


def random_unit(count: int, dim: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, dim))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def axis(number: int) -> Vectors:
    vector: Vectors = EXACT[number]
    return vector


class PlainGallery:
    """What a gallery means, in loops."""

    def __init__(self) -> None:
        self.people: dict[int, list[Vectors]] = {}

    def ranking(self, probe: Vectors) -> list[tuple[int, float]]:
        best = [(key, max(float(v @ probe) for v in vectors)) for key, vectors in self.people.items()]
        return sorted(best, key=lambda person: -person[1])

    def pairs(self) -> list[tuple[int, int, float]]:
        found = [
            (a, b, max(float(v @ w) for v in self.people[a] for w in self.people[b]))
            for a, b in itertools.combinations(self.people, 2)
        ]
        return sorted(found, key=lambda pair: -pair[2])


class GalleryAgainstLoops(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.gallery: Gallery[int] = Gallery(DIM)
        self.plain = PlainGallery()

    @initialize(rows=st.lists(ROWS, max_size=2 * FIRST_CAPACITY))
    def people_of_one_template(self, rows: list[int]) -> None:
        keys = list(range(100, 100 + len(rows)))
        self.gallery.add_many(keys, EXACT[rows])
        self.plain.people = {key: [EXACT[row]] for key, row in zip(keys, rows, strict=True)}

    @rule(key=KEYS, rows=st.lists(ROWS, min_size=1, max_size=4))
    def add(self, key: int, rows: list[int]) -> None:
        self.gallery.add(key, EXACT[rows])
        self.plain.people.setdefault(key, []).extend(EXACT[rows])

    @rule(people=st.lists(st.tuples(KEYS, ROWS), max_size=30))
    def add_many(self, people: list[tuple[int, int]]) -> None:
        self.gallery.add_many([key for key, _ in people], EXACT[[row for _, row in people]].reshape(-1, DIM))
        for key, row in people:
            self.plain.people.setdefault(key, []).append(EXACT[row])

    @precondition(lambda self: self.plain.people)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(list(self.plain.people)))
        self.gallery.remove(key)
        del self.plain.people[key]

    @precondition(lambda self: self.plain.people)
    @rule(data=st.data(), row=ROWS)
    def verify(self, data: st.DataObject, row: int) -> None:
        key = data.draw(st.sampled_from(list(self.plain.people)))
        assert self.gallery.verify(key, EXACT[row]) == dict(self.plain.ranking(EXACT[row]))[key]
        assert np.array_equal(self.gallery.vectors(key), self.plain.people[key])

    @rule(rows=st.lists(ROWS, max_size=4), k=st.integers(1, 20))
    def identify(self, rows: list[int], k: int) -> None:
        probes = EXACT[rows].reshape(-1, DIM)
        keys, similarities = self.gallery.identify(probes, k)
        assert keys.shape == similarities.shape == (len(rows), k)
        for i, probe in enumerate(probes):
            expected = self.plain.ranking(probe)[:k]
            expected_padded: list[tuple[int | None, float]] = [
                *expected,
                *[(None, -np.inf)] * (k - len(expected)),
            ]
            assert list(zip(keys[i].tolist(), similarities[i].tolist(), strict=True)) == expected_padded

    @rule(row=ROWS, threshold=st.sampled_from([-np.inf, -1.0, -0.5, 0.0, 0.3, 0.5, 1.0, 1.1]))
    def above(self, row: int, threshold: float) -> None:
        expected = [person for person in self.plain.ranking(EXACT[row]) if person[1] >= threshold]
        assert self.gallery.above(EXACT[row], threshold) == expected

    @rule(count=st.integers(1, 40), threshold=st.sampled_from([-np.inf, 0.0, 0.5, 1.0, 1.1]))
    def closest_pairs(self, count: int, threshold: float) -> None:
        expected = [pair for pair in self.plain.pairs() if pair[2] >= threshold][:count]
        assert self.gallery.closest_pairs(count=count, threshold=threshold) == expected

    @precondition(lambda self: self.plain.people)
    @rule(data=st.data(), rows=st.lists(ROWS, max_size=3), size=st.integers(1, 10), excludes=st.booleans())
    def cohort(self, data: st.DataObject, rows: list[int], size: int, excludes: bool) -> None:
        excluding = data.draw(st.sampled_from(list(self.plain.people))) if excludes else None
        probes = EXACT[rows].reshape(-1, DIM)
        cohorts = self.gallery.cohort(probes, excluding=excluding, size=size)
        assert len(cohorts) == len(rows)
        for probe, cohort in zip(probes, cohorts, strict=True):
            others = [s for key, s in self.plain.ranking(probe) if key != excluding][:size]
            assert cohort.size == len(others)
            assert cohort.mean == pytest.approx(np.mean(others) if others else 0.0)
            assert cohort.deviation == pytest.approx(np.std(others) if others else 0.0)

    @invariant()
    def same_people_in_the_same_order(self) -> None:
        assert self.gallery.keys() == list(self.plain.people)
        assert len(self.gallery) == len(self.plain.people)
        assert all(key in self.gallery for key in self.plain.people)


TestGalleryAgainstLoops = GalleryAgainstLoops.TestCase
TestGalleryAgainstLoops.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@pytest.fixture
def gallery() -> Gallery[str]:
    return Gallery(DIM)


def test_an_empty_gallery_knows_nobody(gallery: Gallery[str]) -> None:
    keys, similarities = gallery.identify(axis(0)[None], k=2)
    assert keys.tolist() == [[None, None]]
    assert similarities.tolist() == [[-np.inf, -np.inf]]
    assert gallery.above(axis(0), -np.inf) == []
    assert gallery.closest_pairs() == []
    assert gallery.cohort(axis(0)[None]) == [Cohort(0.0, 0.0, 0)]
    assert len(gallery) == 0
    assert gallery.keys() == []


def test_no_probes_give_no_answers(gallery: Gallery[str]) -> None:
    gallery.add("a", axis(0)[None])
    nothing = np.empty((0, DIM), np.float32)
    keys, similarities = gallery.identify(nothing, k=3)
    assert keys.shape == similarities.shape == (0, 3)
    assert similarities.dtype == np.float32
    assert gallery.cohort(nothing) == []


def test_equal_similarities_come_in_the_order_of_adding(gallery: Gallery[str]) -> None:
    gallery.add_many(["c", "a", "b"], np.stack([axis(0)] * 3))
    assert gallery.identify(axis(0)[None], k=2)[0].tolist() == [["c", "a"]]
    assert gallery.above(axis(0), 1.0) == [("c", 1.0), ("a", 1.0), ("b", 1.0)]
    assert gallery.closest_pairs(count=2) == [("c", "a", 1.0), ("c", "b", 1.0)]


def test_who_is_removed_and_added_again_comes_last_though_in_the_old_row(gallery: Gallery[str]) -> None:
    gallery.add_many(["a", "b", "c"], np.stack([axis(0)] * 3))
    gallery.remove("a")
    gallery.add("a", axis(0)[None])
    assert gallery.identify(axis(0)[None], k=3)[0].tolist() == [["b", "c", "a"]]


def test_a_removed_person_is_never_found_again(gallery: Gallery[str]) -> None:
    gallery.add("a", np.stack([axis(0), axis(1)]))
    gallery.add("b", axis(2)[None])
    gallery.remove("a")
    assert "a" not in gallery
    assert [key for key, _ in gallery.above(axis(0), -np.inf)] == ["b"]
    with pytest.raises(KeyError):
        gallery.verify("a", axis(0))


def test_a_removed_persons_vectors_are_overwritten(gallery: Gallery[str]) -> None:
    gallery.add("a", np.stack([axis(0), axis(1)]))
    gallery.remove("a")
    assert not gallery._matrix[:2].any()


def test_rows_of_removed_people_are_used_again(gallery: Gallery[str]) -> None:
    for round_ in range(4 * FIRST_CAPACITY):
        gallery.add(f"person {round_}", EXACT[:3])
        gallery.remove(f"person {round_}")
    assert len(gallery._matrix) == FIRST_CAPACITY


def test_adding_a_person_within_the_capacity_moves_nobody(gallery: Gallery[str]) -> None:
    gallery.add_many(["a", "b"], EXACT[:2])
    matrix = gallery._matrix
    gallery.add("c", EXACT[2:4])
    assert gallery._matrix is matrix
    assert np.array_equal(matrix[:4], EXACT[:4])


def test_the_capacity_doubles() -> None:
    gallery: Gallery[int] = Gallery(DIM)
    gallery.add_many(range(FIRST_CAPACITY), EXACT[np.arange(FIRST_CAPACITY) % len(EXACT)])
    assert len(gallery._matrix) == FIRST_CAPACITY
    gallery.add(-1, EXACT[:1])
    assert len(gallery._matrix) == 2 * FIRST_CAPACITY


def test_the_best_of_several_templates_counts(gallery: Gallery[str]) -> None:
    gallery.add("a", np.stack([axis(1), axis(0), axis(2)]))
    gallery.add("b", axis(3)[None])
    assert gallery.verify("a", axis(0)) == 1.0
    keys, similarities = gallery.identify(axis(0)[None], k=2)
    assert keys.tolist() == [["a", "b"]]
    assert similarities.tolist() == [[1.0, 0.0]]


def test_templates_added_later_join_those_before(gallery: Gallery[str]) -> None:
    gallery.add("a", axis(1)[None])
    gallery.add("b", axis(3)[None])
    gallery.add("a", axis(0)[None])
    assert len(gallery) == 2
    assert gallery.vectors("a").tolist() == [axis(1).tolist(), axis(0).tolist()]
    assert gallery.verify("a", axis(0)) == 1.0


def test_the_vectors_given_out_are_a_copy(gallery: Gallery[str]) -> None:
    gallery.add("a", axis(0)[None])
    gallery.vectors("a")[:] = 0
    assert gallery.verify("a", axis(0)) == 1.0


def test_above_includes_a_similarity_equal_to_the_threshold(gallery: Gallery[str]) -> None:
    gallery.add("a", np.array([[0.7, np.sqrt(1 - 0.49), 0, 0]]))
    similarity = gallery.verify("a", axis(0))
    assert gallery.above(axis(0), similarity) == [("a", similarity)]
    assert gallery.above(axis(0), np.nextafter(similarity, 2)) == []


def test_above_judges_as_a_comparison_of_python_floats_does(gallery: Gallery[str]) -> None:
    gallery.add("a", np.array([[0.7, np.sqrt(1 - 0.49), 0, 0]]))
    # 0.7 in float32 is below the double 0.7, so the person is below the threshold.
    assert gallery.verify("a", axis(0)) < 0.7
    assert gallery.above(axis(0), 0.7) == []


def test_pairs_are_of_different_people_only(gallery: Gallery[str]) -> None:
    gallery.add("a", np.stack([axis(0), axis(0)]))
    gallery.add("b", axis(1)[None])
    assert gallery.closest_pairs() == [("a", "b", 0.0)]


def test_a_person_is_not_in_their_own_cohort(gallery: Gallery[str]) -> None:
    gallery.add_many(["a", "b", "c"], EXACT[:3])
    assert gallery.cohort(axis(0)[None], excluding="a") == [Cohort(0.0, 0.0, 2)]
    assert gallery.cohort(axis(0)[None])[0].mean == pytest.approx(1 / 3)


def test_the_cohort_is_the_most_similar_others(gallery: Gallery[str]) -> None:
    gallery.add_many(["a", "b", "c"], np.stack([axis(0), EXACT[8], axis(4)]))
    assert gallery.cohort(axis(0)[None], size=2) == [Cohort(0.75, 0.25, 2)]


def test_float64_is_converted(gallery: Gallery[str]) -> None:
    gallery.add("a", axis(0).astype(np.float64)[None])
    assert gallery.vectors("a").dtype == np.float32
    probe = np.array([0.6, 0.8, 0.0, 0.0])
    assert gallery.verify("a", probe) == gallery.verify("a", probe.astype(np.float32))


REFUSED = {
    "nan": np.array([[np.nan, 0, 0, 0]]),
    "infinity": np.array([[np.inf, 0, 0, 0]]),
    "too large for float32": np.array([[1e300, 0, 0, 0]]),
    "zero": np.zeros((1, DIM)),
    "too long": np.array([[1 + 2 * UNIT_TOLERANCE, 0, 0, 0]]),
    "too short": np.array([[1 - 2 * UNIT_TOLERANCE, 0, 0, 0]]),
    "one bad of two": np.array([[1.0, 0, 0, 0], [2.0, 0, 0, 0]]),
    "wrong dim": np.array([[1.0, 0, 0]]),
    "whole numbers": np.array([[1, 0, 0, 0]]),
    "three axes": np.array([[[1.0, 0, 0, 0]]]),
    "text": np.array([["1", "0", "0", "0"]]),
}


@pytest.mark.parametrize("vectors", REFUSED.values(), ids=REFUSED.keys())
def test_unfit_vectors_are_refused_and_change_nothing(
    vectors: NDArray[np.float64], gallery: Gallery[str]
) -> None:
    gallery.add("a", axis(0)[None])
    uses: list[Callable[[], object]] = [
        lambda: gallery.add("b", vectors),
        lambda: gallery.add_many(["b"] * len(vectors), vectors),
        lambda: gallery.identify(vectors),
        lambda: gallery.cohort(vectors),
        lambda: gallery.verify("a", vectors[-1]),
        lambda: gallery.above(vectors[-1], 0.0),
    ]
    for use in uses:
        with pytest.raises(ValueError, match="vector"):
            use()
    assert gallery.keys() == ["a"]
    assert gallery.vectors("a").tolist() == [axis(0).tolist()]


def test_a_length_within_the_tolerance_is_accepted(gallery: Gallery[str]) -> None:
    gallery.add("a", np.array([[1 + UNIT_TOLERANCE / 2, 0, 0, 0]]))
    assert "a" in gallery


def test_a_refused_batch_adds_nobody(gallery: Gallery[str]) -> None:
    with pytest.raises(ValueError, match="3 keys for 2 vectors"):
        gallery.add_many(["a", "b", "c"], EXACT[:2])
    with pytest.raises(ValueError, match="None"):
        gallery.add_many(["a", None], EXACT[:2])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        gallery.add_many(["a", []], EXACT[:2])  # type: ignore[list-item]
    assert len(gallery) == 0
    assert gallery.above(axis(0), -np.inf) == []


def test_a_person_needs_a_template(gallery: Gallery[str]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        gallery.add("a", np.empty((0, DIM)))
    assert "a" not in gallery


def test_unknown_people_are_key_errors(gallery: Gallery[str]) -> None:
    uses: list[Callable[[], object]] = [
        lambda: gallery.verify("nobody", axis(0)),
        lambda: gallery.vectors("nobody"),
        lambda: gallery.remove("nobody"),
        lambda: gallery.cohort(axis(0)[None], excluding="nobody"),
    ]
    for use in uses:
        with pytest.raises(KeyError):
            use()


def test_senseless_numbers_are_refused(gallery: Gallery[str]) -> None:
    uses: list[Callable[[], object]] = [
        lambda: Gallery(0),
        lambda: gallery.identify(axis(0)[None], k=0),
        lambda: gallery.cohort(axis(0)[None], size=0),
        lambda: gallery.closest_pairs(count=0),
        lambda: gallery.closest_pairs(threshold=np.nan),
        lambda: gallery.above(axis(0), np.nan),
    ]
    for use in uses:
        with pytest.raises(ValueError, match=r"at least 1|not a number"):
            use()


def test_keys_may_be_tuples() -> None:
    gallery: Gallery[tuple[int, str]] = Gallery(DIM)
    gallery.add((1, "a"), axis(0)[None])
    assert gallery.above(axis(0), 1.0) == [((1, "a"), 1.0)]
    assert gallery.identify(axis(0)[None], k=1)[0][0, 0] == (1, "a")


def test_the_representation_shows_no_person_and_no_number_of_a_face(gallery: Gallery[str]) -> None:
    gallery.add("1987654321", axis(0)[None])
    assert repr(gallery) == "Gallery(dim=4, people=1)"


def test_more_probes_than_one_block_get_the_answers_they_get_alone() -> None:
    people, probes = random_unit(2000, 8, seed=1), random_unit(4000, 8, seed=2)
    assert len(people) * len(probes) * 4 > BLOCK_BYTES
    gallery: Gallery[int] = Gallery(8)
    gallery.add_many(range(len(people)), people)
    keys, similarities = gallery.identify(probes, k=1)
    expected = probes @ people.T
    assert np.array_equal(keys[:, 0].astype(int), expected.argmax(axis=1))
    assert np.allclose(similarities[:, 0], expected.max(axis=1), atol=1e-6)
    cohorts = gallery.cohort(probes, size=1)
    assert np.allclose([cohort.mean for cohort in cohorts], expected.max(axis=1), atol=1e-6)


def test_pairs_over_several_blocks_equal_the_full_product() -> None:
    owner = np.sort(np.random.default_rng(3).integers(0, 900, 3 * PAIR_ROWS - 7))
    vectors = random_unit(len(owner), 16, seed=4)
    gallery: Gallery[int] = Gallery(16)
    shuffled = np.random.default_rng(5).permutation(len(owner))
    gallery.add_many(owner[shuffled].tolist(), vectors[shuffled])
    product = vectors @ vectors.T
    best: dict[tuple[int, int], float] = {}
    for i, j in zip(*np.nonzero(product >= 0.7), strict=True):
        if owner[i] < owner[j]:
            pair = (int(owner[i]), int(owner[j]))
            best[pair] = max(best.get(pair, -1.0), float(product[i, j]))
    found = gallery.closest_pairs(count=10_000, threshold=0.7)
    assert len(best) > 100
    assert {tuple(sorted((a, b))) for a, b, _ in found} == set(best)
    assert np.allclose([s for _, _, s in found], sorted(best.values(), reverse=True), atol=1e-6)
    assert gallery.closest_pairs(count=25) == found[:25]


def test_a_person_of_more_templates_than_a_block_has_rows_is_one_person() -> None:
    gallery: Gallery[str] = Gallery(DIM)
    gallery.add("many", np.repeat(EXACT[:1], 2 * PAIR_ROWS, axis=0))
    gallery.add("few", EXACT[8:9])
    gallery.add("one", EXACT[9:10])
    assert gallery.closest_pairs(count=2) == [("many", "few", 0.5), ("many", "one", 0.5)]
