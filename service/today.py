"""An employee's day so far, and what they will most likely record next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.attendance.day import Day
from service.checkins import Checkins


@dataclass(frozen=True, slots=True)
class Today:
    """`now`: the service's clock, by which check-ins count."""

    now: datetime
    day: Day
    next: Literal["in", "out"]


def today(checkins: Checkins, employee_id: int, now: datetime) -> Today:
    """The day at `now`. After an arrival every further check-in is a departure: the last one counts."""
    day = checkins.day_at(employee_id, now)
    return Today(now=now, day=day, next="in" if day.first_in is None else "out")
