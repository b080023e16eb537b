"""Where a phone says it was, against the fences of its owner's places of work. Pure.

Only what is clearly outside every place is a reason for a person to look. All else are flags: they are shown
beside a check-in, and decide nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Final, Literal

Relation = Literal["inside", "outside", "unsure"]
Standing = Literal["inside", "outside", "unsure", "no_position", "no_site", "no_fence"]

OUTSIDE: Final = "outside_sites"
# Mean radius of the Earth (IUGG). A sphere is off by at most 0.6 %: half a metre at the edge of a usual fence.
EARTH_RADIUS_M: Final = 6_371_008.8
# A fix without satellites and known networks, by cell towers alone, is a kilometre wide and more: it may be
# wrong by more than it says.
USEFUL_ACCURACY_M: Final = 1_000.0
# Satellite fixes of one desk differ from each other in the last digits, every day.
SAME_FIXES: Final = 3
SAME_FOR: Final = timedelta(days=2)
# Above the fastest train; a flight between two check-ins counts with the hours at both airports.
FASTEST_M_S: Final = 100.0
# Below it two fixes of one place, taken within seconds, would be a journey.
JOURNEY_FROM_M: Final = 2_000.0
# A couple shares a phone, and a colleague helps out. Three in a month are more than that.
MANY_PEOPLE: Final = 3


@dataclass(frozen=True, slots=True)
class Fix:
    """A position in degrees, the radius of the circle that the phone is in, and when it was taken (aware)."""

    latitude: float
    longitude: float
    accuracy_m: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Fence:
    """A place of work: its code and its circle."""

    site: str
    latitude: float
    longitude: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class Place:
    """A fix against the nearest fence. `distance_m` is to the middle of the fence."""

    relation: Relation
    fence: Fence
    distance_m: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """`nearest`: None where there is nothing to compare. `reasons`: why a person has to look, if so."""

    standing: Standing
    nearest: Place | None
    reasons: tuple[str, ...]


def distance_m(from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Along a great circle, by the haversine formula. All in degrees."""
    north, east = radians(to_latitude - from_latitude), radians(to_longitude - from_longitude)
    chord = sin(north / 2) ** 2 + cos(radians(from_latitude)) * cos(radians(to_latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, chord)))


def relate(distance_m: float, accuracy_m: float, radius_m: float) -> Relation:
    """The circle that the phone is in against the fence: wholly inside, wholly outside, or neither."""
    if accuracy_m > USEFUL_ACCURACY_M:
        return "unsure"
    if distance_m - accuracy_m > radius_m:
        return "outside"
    return "inside" if distance_m + accuracy_m <= radius_m else "unsure"


def nearest(fix: Fix, fences: Sequence[Fence]) -> Place | None:
    """The fence whose edge is nearest; one that the phone is inside of is nearer than any other."""
    places = [_place(fix, fence) for fence in fences]
    return min(places, key=lambda place: place.distance_m - place.fence.radius_m, default=None)


def judge(fix: Fix | None, fences: Sequence[Fence], *, unmeasured: bool, away: bool) -> Judgement:
    """
    unmeasured : the person has a place of work too whose fence nobody has measured: they may be there.
    away : they need not be at any place of work then, by an approved absence.
    """
    place = None if fix is None else nearest(fix, fences)
    if fix is None:
        return Judgement("no_position", None, ())
    if place is None:
        return Judgement("no_fence" if unmeasured else "no_site", None, ())
    if place.relation != "outside":
        return Judgement(place.relation, place, ())
    if unmeasured:
        return Judgement("unsure", place, ())
    return Judgement("outside", place, () if away else (OUTSIDE,))


def flags(fix: Fix | None, earlier: Sequence[Fix], *, people_of_device: int) -> tuple[str, ...]:
    """What an auditor should see of a position and of its phone, whatever is decided.

    earlier : of the same person, in any order.
    people_of_device : how many have checked in lately with the same device, this person too.
    """
    found = _flags_of_fix(fix, earlier) if fix is not None else ["no_position"]
    if people_of_device >= MANY_PEOPLE:
        found.append("shared_device")
    return tuple(found)


def _place(fix: Fix, fence: Fence) -> Place:
    far = distance_m(fix.latitude, fix.longitude, fence.latitude, fence.longitude)
    return Place(relate(far, fix.accuracy_m, fence.radius_m), fence, far)


def _flags_of_fix(fix: Fix, earlier: Sequence[Fix]) -> list[str]:
    found = {
        "vague_position": fix.accuracy_m > USEFUL_ACCURACY_M,
        "perfect_accuracy": fix.accuracy_m == 0,
        "round_coordinates": fix.latitude.is_integer() and fix.longitude.is_integer(),
        "same_coordinates": _stands_still(fix, earlier),
        "too_fast": _is_too_fast(fix, earlier),
    }
    return [name for name, there in found.items() if there]


def _stands_still(fix: Fix, earlier: Sequence[Fix]) -> bool:
    """The very same digits again and again, over days."""
    same = [one.at for one in earlier if (one.latitude, one.longitude) == (fix.latitude, fix.longitude)] + [
        fix.at
    ]
    return len(same) >= SAME_FIXES and max(same) - min(same) >= SAME_FOR


def _is_too_fast(fix: Fix, earlier: Sequence[Fix]) -> bool:
    """Faster than anybody travels since the fix before; what both are unsure by does not count."""
    before = max((one for one in earlier if one.at <= fix.at), key=lambda one: one.at, default=None)
    if before is None:
        return False
    far = distance_m(before.latitude, before.longitude, fix.latitude, fix.longitude)
    journey = far - before.accuracy_m - fix.accuracy_m
    took_s = max(1.0, (fix.at - before.at).total_seconds())
    return journey >= JOURNEY_FROM_M and journey / took_s > FASTEST_M_S
