"""A day judged: what was expected, what the check-ins show, and what was approved. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal

from service.attendance.approved import JUDGED_BY_CHECK_INS, Absence, AbsenceKind, Correction
from service.attendance.day import NOT_COUNTED, Punch, first_and_last
from service.attendance.hours import MINUTE, Windows
from service.attendance.punch_days import Frame
from service.attendance.schedule import PlanKind, PlannedDay

# "open": today or later, and nothing has come yet. "absent": tanpa keterangan.
DayStatus = Literal["present", "absent", "open"] | PlanKind | AbsenceKind
Step = Literal[0, 1, 2, 3, 4]

# Minutes with which steps 1, 2 and 3 (TL and PSW) end; beyond, and without a check-in, it is step 4.
STEP_ENDS_MIN: Final = (30, 60, 90)
NO_CHECK_IN: Final[Step] = 4
_STEPS: Final[tuple[Step, ...]] = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class JudgedDay:
    """late_min, early_min : whole minutes; 0 without a check-in, whose step is 4 all the same.

    provisional : one of the times rests on a check-in that is not decided.
    over : no check-in can change the day any more.
    outside : check-ins outside the windows, which do not count.
    """

    planned: PlannedDay
    status: DayStatus
    first_in: datetime | None = None
    last_out: datetime | None = None
    provisional: bool = False
    corrected: bool = False
    late_min: int = 0
    early_min: int = 0
    late_step: Step = 0
    early_step: Step = 0
    missing_in: bool = False
    missing_out: bool = False
    over: bool = True
    outside: tuple[datetime, ...] = ()

    @property
    def date(self) -> date:
        return self.planned.date


def step_of(minutes: int) -> Step:
    """0 for no minute, else 1 to 4."""
    if minutes <= 0:
        return 0
    return _STEPS[sum(minutes > end for end in STEP_ENDS_MIN)]


def frame_of(planned: PlannedDay, windows: Windows) -> Frame | None:
    """None where nothing is expected."""
    if planned.starts_at is None or planned.ends_at is None:
        return None
    opens_at, arrivals_end = windows.arrivals(planned.starts_at, planned.ends_at)
    departures_begin, closes_at = windows.departures(planned.starts_at, planned.ends_at)
    return Frame(
        planned.date,
        planned.starts_at,
        planned.ends_at,
        min(opens_at, departures_begin),
        max(closes_at, arrivals_end),
    )


def judge(
    planned: PlannedDay,
    windows: Windows,
    tolerance_min: int,
    punches: Sequence[Punch],
    *,
    absence: Absence | None = None,
    correction: Correction | None = None,
    now: datetime,
) -> JudgedDay:
    """What becomes of the day.

    punches : those of the day, by `punch_days.by_day`.
    tolerance_min : up to so many minutes late count as none; beyond, all of them count.
    """
    frame = frame_of(planned, windows)
    if frame is None:
        return _with_times(JudgedDay(planned, planned.kind), punches, correction)
    counting, outside = _within_windows(frame, windows, punches)
    day = _with_times(JudgedDay(planned, "present", outside=outside), counting, correction)
    day = replace(day, over=now >= frame.closes_at)
    if absence is not None and absence.kind not in JUDGED_BY_CHECK_INS:
        return replace(day, status=absence.kind, over=True)
    if day.first_in is None and day.last_out is None:
        return replace(day, status="absent" if day.over else "open")
    status: DayStatus = "present" if absence is None else absence.kind
    return _measured(replace(day, status=status), frame, tolerance_min)


def _within_windows(
    frame: Frame, windows: Windows, punches: Sequence[Punch]
) -> tuple[list[Punch], tuple[datetime, ...]]:
    """Those that count, each as what it can be at its time; and the times of the others."""
    in_since, in_until = windows.arrivals(frame.starts_at, frame.ends_at)
    out_since, out_until = windows.departures(frame.starts_at, frame.ends_at)
    counting: list[Punch] = []
    outside: list[datetime] = []
    for punch in punches:
        if punch.status in NOT_COUNTED:
            continue
        arrival = punch.kind != "out" and in_since <= punch.at <= in_until
        departure = punch.kind != "in" and out_since <= punch.at <= out_until
        if arrival and departure:
            counting.append(punch)
        elif arrival or departure:
            counting.append(replace(punch, kind="in" if arrival else "out"))
        else:
            outside.append(punch.at)
    return counting, tuple(sorted(outside))


def _with_times(day: JudgedDay, punches: Sequence[Punch], correction: Correction | None) -> JudgedDay:
    first, last = first_and_last(punches)
    first_in = None if first is None else first.at
    last_out = None if last is None else last.at
    if correction is not None:
        first = None if correction.first_in is not None else first
        last = None if correction.last_out is not None else last
        first_in, last_out = correction.first_in or first_in, correction.last_out or last_out
    return replace(
        day,
        first_in=first_in,
        last_out=last_out,
        provisional=any(punch is not None and punch.status != "accepted" for punch in (first, last)),
        corrected=correction is not None,
    )


def _measured(day: JudgedDay, frame: Frame, tolerance_min: int) -> JudgedDay:
    missing_out = day.last_out is None and day.over
    late_min = _minutes_between(frame.starts_at, day.first_in)
    late_min = 0 if late_min <= tolerance_min else late_min
    early_min = 0 if day.last_out is None else _minutes_between(day.last_out, frame.ends_at)
    return replace(
        day,
        late_min=late_min,
        early_min=early_min,
        late_step=NO_CHECK_IN if day.first_in is None else step_of(late_min),
        early_step=NO_CHECK_IN if missing_out else step_of(early_min),
        missing_in=day.first_in is None,
        missing_out=missing_out,
    )


def _minutes_between(earlier: datetime, later: datetime | None) -> int:
    """Whole ones; 0 where `later` is not later, or is none."""
    return 0 if later is None else max(0, (later - earlier) // MINUTE)
