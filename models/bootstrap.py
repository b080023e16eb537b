"""Intervals of error rates by resampling people.

Comparisons that share a person are not independent: somebody who looks like many others is in thousands of
them. So whole people are drawn with replacement, with all comparisons between those drawn (the "subsets"
bootstrap of Bolle, Ratha and Pankanti, "Error analysis of pattern recognition systems", 2004).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.calibration import CONFIDENCE

Numbers = NDArray[np.float64]
Similarities = NDArray[np.floating[Any]]
Counts = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Genuine:
    """Genuine comparisons and whose they are.

    similarity : (n,) float.
    person : (n,) int, 0..people-1.
    failures_of : (people,) int, how many attempts of each person gave nothing to compare.
    """

    similarity: Similarities
    person: Counts
    failures_of: Counts


@dataclass(frozen=True, slots=True)
class Impostors:
    """The most similar impostor comparisons, and enough about all others to weigh them.

    Every template of a person has been compared with every probe of every other person, or (where templates
    and probes are the same photos) every photo with every photo of every other person, once.

    similarity : (m,) float, the m greatest, greatest first.
    template_person, probe_person : (m,) int, 0..people-1.
    templates_of, probes_of : (people,) int, how many each person has.
    comparisons : how many were made, m or more.
    """

    similarity: Similarities
    template_person: Counts
    probe_person: Counts
    templates_of: Counts
    probes_of: Counts
    comparisons: int


def by_person(
    statistic: Callable[[Counts], Numbers],
    people: int,
    *,
    replicates: int = 1000,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> list[Interval]:
    """Percentile intervals of statistics of people drawn with replacement.

    statistic : takes weights (people,) int, how often each person was drawn; returns (s,) float64, NaN where
        the people drawn do not say.

    Returns an interval for each of the s.
    """
    draws = np.random.default_rng(seed)
    values = np.array(
        [
            statistic(np.bincount(draws.integers(0, people, people), minlength=people))
            for _ in range(replicates)
        ]
    )
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(values, [tail, 1 - tail], axis=0)
    return [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def weighted_tar_at_fmr(
    genuine: Genuine, impostors: Impostors, wanted: Sequence[float], weights: Counts
) -> Numbers:
    """`calibration.tar_at_fmr` with each person counted `weights` times, for several FMRs.

    A comparison counts as often as the product of its people's weights; copies of one person are not compared
    with each other. ValueError when too few similarities were kept for an FMR.

    Returns (len(wanted),) float64, NaN when nobody of the weighted has a genuine attempt.
    """
    cumulative = np.cumsum(weights[impostors.template_person] * weights[impostors.probe_person])
    total = impostors.comparisons * _pairs(impostors, weights) / _pairs(impostors, np.ones_like(weights))
    own = weights[genuine.person]
    attempts = own.sum() + weights @ genuine.failures_of
    rates = np.full(len(wanted), np.nan)
    if attempts == 0:
        return rates
    for i, rate in enumerate(wanted):
        # The first impostor beyond the number allowed, and all equal to it, must fall below the threshold.
        place = int(np.searchsorted(cumulative, rate * total + 1e-9, side="right"))
        if place < len(cumulative):
            accepted = genuine.similarity > impostors.similarity[place]
        elif len(cumulative) == impostors.comparisons:
            accepted = np.ones(len(own), bool)
        else:
            raise ValueError(f"too few similarities were kept for an FMR of {rate}")
        rates[i] = own[accepted].sum() / attempts
    return rates


def tar_at_fmr(
    genuine: Genuine, impostors: Impostors, wanted: Sequence[float], *, replicates: int = 1000, seed: int = 0
) -> list[Interval]:
    """Interval of the TAR at each of the wanted FMRs."""
    people = len(impostors.probes_of)
    return by_person(
        lambda weights: weighted_tar_at_fmr(genuine, impostors, wanted, weights),
        people,
        replicates=replicates,
        seed=seed,
    )


def _pairs(impostors: Impostors, weights: Counts) -> float:
    """Comparisons between different people, up to a factor, when person p counts weights[p] times."""
    templates, probes = weights * impostors.templates_of, weights * impostors.probes_of
    return float(templates.sum() * probes.sum() - (templates * probes).sum())
