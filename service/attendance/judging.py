"""A day judged: what was expected, what the check-ins show, and what was approved. Pure."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from service.attendance.approved import JUDGED_BY_CHECK_INS, Absence, AbsenceKind, Correction, Presence
from service.attendance.day import BY_TIME, NOT_COUNTED, Punch, first_and_last
from service.attendance.hours import MINUTE, Windows
from service.attendance.punch_days import Frame
from service.attendance.schedule import PlanKind, PlannedDay

# "open": today or later, and nothing has come yet. "absent": tanpa keterangan.
DayStatus = Literal["present", "absent", "open"] | PlanKind | AbsenceKind
Step = Literal[0, 1, 2, 3, 4]
Span: TypeAlias = tuple[datetime, datetime]

# Minutes with which steps 1, 2 and 3 (TL and PSW) end; beyond, and without a check-in, it is step 4.
STEP_ENDS_MIN: Final = (30, 60, 90)
NO_CHECK_IN: Final[Step] = 4
_STEPS: Final[tuple[Step, ...]] = (1, 2, 3, 4)


class JudgedDay(NamedTuple):
    """A tuple, as `Punch` is and for the same reason.

    late_min, early_min : whole minutes; 0 without a check-in, whose step is 4 all the same.

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
    return _STEPS[bisect_left(STEP_ENDS_MIN, minutes)]


@dataclass(frozen=True, slots=True)
class Expected:
    """A planned day made ready to be judged, once for all whose day it is.

    tolerance_min : up to so many minutes late count as none; beyond, all of them count.
    frame : None where nothing is expected.
    """

    planned: PlannedDay
    tolerance_min: int
    frame: Frame | None
    arrivals: Span | None
    departures: Span | None


class _Times(NamedTuple):
    first_in: datetime | None
    last_out: datetime | None
    provisional: bool
    corrected: bool


def expect(planned: PlannedDay, windows: Windows, tolerance_min: int) -> Expected:
    if planned.starts_at is None or planned.ends_at is None:
        return Expected(planned, tolerance_min, None, None, None)
    arrivals = windows.arrivals(planned.starts_at, planned.ends_at)
    departures = windows.departures(planned.starts_at, planned.ends_at)
    opens_at, closes_at = min(arrivals[0], departures[0]), max(arrivals[1], departures[1])
    frame = Frame(planned.date, planned.starts_at, planned.ends_at, opens_at, closes_at)
    return Expected(planned, tolerance_min, frame, arrivals, departures)


def judge(
    expected: Expected,
    punches: Sequence[Punch],
    *,
    absence: Absence | None = None,
    correction: Correction | None = None,
    presences: Sequence[Presence] = (),
    now: datetime,
) -> JudgedDay:
    """What becomes of the day.

    punches : those of the day, by `punch_days.by_day`.
    presences : of any days. One over all of the hours makes the day one of alasan teknis; one that is earlier than
        the arrival, or lasts to the end of the hours, stands for the arrival or the departure.
    """
    planned, frame = expected.planned, expected.frame
    if frame is None:
        return JudgedDay(planned, planned.kind, *_times(*first_and_last(punches), correction))
    first, last, outside = _within_windows(expected, punches)
    times = _times(first, last, correction)
    over = now >= frame.closes_at
    if absence is not None and absence.kind not in JUDGED_BY_CHECK_INS:
        return JudgedDay(planned, absence.kind, *times, outside=outside)
    if presences:
        if any(one.begins <= frame.starts_at and one.ends >= frame.ends_at for one in presences):
            return JudgedDay(planned, "alasan_teknis", *times, outside=outside)
        times = _with_presences(times, presences, frame, over=over)
    if times.first_in is None and times.last_out is None:
        status: DayStatus = "absent" if over else "open"
        return JudgedDay(planned, status, *times, over=over, outside=outside)
    missing_in, missing_out = times.first_in is None, times.last_out is None and over
    late_min = _minutes_between(frame.starts_at, times.first_in)
    late_min = 0 if late_min <= expected.tolerance_min else late_min
    early_min = 0 if times.last_out is None else _minutes_between(times.last_out, frame.ends_at)
    return JudgedDay(
        planned,
        "present" if absence is None else absence.kind,
        *times,
        late_min=late_min,
        early_min=early_min,
        late_step=NO_CHECK_IN if missing_in else step_of(late_min),
        early_step=NO_CHECK_IN if missing_out else step_of(early_min),
        missing_in=missing_in,
        missing_out=missing_out,
        over=over,
        outside=outside,
    )


def _within_windows(
    expected: Expected, punches: Sequence[Punch]
) -> tuple[Punch | None, Punch | None, tuple[datetime, ...]]:
    """The arrival and the departure, as `first_and_last` takes them; and the times of those that do not count.

    A check-in that can only be one of the two at its time is that one; what says that it is the other is outside.
    """
    assert expected.arrivals is not None
    assert expected.departures is not None
    (in_since, in_until), (out_since, out_until) = expected.arrivals, expected.departures
    first: Punch | None = None
    last: Punch | None = None
    outside: list[datetime] = []
    for punch in sorted(punches, key=BY_TIME) if len(punches) > 1 else punches:
        at, kind, status = punch
        if status in NOT_COUNTED:
            continue
        arrival = kind != "out" and in_since <= at <= in_until
        departure = kind != "in" and out_since <= at <= out_until
        if arrival and (first is None or not departure):
            first = first or punch
        elif departure:
            last = punch
        else:
            outside.append(at)
    return first, last, tuple(outside)


def _times(first: Punch | None, last: Punch | None, correction: Correction | None) -> _Times:
    if correction is None:
        return _Times(
            None if first is None else first.at,
            None if last is None else last.at,
            _in_doubt(first) or _in_doubt(last),
            corrected=False,
        )
    first_in = correction.first_in or (None if first is None else first.at)
    last_out = correction.last_out or (None if last is None else last.at)
    in_doubt = (correction.first_in is None and _in_doubt(first)) or (
        correction.last_out is None and _in_doubt(last)
    )
    return _Times(first_in, last_out, in_doubt, corrected=True)


def _in_doubt(punch: Punch | None) -> bool:
    return punch is not None and punch.status != "accepted"


def _with_presences(times: _Times, presences: Sequence[Presence], frame: Frame, *, over: bool) -> _Times:
    first_in, last_out = times.first_in, times.last_out
    for presence in presences:
        begins, ends = max(presence.begins, frame.starts_at), min(presence.ends, frame.ends_at)
        if begins >= ends:
            continue
        if first_in is None or begins < first_in:
            first_in = begins
        # Whoever was there when the power came back may still be: only the end of the hours is a departure.
        if (ends == frame.ends_at or over) and (last_out is None or ends > last_out):
            last_out = ends
    changed = (first_in, last_out) != (times.first_in, times.last_out)
    return times._replace(first_in=first_in, last_out=last_out, corrected=times.corrected or changed)


def _minutes_between(earlier: datetime, later: datetime | None) -> int:
    """Whole ones; 0 where `later` is not later, or is none."""
    return 0 if later is None or later <= earlier else (later - earlier) // MINUTE
