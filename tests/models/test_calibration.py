"""Error rates and thresholds: small cases by hand, and laws that hold for all."""

from dataclasses import dataclass
from math import inf, isnan, nan, nextafter

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from numpy.typing import ArrayLike

from models import calibration
from models.calibration import Proportion, shipped_threshold
from models.engine import DEFAULT_ENCODERS
from models.gallery import Cohort

# Few distinct values, so that ties are the rule.
SIMILARITY = st.integers(-4, 4).map(lambda n: n / 4)
SIMILARITIES = st.lists(SIMILARITY, min_size=1, max_size=40)
RATE = st.floats(0, 1)


def test_a_similarity_equal_to_the_threshold_is_a_match() -> None:
    assert calibration.fmr([0.2, 0.5], 0.5).value == 0.5
    assert calibration.fnmr([0.2, 0.5], 0.5).value == 0.5


def test_error_rates_of_a_known_case() -> None:
    assert calibration.fmr([0.1, 0.2, 0.3, 0.9], 0.25).count == 2
    assert calibration.fnmr([0.1, 0.2, 0.3, 0.9, 0.95], 0.25).count == 2
    assert calibration.fnmr([0.1, 0.2, 0.3, 0.9, 0.95], 0.25).trials == 5


def test_failures_count_as_non_matches() -> None:
    missed = calibration.fnmr([0.9, 0.1], 0.5, failures=2)
    assert (missed.count, missed.trials) == (3, 4)


def test_float32_similarities_are_judged_as_python_floats_are() -> None:
    similarity = np.array([0.7], np.float32)  # below the double 0.7
    assert calibration.fmr(similarity, 0.7).count == 0
    assert calibration.fnmr(similarity, 0.7).count == 1


@given(SIMILARITIES, SIMILARITY, SIMILARITY)
def test_a_higher_threshold_never_matches_more(similarities: list[float], one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert calibration.fmr(similarities, high).count <= calibration.fmr(similarities, low).count
    assert calibration.fnmr(similarities, high).count >= calibration.fnmr(similarities, low).count


@given(SIMILARITIES, SIMILARITY)
def test_every_comparison_is_a_match_or_not(similarities: list[float], threshold: float) -> None:
    matches, misses = calibration.fmr(similarities, threshold), calibration.fnmr(similarities, threshold)
    assert matches.count + misses.count == len(similarities)


def test_wilsons_interval_of_a_published_case() -> None:
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
    interval = calibration.proportion(81, 263)
    assert interval.low == pytest.approx(0.2553, abs=5e-5)
    assert interval.high == pytest.approx(0.3662, abs=5e-5)
    none = calibration.proportion(0, 20)
    assert none.low == 0
    assert none.high == pytest.approx(0.1611, abs=5e-5)


@given(st.integers(0, 1000), st.integers(0, 1000), st.floats(0.5, 0.999))
def test_the_interval_holds_the_observed_proportion(one: int, other: int, confidence: float) -> None:
    count, trials = sorted([one, other])
    found = calibration.proportion(count, trials, confidence)
    assert 0 <= found.low <= found.high <= 1
    if trials:
        assert found.low <= found.value <= found.high


@given(st.integers(1, 1000), st.data())
def test_more_confidence_needs_a_wider_interval(trials: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, trials))
    narrow, wide = (calibration.proportion(count, trials, confidence) for confidence in (0.9, 0.99))
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


def test_nothing_tried_says_nothing() -> None:
    found = calibration.proportion(0, 0)
    assert isnan(found.value)
    assert (found.low, found.high) == (0, 1)


def test_impossible_proportions_are_refused() -> None:
    for count, trials in [(-1, 3), (4, 3)]:
        with pytest.raises(ValueError, match="no proportion"):
            calibration.proportion(count, trials)


def test_the_threshold_lies_just_above_the_first_impostor_it_refuses() -> None:
    point = calibration.threshold_at_fmr([0.1, 0.4, 0.2, 0.3], 0.25)
    assert point.threshold == nextafter(0.3, 1)
    assert (point.fmr.count, point.fmr.trials) == (1, 4)


def test_impostors_tied_at_the_threshold_are_all_refused() -> None:
    point = calibration.threshold_at_fmr([0.1, 0.3, 0.3, 0.3, 0.4], 0.4)
    assert point.threshold == nextafter(0.3, 1)
    assert point.fmr.count == 1


def test_a_rate_that_is_a_whole_number_of_comparisons_is_used_up() -> None:
    similarities = np.arange(100) / 100
    assert calibration.threshold_at_fmr(similarities, 0.29).fmr.count == 29  # 0.29 * 100 < 29 in floats


def test_the_threshold_of_float32_similarities_survives_rounding_to_float32() -> None:
    impostor = np.array([0.1, 0.3, 0.4], np.float32)
    point = calibration.threshold_at_fmr(impostor, 1 / 3)
    assert (impostor >= np.float32(point.threshold)).sum() == 1


def test_an_fmr_of_one_accepts_everybody() -> None:
    point = calibration.threshold_at_fmr([0.1, -1.0], 1.0)
    assert point.threshold == -inf
    assert point.fmr.value == 1


@given(SIMILARITIES, RATE)
def test_the_fmr_at_the_threshold_is_the_one_stated_and_at_most_the_one_wanted(
    impostor: list[float], wanted: float
) -> None:
    point = calibration.threshold_at_fmr(impostor, wanted)
    assert calibration.fmr(impostor, point.threshold) == point.fmr
    assert point.fmr.value <= wanted + 1e-9


@given(SIMILARITIES, st.floats(0, 1, exclude_max=True))
def test_no_lower_threshold_keeps_the_wanted_fmr(impostor: list[float], wanted: float) -> None:
    point = calibration.threshold_at_fmr(impostor, wanted)
    if point.threshold > -inf:
        assert calibration.fmr(impostor, nextafter(point.threshold, -inf)).value > wanted


@given(SIMILARITIES, RATE, RATE)
def test_a_greater_fmr_never_needs_a_higher_threshold(
    impostor: list[float], one: float, other: float
) -> None:
    strict, lax = (calibration.threshold_at_fmr(impostor, rate) for rate in sorted([one, other]))
    assert lax.threshold <= strict.threshold


@given(SIMILARITIES, RATE, st.data())
def test_the_most_similar_impostors_alone_give_the_same_threshold(
    impostor: list[float], wanted: float, data: st.DataObject
) -> None:
    kept = sorted(impostor)[-data.draw(st.integers(1, len(impostor))) :]
    whole = calibration.threshold_at_fmr(impostor, wanted)
    if whole.threshold > -inf and wanted * len(impostor) + 1e-9 < len(kept):
        assert calibration.threshold_at_fmr(kept, wanted, comparisons=len(impostor)) == whole


def test_too_few_kept_similarities_are_refused() -> None:
    with pytest.raises(ValueError, match="were kept"):
        calibration.threshold_at_fmr([0.5, 0.6], 0.2, comparisons=10)
    with pytest.raises(ValueError, match="left out"):
        calibration.fmr([0.5, 0.6], 0.4, comparisons=10)
    with pytest.raises(ValueError, match="of 1 comparisons"):
        calibration.fmr([0.5, 0.6], 0.4, comparisons=1)


def test_an_fmr_that_the_comparisons_cannot_support_is_flagged() -> None:
    impostor = np.linspace(0, 1, 3000)
    assert calibration.threshold_at_fmr(impostor, 1e-2).supported
    assert not calibration.threshold_at_fmr(impostor, 0.9e-2).supported


def test_a_threshold_needs_impostors_and_a_rate() -> None:
    with pytest.raises(ValueError, match="no impostor"):
        calibration.threshold_at_fmr([], 0.1)
    for rate in (-0.1, 1.1, nan):
        with pytest.raises(ValueError, match="between 0 and 1"):
            calibration.threshold_at_fmr([0.1], rate)


@pytest.mark.parametrize("similarities", [[0.1, nan], [[0.1]]])
def test_similarities_that_are_none_are_refused(similarities: ArrayLike) -> None:
    with pytest.raises(ValueError, match="similarities"):
        calibration.fmr(similarities, 0.5)
    with pytest.raises(ValueError, match="similarities"):
        calibration.fnmr(similarities, 0.5)


def test_tar_at_fmr_of_a_known_case() -> None:
    genuine, impostor = [0.25, 0.35, 0.5, 0.9], [0.1, 0.2, 0.3, 0.4]
    assert calibration.tar_at_fmr(genuine, impostor, 0.0).count == 2
    assert calibration.tar_at_fmr(genuine, impostor, 0.25).count == 3
    assert calibration.tar_at_fmr(genuine, impostor, 0.25, failures=4).value == 3 / 8


@given(SIMILARITIES, SIMILARITIES, st.integers(0, 3))
def test_the_roc_agrees_with_the_rates_at_its_thresholds(
    genuine: list[float], impostor: list[float], failures: int
) -> None:
    curve = calibration.roc(genuine, impostor, failures=failures)
    for threshold, rate, tar in zip(curve.thresholds, curve.fmr, curve.tar, strict=True):
        assert rate == calibration.fmr(impostor, threshold).value
        assert tar == pytest.approx(1 - calibration.fnmr(genuine, threshold, failures=failures).value)


@given(SIMILARITIES, SIMILARITIES)
def test_the_roc_rises_from_the_origin_to_every_genuine_comparison(
    genuine: list[float], impostor: list[float]
) -> None:
    curve = calibration.roc(genuine, impostor)
    assert (curve.fmr[0], curve.tar[0]) == (0, 0)
    assert curve.tar[-1] == 1
    assert (np.diff(curve.fmr) >= 0).all()
    assert (np.diff(curve.tar) > 0).all()


def test_the_roc_of_kept_impostors_is_the_upper_part_of_the_whole() -> None:
    genuine, impostor = [0.05, 0.25, 0.35, 0.5], [0.1, 0.2, 0.3, 0.4]
    whole = calibration.roc(genuine, impostor)
    part = calibration.roc(genuine, impostor[2:], comparisons=4)
    assert part.thresholds.tolist() == [inf, 0.5, 0.35]
    assert part.fmr.tolist() == whole.fmr[:3].tolist()
    assert part.tar.tolist() == whole.tar[:3].tolist()


def test_a_roc_needs_both_kinds() -> None:
    for genuine, impostor in ([], [0.1]), ([0.1], []):
        with pytest.raises(ValueError, match="genuine and impostor"):
            calibration.roc(genuine, impostor)


def test_the_fpir_of_known_galleries() -> None:
    assert calibration.fpir_of_fmr(0.5, 2) == pytest.approx(0.75)
    assert calibration.fpir_of_fmr(1e-4, 1) == pytest.approx(1e-4)
    assert calibration.fpir_of_fmr(1e-4, 5000) == pytest.approx(0.3935, abs=1e-4)
    assert calibration.fpir_of_fmr(1.0, 5) == 1
    assert calibration.fmr_for_fpir(1.0, 5) == 1


@given(st.floats(0, 0.5), st.integers(1, 100_000))
def test_scaling_to_a_gallery_and_back_changes_nothing(rate: float, gallery_size: int) -> None:
    scaled = calibration.fmr_for_fpir(rate, gallery_size)
    assert scaled <= rate * (1 + 1e-12)
    assert calibration.fpir_of_fmr(scaled, gallery_size) == pytest.approx(rate)


def test_a_larger_gallery_needs_a_higher_threshold() -> None:
    impostor = np.linspace(0, 1, 1001)
    thresholds = [calibration.identification_threshold(impostor, 0.5, n).threshold for n in (1, 10, 100)]
    assert thresholds == sorted(thresholds)
    assert thresholds[0] < thresholds[-1]
    assert thresholds[0] == calibration.threshold_at_fmr(impostor, 0.5).threshold


def test_searches_for_strangers_that_return_somebody_are_false_positives() -> None:
    assert calibration.fpir([0.1, 0.5, 0.6], 0.5).count == 2


def test_searches_fail_below_the_threshold_and_behind_another_person() -> None:
    mated, best_other = [0.4, 0.6, 0.8, 0.9], [0.1, 0.7, 0.8, 0.3]
    assert calibration.fnir(mated, best_other, 0.5).count == 3
    assert calibration.fnir(mated, [-inf] * 4, 0.5).count == 1
    assert calibration.fnir(mated, best_other, 0.5, failures=4).value == 7 / 8


@dataclass(frozen=True)
class ManyCohorts:
    mean: ArrayLike
    deviation: ArrayLike


def test_as_norm_of_a_known_case() -> None:
    normalised = calibration.as_norm(0.5, Cohort(0.1, 0.2, 200), Cohort(0.3, 0.1, 200))
    assert normalised == pytest.approx((2 + 2) / 2)
    assert calibration.as_norm(0.5, Cohort(0.1, 0.1, 200), Cohort(0.3, 0.1, 200)) == pytest.approx(
        (4 + 2) / 2
    )


def test_as_norm_of_many_at_once() -> None:
    probes = ManyCohorts(np.array([[0.1], [0.2]]), np.array([[0.1], [0.2]]))
    templates = ManyCohorts(np.array([0.0, 0.1, 0.2]), np.array([0.1, 0.1, 0.1]))
    normalised = calibration.as_norm(np.full((2, 3), 0.6), probes, templates)
    assert normalised.shape == (2, 3)
    assert normalised[1, 2] == pytest.approx((0.4 / 0.2 + 0.4 / 0.1) / 2)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_as_norm_keeps_the_order_of_one_pair_of_people(one: float, other: float) -> None:
    sides = Cohort(0.1, 0.2, 200), Cohort(0.3, 0.1, 200)
    low, high = sorted([one, other])
    assert calibration.as_norm(low, *sides) <= calibration.as_norm(high, *sides)


def test_as_norm_treats_both_sides_alike() -> None:
    one, other = Cohort(0.1, 0.2, 200), Cohort(0.3, 0.1, 200)
    assert calibration.as_norm(0.5, one, other) == calibration.as_norm(0.5, other, one)


def test_a_cohort_without_spread_is_refused() -> None:
    good = Cohort(0.1, 0.2, 200)
    for bad in (Cohort(0.0, 0.0, 0), Cohort(0.1, nan, 1)):
        with pytest.raises(ValueError, match="without spread"):
            calibration.as_norm(0.5, good, bad)
        with pytest.raises(ValueError, match="without spread"):
            calibration.as_norm(0.5, bad, good)


def test_every_set_of_encoders_has_a_shipped_threshold_in_any_order() -> None:
    for encoders in (DEFAULT_ENCODERS, DEFAULT_ENCODERS[::-1], *((name,) for name in DEFAULT_ENCODERS)):
        assert 0 < shipped_threshold(encoders, 1) < 1
    assert shipped_threshold(DEFAULT_ENCODERS, 2) == shipped_threshold(DEFAULT_ENCODERS[::-1], 2)


def test_a_template_of_more_photos_has_a_higher_threshold() -> None:
    one, two, three, five = (shipped_threshold(DEFAULT_ENCODERS, photos) for photos in (1, 2, 3, 5))
    assert one < two < three == five


def test_a_template_of_no_photo_has_no_threshold() -> None:
    with pytest.raises(ValueError, match="at least one photo"):
        shipped_threshold(DEFAULT_ENCODERS, 0)


def test_a_proportion_is_a_value() -> None:
    assert calibration.proportion(1, 4) == calibration.proportion(1, 4)
    assert isinstance(calibration.proportion(1, 4), Proportion)
