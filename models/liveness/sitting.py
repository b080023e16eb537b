"""Are the frames of a challenge of one person, in one sitting, each taken anew?"""

from collections.abc import Sequence
from itertools import combinations, pairwise

from models.image import hash_distance
from models.liveness.continuity import Change, change_between
from models.liveness.frame import FrameReading
from models.liveness.limits import ActiveLimits
from models.liveness.steps import MeasuredFrame


def changes_over(selfie_frame: FrameReading, measured: Sequence[MeasuredFrame]) -> list[Change]:
    """From the selfie to the first frame, and on from each frame to the next."""
    readings = [selfie_frame, *(frame.reading for frame in measured)]
    return [change_between(before, after) for before, after in pairwise(readings)]


def sitting_reasons(
    selfie_frame: FrameReading,
    measured: Sequence[MeasuredFrame],
    changes: Sequence[Change],
    limits: ActiveLimits,
) -> set[str]:
    found = set()
    if any(_distance(selfie_frame, frame) > limits.max_distance for frame in measured):
        found.add("not_the_same_face")
    if any(_same_picture(first, second, limits) for first, second in combinations(measured, 2)):
        found.add("repeated_frame")
    formats = {frame.reading.thumbnail.shape for frame in measured}
    if len(formats) > 1 or any(_is_jump(change, limits) for change in changes):
        found.add("not_continuous")
    if any(_following(change) > limits.max_following for change in changes):
        found.add("moves_with_surroundings")
    return found


def _distance(selfie_frame: FrameReading, frame: MeasuredFrame) -> float:
    return float(((selfie_frame.descriptor - frame.reading.descriptor) ** 2).sum() ** 0.5)


def _same_picture(first: MeasuredFrame, second: MeasuredFrame, limits: ActiveLimits) -> bool:
    # Within one step two frames may well be alike: the head is held.
    return (
        first.step != second.step
        and hash_distance(first.reading.phash, second.reading.phash) <= limits.repeat_bits
        and float(((first.reading.descriptor - second.reading.descriptor) ** 2).sum() ** 0.5)
        <= limits.repeat_distance
    )


def _is_jump(change: Change, limits: ActiveLimits) -> bool:
    return (
        (change.surroundings or 0.0) > limits.max_surroundings
        or change.face_colour > limits.max_face_colour
        or change.light > limits.max_light
        or change.size > limits.max_size
        or change.place > limits.max_place
    )


def _following(change: Change) -> float:
    """How much better the surroundings fit when they are moved as the face is; never under 0."""
    if change.still is None or change.along_with_face is None:
        return 0.0
    return max(0.0, change.still - change.along_with_face)


def sitting_numbers(
    selfie_frame: FrameReading, measured: Sequence[MeasuredFrame], changes: Sequence[Change]
) -> dict[str, float]:
    if not measured:
        return {}
    return {
        "distance": max(_distance(selfie_frame, frame) for frame in measured),
        "surroundings": max(change.surroundings or 0.0 for change in changes),
        "following": max(_following(change) for change in changes),
        "face_colour": max(change.face_colour for change in changes),
        "light": max(change.light for change in changes),
        "size": max(change.size for change in changes),
        "place": max(change.place for change in changes),
    }
