"""Error rates of liveness attempts, and their intervals."""

from math import isnan, nan

import numpy as np
import pytest

from benchmarks.liveness_attempts import Outcome
from benchmarks.liveness_rates import auc, rate_of, row_of


def test_a_rate_is_a_share_of_attempts_with_an_interval_over_people() -> None:
    events = [True] * 10 + [False] * 30
    people = ["a"] * 10 + ["b"] * 10 + ["c"] * 10 + ["d"] * 10
    rate = rate_of(events, people)
    assert rate.value == 0.25
    assert (rate.interval.low, rate.interval.high) == pytest.approx((0, 0.75), abs=0.26)


def test_no_event_at_all_leaves_room_by_the_number_of_people_not_of_attempts() -> None:
    people = [str(index % 8) for index in range(8000)]
    rate = rate_of([False] * 8000, people)
    assert rate.value == 0
    assert 0.3 < rate.interval.high < 0.35


def test_the_area_is_the_chance_that_genuine_is_greater() -> None:
    assert auc([2, 3, 4], [0, 1]) == 1
    assert auc([1, 2], [1, 2]) == 0.5
    assert auc([2, nan], [1, nan]) == 1
    assert isnan(auc([], [1]))


def test_attacks_count_as_accepted_and_genuine_attempts_as_refused() -> None:
    outcomes = [
        Outcome("a", 5.0, geometry=True, live=True),
        Outcome("a", 5.0, geometry=True, live=False, reasons=("not_continuous",)),
        Outcome("b", 1.0, geometry=False, live=False),
        Outcome("b", nan, geometry=False, live=False),
    ]
    attack = row_of("x", "attack", "made up", outcomes, np.array([6.0]))
    genuine = row_of("x", "genuine", "made up", outcomes, np.array([6.0]))
    assert (attack.geometry.value, attack.all_rules.value) == (0.5, 0.25)
    assert (genuine.geometry.value, genuine.all_rules.value) == (0.5, 0.75)
    assert attack.reasons == {"not_continuous": 1}
    assert attack.auc == 1
