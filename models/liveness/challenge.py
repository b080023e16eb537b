"""What a phone is asked to see: a short random sequence of head turns and blinks."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final, Literal, TypeAlias, cast, get_args

Step: TypeAlias = Literal["left", "right", "up", "blink"]

STEPS: Final[tuple[Step, ...]] = get_args(Step)
LENGTHS: Final = (3, 4)
# Turns to both sides are what a bent photo can't do; more than one of the others only makes it longer.
ALWAYS: Final = ("left", "right")
AT_MOST_ONCE: Final = ("up", "blink")


@dataclass(frozen=True, slots=True)
class Challenge:
    """Three or four steps, among them always a turn to the left and one to the right.

    left, right : turn the head by about 30 degrees to the subject's own left or right, as seen in a picture
        that is not mirrored: with "left" the nose points to the picture's right.
    up : lift the chin by about 30 degrees.
    blink : hold the eyes closed, or blink while several frames are taken.

    Raises ValueError for steps that are no such sequence.
    """

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not _is_askable(self.steps):
            raise ValueError(f"no challenge: {', '.join(self.steps)}")

    @classmethod
    def of(cls, steps: Sequence[str]) -> "Challenge":
        """The challenge with these steps, as they were stored. Raises ValueError when there is none."""
        return cls(cast("tuple[Step, ...]", tuple(steps)))

    @classmethod
    def random(cls, rng: random.Random, previous: Sequence[str] | None = None) -> "Challenge":
        """Any of all challenges, each as likely as the others, but not the one asked before.

        Parameters
        ----------
        rng : `random.SystemRandom()` in service, so that nobody can foresee it.
        previous : the steps that this person was asked last.
        """
        before = None if previous is None else tuple(previous)
        return cls(rng.choice([steps for steps in ALL_SEQUENCES if steps != before]))


def _is_askable(steps: Sequence[str]) -> bool:
    return (
        len(steps) in LENGTHS
        and all(step in STEPS for step in steps)
        and all(step in steps for step in ALWAYS)
        and all(steps.count(step) <= 1 for step in AT_MOST_ONCE)
        and all(first != second for first, second in pairwise(steps))
    )


ALL_SEQUENCES: Final[tuple[tuple[Step, ...], ...]] = tuple(
    steps for length in LENGTHS for steps in product(STEPS, repeat=length) if _is_askable(steps)
)
