"""Rates of liveness attempts and cues: APCER, BPCER, AUC, with intervals that draw whole people."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmarks.liveness_attempts import Outcome
from models.bootstrap import Interval, by_person
from models.calibration import proportion

Reals: TypeAlias = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of attempts, and the 95 % interval by bootstrap over people; where nothing happened, Wilson's
    with the people as trials."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of attempts.

    geometry, all_rules : of attacks the share accepted (APCER), of genuine attempts the share refused (BPCER).
    auc : of the evidence of solidity, genuine attempts against these; NaN without evidence.
    reasons : why attempts that passed the geometry were refused, with their number.
    """

    name: str
    kind: Literal["attack", "genuine"]
    data: str
    people: int
    attempts: int
    geometry: Rate
    all_rules: Rate
    auc: float
    reasons: dict[str, int]


def rate_of(events: Sequence[bool], people: Sequence[str]) -> Rate:
    person = np.unique(people, return_inverse=True)[1]
    count = int(person.max()) + 1
    happened = np.bincount(person, weights=np.asarray(events, float), minlength=count)
    attempts = np.bincount(person, minlength=count)
    value = float(happened.sum() / attempts.sum())
    if value in (0.0, 1.0):
        wilson = proportion(round(value * count), count)
        return Rate(value, Interval(wilson.low, wilson.high))
    drawn = by_person(lambda weights: np.array([weights @ happened / (weights @ attempts)]), count)
    return Rate(value, drawn[0])


def row_of(
    name: str, kind: Literal["attack", "genuine"], data: str, outcomes: Sequence[Outcome], genuine: Reals
) -> Row:
    """`genuine`: the evidence of genuine attempts, to compare with."""
    people = [outcome.person for outcome in outcomes]
    accepted = kind == "attack"
    evidence = np.array([outcome.evidence for outcome in outcomes])
    return Row(
        name=name,
        kind=kind,
        data=data,
        people=len(set(people)),
        attempts=len(outcomes),
        geometry=rate_of([outcome.geometry == accepted for outcome in outcomes], people),
        all_rules=rate_of([outcome.live == accepted for outcome in outcomes], people),
        auc=auc(genuine, evidence) if accepted else nan,
        reasons=dict(Counter(reason for outcome in outcomes for reason in outcome.reasons).most_common()),
    )


def auc(genuine: ArrayLike, attack: ArrayLike) -> float:
    """The chance that a genuine value is greater than an attack's, equal ones counting half; NaN are left out."""
    positive, negative = (values[~np.isnan(values)] for values in map(np.asarray, (genuine, attack)))
    if not len(positive) or not len(negative):
        return nan
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return float(below.mean() / (2 * len(negative)))
