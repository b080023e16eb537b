"""Patterns, days and check-ins for the tests of the rules."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from service.attendance.approved import Absence, Correction, Presence
from service.attendance.day import Kind, Punch, Status
from service.attendance.deduction_table import DeductionTable
from service.attendance.deductions import deductions_of
from service.attendance.hours import Hours
from service.attendance.judging import JudgedDay, expect, judge
from service.attendance.punch_days import by_day
from service.attendance.recap import Summary, summarise_month
from service.attendance.schedule import PatternVersion, Rules
from service.attendance.shipped_patterns import FIVE_DAY, FIVE_DAY_RAMADAN, SIX_DAY, SIX_DAY_RAMADAN

WIB, WITA, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")
MONDAY, FRIDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 27), date(2026, 11, 28)
LATER = datetime(2027, 6, 1, tzinfo=WIB)
LONG_AGO = date(2020, 1, 6)  # a Monday

NIGHT = Hours(time(22), time(6), 60)
MORNING = Hours(time(7), time(14))
FIVE = PatternVersion(1, 1, LONG_AGO, LONG_AGO, FIVE_DAY, FIVE_DAY_RAMADAN)
SIX = PatternVersion(2, 2, LONG_AGO, LONG_AGO, SIX_DAY, SIX_DAY_RAMADAN)
NIGHTS = PatternVersion(3, 3, LONG_AGO, LONG_AGO, (NIGHT,) * 7, works_on_holidays=True)
TABLE = DeductionTable(1, LONG_AGO)


def rules(**more: object) -> Rules:
    return Rules(**({"versions": (FIVE, SIX, NIGHTS), "default_pattern": 1, "deductions": (TABLE,)} | more))  # type: ignore[arg-type]


def at(day: date, clock: str, zone: ZoneInfo = WIB) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone)


def punch(moment: datetime, kind: Kind = "auto", status: Status = "accepted") -> Punch:
    return Punch(moment, kind, status)


def judged(
    day: date,
    *punches: Punch,
    by: Rules | None = None,
    zone: ZoneInfo = WIB,
    tolerance_min: int = 0,
    absence: Absence | None = None,
    correction: Correction | None = None,
    presences: Sequence[Presence] = (),
    now: datetime = LATER,
) -> JudgedDay:
    """The day by the default pattern, with those of the check-ins that are its own."""
    planned = (by or rules()).plan(1, None, day, zone)
    version = (by or rules()).version(planned.version_id or 0)
    expected = expect(planned, version.windows, tolerance_min)
    mine = by_day({day: expected.frame} if expected.frame else {}, punches, zone).get(day, ())
    return judge(expected, mine, absence=absence, correction=correction, presences=presences, now=now)


def summary_of(days: Sequence[JudgedDay], table: DeductionTable = TABLE) -> Summary:
    return summarise_month(days, (line for day in days for line in deductions_of(day, table)), table.cap)
