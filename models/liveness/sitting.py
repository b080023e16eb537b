"""Are the frames of a challenge of one sitting?"""

from collections.abc import Sequence
from itertools import pairwise

from models.liveness.continuity import Change, Scene, change_between
from models.liveness.frame import FrameReading
from models.liveness.limits import ActiveLimits
from models.liveness.steps import MeasuredFrame


def changes_over(selfie_frame: FrameReading, measured: Sequence[MeasuredFrame]) -> list[Change]:
    """From the selfie to the first frame, and on from each frame to the next."""
    scenes = [Scene.of(reading) for reading in (selfie_frame, *(frame.reading for frame in measured))]
    return [change_between(before, after) for before, after in pairwise(scenes)]


def sitting_reasons(
    measured: Sequence[MeasuredFrame], changes: Sequence[Change], limits: ActiveLimits
) -> set[str]:
    found = set()
    formats = {frame.reading.thumbnail.shape for frame in measured}
    if len(formats) > 1 or any(_is_jump(change, limits) for change in changes):
        found.add("not_continuous")
    if any(_following(change) > limits.max_following for change in changes):
        found.add("moves_with_surroundings")
    return found


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


def sitting_numbers(changes: Sequence[Change]) -> dict[str, float]:
    if not changes:
        return {}
    return {
        "surroundings": max(change.surroundings or 0.0 for change in changes),
        "following": max(_following(change) for change in changes),
        "face_colour": max(change.face_colour for change in changes),
        "light": max(change.light for change in changes),
        "size": max(change.size for change in changes),
        "place": max(change.place for change in changes),
    }
