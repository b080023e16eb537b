"""Pools of genuine head turns (Pointing'04), and attacks made of them: other sittings, other people, replays."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from benchmarks.liveness_attempts import CHALLENGES, Attempt, random_attempt
from benchmarks.liveness_frames import Pool, Reader, Shot, Turned, photos_in_turn
from benchmarks.liveness_prints import Print, print_of
from models.image import decode
from models.liveness.frame import FrameReading

TILTS_DEG = (-15, 0, 15)
# In Pointing'04 pan grows to the subject's own right.
SIDES = {"left": -1, "right": 1}
ENDS_DEG, ON_THE_WAY_DEG, UP_DEG = (30, 45), 15, 30


def person_of(series: str) -> str:
    return series.split("_")[0]


def genuine_pools(series: Mapping[str, Turned]) -> dict[str, Pool]:
    return {
        name: Pool(
            person=person_of(name),
            selfies=[shots[0, 0]],
            ends={
                **{side: _shots(shots, [sign * pan for pan in ENDS_DEG]) for side, sign in SIDES.items()},
                "up": [shots[UP_DEG, 0]] if (UP_DEG, 0) in shots else [],
            },
            on_the_way={side: _shots(shots, [sign * ON_THE_WAY_DEG]) for side, sign in SIDES.items()},
        )
        for name, shots in series.items()
        if (0, 0) in shots
    }


def _shots(shots: Turned, pans: Sequence[int]) -> list[Shot]:
    return [shots[tilt, pan] for tilt in TILTS_DEG for pan in pans if (tilt, pan) in shots]


def other_sittings(pools: Mapping[str, Pool], *, moving: bool) -> Iterator[Pool]:
    """A selfie of one sitting and the turns of the other; not `moving`: their ends alone, photos shown in turn."""
    for name, pool in pools.items():
        for other, turns in pools.items():
            if other != name and turns.person == pool.person:
                yield Pool(pool.person, pool.selfies, turns.ends, turns.on_the_way if moving else {})


def other_people(pools: Mapping[str, Pool], rng: np.random.Generator) -> Iterator[Pool]:
    """A selfie of one person and every turn of another, a real head: only the identity is wrong."""
    for pool in pools.values():
        others = [other for other in pools.values() if other.person != pool.person]
        for at in rng.permutation(len(others))[:6]:
            turns = others[int(at)]
            yield Pool(pool.person, pool.selfies, turns.ends, turns.on_the_way)


def replays(pool: Pool, count: int, rng: np.random.Generator) -> Iterator[Attempt]:
    """Genuine frames for one challenge, sent in their order for another."""
    for _ in range(count):
        recorded, asked = (CHALLENGES[int(at)] for at in rng.choice(len(CHALLENGES), 2, replace=False))
        attempt = random_attempt(pool, recorded, rng)
        if attempt:
            frames = [(step, shot) for step, shot in attempt.frames if step < len(asked.steps)]
            yield Attempt(asked, attempt.selfie, frames)


def two_photos(reader: Reader, series: Mapping[str, Turned], rng: np.random.Generator) -> Iterator[Pool]:
    """A frontal photo and a turned one of each series, held before the camera in turn."""
    for name, shots in series.items():
        frontal = _print(shots[0, 0])
        for pan in ENDS_DEG:
            turned = _print(shots[0, SIDES["left"] * pan])
            if frontal and turned:
                yield photos_in_turn(reader, rng, person_of(name), frontal, turned)


def _print(shot: Shot) -> Print | None:
    if not isinstance(shot.reading, FrameReading):
        return None
    return print_of(decode(shot.jpeg), shot.reading.box)
