"""Similarities of comparisons -> error rates, thresholds for a wanted rate, and how sure they are.

Terms are those of ISO/IEC 19795-1. A comparison is *genuine* (mated) when both sides are the same person,
else *impostor*. Everywhere a comparison is a match when its similarity is at least the threshold, so a
similarity equal to the threshold is a match.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import expm1, floor, inf, log1p, nan, sqrt
from statistics import NormalDist
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]
Similarities = NDArray[np.floating[Any]]
Counts = NDArray[np.integer[Any]]

CONFIDENCE = 0.95
# "Rule of 30" (Doddington et al. 2000, and ISO/IEC 19795-1): with 30 errors the true rate is within 30 % of
# the observed one at a confidence of 90 %.
ERRORS_FOR_SUPPORT = 30

SHIPPED_FMR = 1e-4
# By encoders, for templates of one, two, and three or more photos: the mean of more photos is nearer to
# everybody, so that one threshold for all would give them another FMR. Each rounded up. From
# `python -m benchmarks.accuracy`, on 6.7 and 9.7 million comparisons of public figures (three photos: 1.7
# million); in other populations the same threshold can have another FMR.
_SHIPPED_THRESHOLDS: Mapping[frozenset[str], tuple[float, ...]] = MappingProxyType(
    {
        frozenset({"sface", "dlib"}): (0.663, 0.674, 0.679),
        frozenset({"sface"}): (0.416, 0.429, 0.433),
        frozenset({"dlib"}): (0.943, 0.949, 0.950),
    }
)


def shipped_threshold(encoders: Collection[str], photos: int) -> float:
    """The similarity from which a probe matches a template of so many photos, at an FMR of `SHIPPED_FMR`."""
    if photos < 1:
        raise ValueError(f"a template is made of at least one photo, not {photos}")
    by_photos = _SHIPPED_THRESHOLDS[frozenset(encoders)]
    return by_photos[min(photos, len(by_photos)) - 1]


@dataclass(frozen=True, slots=True)
class Proportion:
    """`count` of `trials`, and the interval that holds the true proportion with the confidence asked for."""

    count: int
    trials: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """NaN of no trials."""
        return self.count / self.trials if self.trials else nan


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold for a wanted FMR.

    fmr : what the threshold gives on the comparisons it was set on.
    supported : the comparisons are enough to speak of this FMR: at least `ERRORS_FOR_SUPPORT` false matches
        are expected among them. Without it the threshold rests on a handful of pairs.
    """

    threshold: float
    wanted_fmr: float
    fmr: Proportion
    supported: bool


@dataclass(frozen=True, slots=True)
class Roc:
    """TAR over FMR: (m,) each, thresholds descending from infinity, rates ascending."""

    thresholds: Numbers
    fmr: Numbers
    tar: Numbers


class CohortStatistics(Protocol):
    """What AS-norm needs to know of one side: a `models.gallery.Cohort`, or arrays of many."""

    @property
    def mean(self) -> ArrayLike: ...
    @property
    def deviation(self) -> ArrayLike: ...


def as_norm(
    similarity: ArrayLike, probe_cohort: CohortStatistics, template_cohort: CohortStatistics
) -> Numbers:
    """Similarity relative to how much each side resembles the people most similar to it.

    ((s - mean_p) / deviation_p + (s - mean_t) / deviation_t) / 2: adaptive symmetric normalisation (AS-norm1
    of Matejka et al., "Analysis of Score Normalization in Multilingual Speaker Recognition", 2017).

    Returns float64 of the shape to which the arguments broadcast. ValueError when a deviation is not above 0.
    """
    s = np.asarray(similarity, np.float64)
    normalised = []
    for cohort in (probe_cohort, template_cohort):
        deviation = np.asarray(cohort.deviation, np.float64)
        if not (deviation > 0).all():
            raise ValueError("a cohort without spread cannot normalise")
        normalised.append((s - np.asarray(cohort.mean, np.float64)) / deviation)
    return np.asarray((normalised[0] + normalised[1]) / 2)


def proportion(count: int, trials: int, confidence: float = CONFIDENCE) -> Proportion:
    """`count` of `trials` with Wilson's score interval (Wilson 1927), which holds near 0 and 1 too.

    The interval takes the trials as independent. Comparisons that share people are not: `models.bootstrap`
    gives the wider, honest one.
    """
    if not 0 <= count <= trials:
        raise ValueError(f"{count} of {trials} is no proportion")
    if trials == 0:
        return Proportion(0, 0, 0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p, z2n = count / trials, z * z / trials
    centre = (p + z2n / 2) / (1 + z2n)
    half = z / (1 + z2n) * sqrt(p * (1 - p) / trials + z2n / (4 * trials))
    # At 0 and 1 the bound is p itself; the formula misses it by rounding.
    low = 0.0 if count == 0 else centre - half
    high = 1.0 if count == trials else centre + half
    return Proportion(count, trials, low, high)


def fmr(impostor: ArrayLike, threshold: float, *, comparisons: int | None = None) -> Proportion:
    """False match rate: the share of impostor comparisons at or above the threshold.

    impostor : (n,) similarities; all, or of `comparisons` the most similar, down to below the threshold.
    """
    kept, total = _checked_impostors(impostor, comparisons)
    matches = int((kept >= np.float64(threshold)).sum())
    if matches == len(kept) < total:
        raise ValueError("the threshold is not above the similarities that were left out")
    return proportion(matches, total)


def fnmr(genuine: ArrayLike, threshold: float, *, failures: int = 0) -> Proportion:
    """False non-match rate: the share of genuine comparisons below the threshold.

    genuine : (n,) similarities.
    failures : attempts in which there was nothing to compare (no face found), counted as further non-matches.
        With them this is the standard's false reject rate of single attempts.
    """
    similarities = _checked(genuine)
    missed = int((similarities < np.float64(threshold)).sum())
    return proportion(missed + failures, len(similarities) + failures)


def threshold_at_fmr(impostor: ArrayLike, wanted: float, *, comparisons: int | None = None) -> OperatingPoint:
    """The lowest threshold whose FMR on these comparisons is at most the wanted one.

    It lies just above an impostor similarity, and all impostors tied with that one fall below it: ties make
    the FMR smaller than wanted, never greater.

    impostor : (n,) similarities; all, or of `comparisons` the most similar.
    ValueError : no comparisons, or fewer similarities kept than the wanted FMR lets through.
    """
    if not 0 <= wanted <= 1:
        raise ValueError(f"an FMR is between 0 and 1, not {wanted}")
    kept, total = _checked_impostors(impostor, comparisons)
    if total == 0:
        raise ValueError("no impostor comparisons to set a threshold on")
    allowed = _allowed(wanted, total)
    if allowed == total:
        return OperatingPoint(-inf, wanted, proportion(total, total), _supports(total, wanted))
    if allowed >= len(kept):
        raise ValueError(f"an FMR of {wanted} needs {allowed + 1} of the similarities, {len(kept)} were kept")
    place = len(kept) - 1 - allowed
    refused = np.partition(kept, place)[place]
    # In the similarities' own precision: a step of float64 would vanish in a float32 comparison.
    threshold = float(np.nextafter(refused, kept.dtype.type(inf)))
    matches = int((kept > refused).sum())
    return OperatingPoint(threshold, wanted, proportion(matches, total), _supports(total, wanted))


def tar_at_fmr(
    genuine: ArrayLike,
    impostor: ArrayLike,
    wanted: float,
    *,
    comparisons: int | None = None,
    failures: int = 0,
) -> Proportion:
    """True accept rate, 1 - `fnmr`, at the threshold for the wanted FMR. Arguments as of these two."""
    point = threshold_at_fmr(impostor, wanted, comparisons=comparisons)
    missed = fnmr(genuine, point.threshold, failures=failures)
    return proportion(missed.trials - missed.count, missed.trials)


def roc(genuine: ArrayLike, impostor: ArrayLike, *, comparisons: int | None = None, failures: int = 0) -> Roc:
    """All corners of the ROC: a threshold at each distinct genuine similarity, and at infinity.

    Arguments as of `tar_at_fmr`. Where only the most similar impostors were kept, the curve ends with them.
    """
    mated, (kept, total) = np.sort(_checked(genuine)), _checked_impostors(impostor, comparisons)
    if total == 0 or len(mated) + failures == 0:
        raise ValueError("a ROC needs genuine and impostor comparisons")
    nonmated = np.sort(kept)
    thresholds = np.unique(mated)[::-1].astype(np.float64)
    if len(kept) < total:
        thresholds = thresholds[thresholds > (nonmated[0] if len(kept) else inf)]
    thresholds = np.concatenate([[inf], thresholds])
    matches = len(nonmated) - np.searchsorted(nonmated, thresholds)
    accepts = len(mated) - np.searchsorted(mated, thresholds)
    return Roc(thresholds, matches / total, accepts / (len(mated) + failures))


def fpir_of_fmr(fmr: float, gallery_size: int) -> float:
    """False positive identification rate of a search among `gallery_size` people: 1 - (1 - FMR)^N.

    Takes the comparisons of a search as independent (ISO/IEC 19795-1). They are not quite: probes that
    resemble many people make the true rate somewhat smaller.
    """
    return -expm1(gallery_size * log1p(-fmr)) if fmr < 1 else 1.0


def fmr_for_fpir(fpir: float, gallery_size: int) -> float:
    """The inverse of `fpir_of_fmr`: 1 - (1 - FPIR)^(1/N)."""
    return -expm1(log1p(-fpir) / gallery_size) if fpir < 1 else 1.0


def identification_threshold(
    impostor: ArrayLike, wanted_fpir: float, gallery_size: int, *, comparisons: int | None = None
) -> OperatingPoint:
    """The 1:1 threshold scaled to searches among `gallery_size` people, for a wanted FPIR."""
    return threshold_at_fmr(impostor, fmr_for_fpir(wanted_fpir, gallery_size), comparisons=comparisons)


def fpir(best_of_nonmated: ArrayLike, threshold: float) -> Proportion:
    """False positive identification rate: the share of searches for people who are not enrolled that return
    somebody.

    best_of_nonmated : (n,) similarity of the best candidate of each search.
    """
    best = _checked(best_of_nonmated)
    return proportion(int((best >= np.float64(threshold)).sum()), len(best))


def fnir(mated: ArrayLike, best_other: ArrayLike, threshold: float, *, failures: int = 0) -> Proportion:
    """False negative identification rate, rank 1: the share of searches for enrolled people that return
    nobody, or somebody else first. An equally similar other person counts as first.

    mated : (n,) similarity to the right person.
    best_other : (n,) similarity to the best other candidate, -inf without one.
    failures : searches that could not be made, counted as misses.
    """
    right, other = _checked(mated), np.asarray(best_other)
    missed = int(((right < np.float64(threshold)) | (other >= right)).sum())
    return proportion(missed + failures, len(right) + failures)


def _supports(total: int, wanted: float) -> bool:
    return wanted * total >= ERRORS_FOR_SUPPORT


def _allowed(wanted: float, total: int) -> int:
    # The product may fall just short of the whole number that is meant: 0.29 * 100 is 28.999...
    return min(total, floor(wanted * total + 1e-9))


def _checked_impostors(impostor: ArrayLike, comparisons: int | None) -> tuple[Similarities, int]:
    kept = _checked(impostor)
    total = len(kept) if comparisons is None else comparisons
    if total < len(kept):
        raise ValueError(f"{len(kept)} similarities of {total} comparisons")
    return kept, total


def _checked(similarities: ArrayLike) -> Similarities:
    array = np.asarray(similarities)
    if not np.issubdtype(array.dtype, np.floating):
        array = array.astype(np.float64)
    if array.ndim != 1 or np.isnan(array).any():
        raise ValueError(f"expected (n,) similarities without NaN, got shape {array.shape}")
    return array
