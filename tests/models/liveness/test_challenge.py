"""Challenges: what may be asked, and that nobody can foresee it."""

import random
from collections import Counter
from itertools import pairwise

import pytest

from models.liveness.challenge import ALL_SEQUENCES, Challenge


def test_every_challenge_has_both_sides_and_three_or_four_steps_none_twice_running() -> None:
    for steps in ALL_SEQUENCES:
        assert {"left", "right"} <= set(steps)
        assert len(steps) in (3, 4)
        assert all(first != second for first, second in pairwise(steps))
        assert steps.count("up") <= 1
        assert steps.count("blink") <= 1


def test_the_challenge_asked_before_is_never_asked_again_next() -> None:
    rng = random.Random(0)
    previous = Challenge.random(rng).steps
    for _ in range(500):
        following = Challenge.random(rng, previous).steps
        assert following != previous
        previous = following


def test_all_challenges_are_equally_likely() -> None:
    rng = random.Random(0)
    drawn = Counter(Challenge.random(rng).steps for _ in range(100 * len(ALL_SEQUENCES)))
    assert set(drawn) == set(ALL_SEQUENCES)
    assert max(drawn.values()) < 2 * min(drawn.values()) + 40


def test_stored_steps_give_the_challenge_back() -> None:
    challenge = Challenge.random(random.Random(0))
    assert Challenge.of(list(challenge.steps)) == challenge


@pytest.mark.parametrize(
    "steps",
    [
        [],
        ["left", "right"],
        ["left", "up", "blink"],
        ["left", "left", "right"],
        ["left", "right", "down"],
        ["up", "left", "up", "right"],
        ["left", "right", "left", "right", "left"],
    ],
)
def test_other_sequences_are_no_challenge(steps: list[str]) -> None:
    with pytest.raises(ValueError, match="no challenge"):
        Challenge.of(steps)
