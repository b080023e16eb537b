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
    found: dict[date, list[Punch]] = {}
    for punch in punches:
        today = local_date(punch.at, zone)
        near = (frames.get(today - _ONE_DAY), frames.get(today), frames.get(today + _ONE_DAY))
        holding = [frame for frame in near if frame is not None and frame.holds(punch.at)]
        if holding:
            chosen = holding[0] if len(holding) == 1 else min(holding, key=lambda one: one.distance(punch))
            today = chosen.date
        found.setdefault(today, []).append(punch)
    return dict(found)
