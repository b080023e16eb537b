"""How somebody stands at a moment of their working day: there, late, missing, gone, or not expected. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from service.attendance.day import Punch
from service.attendance.hours import MINUTE
from service.attendance.judging import DayStatus, Expected, JudgedDay

# The first that fits. "late": there, but came late. "missing": would be late now, and has not come.
Status = Literal["missing", "late", "present", "left", "not_expected"]
# Why nobody is expected: the kind of the day, or a shift that begins later.
Reason = DayStatus | Literal["later"]
# Of these days the check-ins tell who is there.
_BY_CHECK_INS: Final = frozenset({"present", "absent", "open", "wfh"})
_NOT_ON: Final = timedelta(0)


class Standing(NamedTuple):
    """reason : of `not_expected` alone. in_review : the day rests on a check-in that is not decided yet."""

    status: Status
    reason: Reason | None
    in_review: bool
    judged: JudgedDay


def shift_at(days: Sequence[Expected], calendar_day: int, now: datetime) -> Expected:
    """The day that somebody is in at `now`: one whose windows are open, else that of the calendar.

    Of several the one whose hours `now` lies in, else is nearest to; of those, the later.

    days : following each other, those before and after included. calendar_day : index of the one the clock shows.
    """
    found, nearest = days[calendar_day], None
    for day in days:
        frame = day.frame
        if frame is None or not frame.holds(now):
            continue
        away = max(frame.starts_at - now, now - frame.ends_at, _NOT_ON)
        if nearest is None or away <= nearest:
            found, nearest = day, away
    return found


def standing(expected: Expected, judged: JudgedDay, punches: Iterable[Punch], now: datetime) -> Standing:
    """expected, judged : of the day that they are in; `judged` at `now`. punches : of that day."""
    if expected.frame is None or judged.status not in _BY_CHECK_INS:
        return Standing("not_expected", judged.status, judged.provisional, judged)
    came = judged.first_in is not None and judged.first_in <= now
    # What a correction or a manual period says of later hours has not happened yet.
    went = judged.last_out is not None and judged.last_out <= now
    if (went and not _is_back(judged, punches)) or (came and judged.over):
        status: Status = "left"
    elif came:
        status = "late" if judged.late_min else "present"
    elif (now - expected.frame.starts_at) // MINUTE > expected.tolerance_min:
        status = "missing"
    else:
        return Standing("not_expected", "later", judged.provisional, judged)
    return Standing(status, None, judged.provisional, judged)


def _is_back(judged: JudgedDay, punches: Iterable[Punch]) -> bool:
    """Whether they have said since their departure that they arrive."""
    assert judged.last_out is not None
    return any(
        punch.kind == "in" and punch.at > judged.last_out and punch.at not in judged.outside
        for punch in punches
    )
