"""Intervals by resampling people."""

from collections.abc import Sequence
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from models import bootstrap, calibration
from models.bootstrap import Genuine, Impostors, Interval


def everyone_with_everyone(
    similarity: NDArray[np.float64], people: int, photos: int
) -> tuple[Genuine, Impostors]:
    """Comparisons of photos (n, n) with photos, `photos` of each person in turn."""
    owner = np.repeat(np.arange(people), photos)
    a, b = np.triu_indices(len(owner), k=1)
    same = owner[a] == owner[b]
    genuine = Genuine(similarity[a, b][same], owner[a][same], np.zeros(people, np.int64))
    order = np.argsort(-similarity[a, b][~same], kind="stable")
    count = np.full(people, photos)
    impostors = Impostors(
        similarity[a, b][~same][order],
        owner[a][~same][order],
        owner[b][~same][order],
        count,
        count,
        len(order),
    )
    return genuine, impostors


def by_hand(similarity: NDArray[np.float64], drawn: Sequence[int], photos: int, wanted: float) -> float:
    """The TAR over the people drawn, each draw a person of its own, never compared with its copies."""
    rows = [
        (copy, person, person * photos + photo)
        for copy, person in enumerate(drawn)
        for photo in range(photos)
    ]
    genuine, impostor = [], []
    for i, (copy_a, person_a, row_a) in enumerate(rows):
        for copy_b, person_b, row_b in rows[i + 1 :]:
            if copy_a == copy_b:
                genuine.append(similarity[row_a, row_b])
            elif person_a != person_b:
                impostor.append(similarity[row_a, row_b])
    return calibration.tar_at_fmr(genuine, impostor, wanted).value


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), min_size=5, max_size=5), st.integers(0, 100), st.floats(0, 0.9))
def test_weights_count_as_people_drawn_several_times(drawn: list[int], seed: int, wanted: float) -> None:
    if len(set(drawn)) == 1:
        return  # nobody to be an impostor
    half = np.random.default_rng(seed).integers(-8, 8, (10, 10)) / 8
    similarity = np.triu(half, 1) + np.triu(half, 1).T
    genuine, impostors = everyone_with_everyone(similarity, people=5, photos=2)
    weights = np.bincount(drawn, minlength=5)
    (tar,) = bootstrap.weighted_tar_at_fmr(genuine, impostors, [wanted], weights)
    assert tar == pytest.approx(by_hand(similarity, drawn, 2, wanted))


def random_comparisons(people: int, seed: int = 0) -> tuple[Genuine, Impostors]:
    half = np.random.default_rng(seed).normal(0, 0.1, (2 * people, 2 * people))
    same = np.kron(np.eye(people), np.ones((2, 2)))
    return everyone_with_everyone(np.triu(half, 1) + np.triu(half, 1).T + 0.3 * same, people, photos=2)


def test_the_interval_holds_the_observed_tar() -> None:
    genuine, impostors = random_comparisons(people=60)
    wanted = [0.1, 0.01]
    intervals = bootstrap.tar_at_fmr(genuine, impostors, wanted, replicates=200)
    for rate, interval in zip(wanted, intervals, strict=True):
        tar = calibration.tar_at_fmr(genuine.similarity, impostors.similarity, rate).value
        assert interval.low < tar < interval.high


def test_more_people_narrow_the_interval() -> None:
    widths = []
    for people in (20, 160):
        (interval,) = bootstrap.tar_at_fmr(*random_comparisons(people), [0.01], replicates=200)
        widths.append(interval.high - interval.low)
    assert widths[1] < widths[0] / 2


def test_the_same_seed_gives_the_same_interval() -> None:
    comparisons = random_comparisons(people=20)
    first, again = (bootstrap.tar_at_fmr(*comparisons, [0.01], replicates=50, seed=7) for _ in range(2))
    assert first == again
    assert first != bootstrap.tar_at_fmr(*comparisons, [0.01], replicates=50, seed=8)


def test_failures_of_a_person_count_when_they_are_drawn() -> None:
    genuine, impostors = random_comparisons(people=3)
    failing = Genuine(genuine.similarity, genuine.person, np.array([3, 0, 0]))
    weights = np.ones(3, np.int64)
    (tar,) = bootstrap.weighted_tar_at_fmr(genuine, impostors, [1.0], weights)
    (with_failures,) = bootstrap.weighted_tar_at_fmr(failing, impostors, [1.0], weights)
    assert (tar, with_failures) == (1.0, 0.5)


def test_people_without_genuine_attempts_say_nothing() -> None:
    genuine, impostors = random_comparisons(people=3)
    only_first = Genuine(genuine.similarity[:1], genuine.person[:1], np.zeros(3, np.int64))
    (tar,) = bootstrap.weighted_tar_at_fmr(only_first, impostors, [0.5], np.array([0, 1, 2]))
    assert np.isnan(tar)


def test_an_fmr_beyond_the_impostors_kept_is_refused() -> None:
    genuine, whole = random_comparisons(people=10)
    kept = Impostors(
        whole.similarity[:20],
        whole.template_person[:20],
        whole.probe_person[:20],
        whole.templates_of,
        whole.probes_of,
        whole.comparisons,
    )
    weights = np.ones(10, np.int64)
    assert bootstrap.weighted_tar_at_fmr(genuine, kept, [0.1], weights) == bootstrap.weighted_tar_at_fmr(
        genuine, whole, [0.1], weights
    )
    with pytest.raises(ValueError, match="too few similarities"):
        bootstrap.weighted_tar_at_fmr(genuine, kept, [0.2], weights)


def test_a_statistic_of_several_numbers_has_an_interval_for_each() -> None:
    def mean_and_zero(weights: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        return np.array([weights.mean(), 0.0])

    assert bootstrap.by_person(mean_and_zero, 5, replicates=10) == [Interval(1.0, 1.0), Interval(0.0, 0.0)]
