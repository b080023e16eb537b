"""Do the frames that count show the selfie's person, and is none of them sent twice?

Only the frames that the judgement rests on are described, and those that look alike: a descriptor is the costliest
part of a frame, and whoever stands before the camera in one that nothing rests on gains nothing by it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import TypeAlias

import numpy as np

from models.image import hash_distance
from models.landmarks import Float32
from models.liveness.frame import FrameReading
from models.liveness.limits import ActiveLimits
from models.liveness.steps import MeasuredFrame

# Gives (n, 128) float32, a descriptor of each frame: `FaceEngine.describe_frames`.
Describe: TypeAlias = Callable[[Sequence[FrameReading]], Float32]


@dataclass(frozen=True, slots=True)
class Identity:
    """farthest : greatest Euclidean distance of a frame that counts to the selfie; None when none does.
    repeated : frames of two steps are one picture.
    """

    farthest: float | None
    repeated: bool


def identity_of(
    selfie_frame: FrameReading,
    counted: Sequence[FrameReading],
    measured: Sequence[MeasuredFrame],
    describe: Describe,
    limits: ActiveLimits,
) -> Identity:
    """`counted`: those of the frames that must be of one person; `measured`: all of them."""
    alike = [
        (first.reading, second.reading)
        for first, second in combinations(measured, 2)
        # Within one step two frames may well be alike: the head is held.
        if first.step != second.step
        and hash_distance(first.reading.phash, second.reading.phash) <= limits.repeat_bits
    ]
    described = _described([selfie_frame, *counted, *chain.from_iterable(alike)], describe)

    def distance(first: FrameReading, second: FrameReading) -> float:
        return float(np.linalg.norm(described[id(first)] - described[id(second)]))

    return Identity(
        farthest=max((distance(selfie_frame, frame) for frame in counted), default=None),
        repeated=any(distance(first, second) <= limits.repeat_distance for first, second in alike),
    )


def _described(readings: Sequence[FrameReading], describe: Describe) -> dict[int, Float32]:
    """Descriptors by the ids of the readings: those that are lacking made in one batch, each once."""
    found = {id(one): one.descriptor for one in readings if one.descriptor is not None}
    lacking = {id(one): one for one in readings if one.descriptor is None}
    made = describe(list(lacking.values())) if lacking else ()
    return {**found, **dict(zip(lacking, made, strict=True))}
