"""Hours of one working day as the office's clock shows them, and the windows around them. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

MINUTE: Final = timedelta(minutes=1)
_DAY_MIN: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """From `starts` to `ends`; an end that is not later than the start is on the day after.

    apel_at : when the assembly is before work, from which on somebody is late; None without one.
    """

    starts: time
    ends: time
    break_min: int = 0
    apel_at: time | None = None

    @property
    def over_midnight(self) -> bool:
        return self.ends <= self.starts

    @property
    def worked_min(self) -> int:
        """Without the break, and without the assembly."""
        length = _minute_of(self.ends) - _minute_of(self.starts)
        return length + (_DAY_MIN if self.over_midnight else 0) - self.break_min

    def on(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """From which moment somebody is late, and until which they leave early."""
        last_day = day + timedelta(days=1) if self.over_midnight else day
        begins = self.starts if self.apel_at is None else min(self.apel_at, self.starts)
        return datetime.combine(day, begins, zone), datetime.combine(last_day, self.ends, zone)


@dataclass(frozen=True, slots=True)
class Windows:
    """When check-ins count for a working day, in minutes around its start and its end.

    in_after_min : None lets an arrival count until the end of the day.
    out_before_min : None lets a departure count from the start of the day on.
    """

    in_before_min: int = 180
    in_after_min: int | None = None
    out_before_min: int | None = None
    out_after_min: int = 360

    def arrivals(self, starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
        until = ends_at if self.in_after_min is None else starts_at + self.in_after_min * MINUTE
        return starts_at - self.in_before_min * MINUTE, until

    def departures(self, starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
        since = starts_at if self.out_before_min is None else ends_at - self.out_before_min * MINUTE
        return since, ends_at + self.out_after_min * MINUTE


CUSTOMARY_WINDOWS: Final = Windows()


def _minute_of(clock: time) -> int:
    return 60 * clock.hour + clock.minute
