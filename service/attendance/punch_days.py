"""Which working day each check-in belongs to, also where shifts go over midnight. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from service.attendance.day import Punch, local_date

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Frame:
    """The hours of a working day, and from when to when its check-ins come."""

    date: date
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    closes_at: datetime

    def holds(self, at: datetime) -> bool:
        return self.opens_at <= at <= self.closes_at

    def distance(self, punch: Punch) -> timedelta:
        """How far the check-in is from the end of the shift that it seems to be about."""
        to_start, to_end = abs(punch.at - self.starts_at), abs(punch.at - self.ends_at)
        if punch.kind == "in":
            return to_start
        return to_end if punch.kind == "out" else min(to_start, to_end)


def by_day(
    frames: Mapping[date, Frame], punches: Iterable[Punch], zone: tzinfo
) -> dict[date, Sequence[Punch]]:
    """Each check-in in just one day.

    It belongs to the working day in whose windows it lies; of two that overlap, to the one whose start (of an
    arrival) or end (of a departure) is nearer. Outside all windows it belongs to the calendar day.
    """
    return PunchDays(frames, zone).sort(punches)


class PunchDays:
    """`by_day` for many people who have the same working days by the same clock."""

    def __init__(self, frames: Mapping[date, Frame], zone: tzinfo) -> None:
        self._frames = frames
        self._zone = zone
        # Of each date: the frames of the day before, the day itself and the day after.
        self._near: dict[date, tuple[Frame, ...]] = {}

    def sort(self, punches: Iterable[Punch]) -> dict[date, Sequence[Punch]]:
        found: dict[date, list[Punch]] = {}
        for punch in punches:
            day = self._day_of(punch)
            if day in found:
                found[day].append(punch)
            else:
                found[day] = [punch]
        return dict(found)

    def _day_of(self, punch: Punch) -> date:
        at = punch.at
        today = local_date(at, self._zone)
        near = self._near.get(today)
        if near is None:
            near = self._near[today] = self._around(today)
        holding = [frame for frame in near if frame.opens_at <= at <= frame.closes_at]
        if not holding:
            return today
        return (
            holding[0].date if len(holding) == 1 else min(holding, key=lambda one: one.distance(punch)).date
        )

    def _around(self, day: date) -> tuple[Frame, ...]:
        around = (self._frames.get(one) for one in (day - _ONE_DAY, day, day + _ONE_DAY))
        return tuple(frame for frame in around if frame is not None)
