"""Cases that offices ask about, by name: whole weeks by the regulation, holidays on Friday, zones, shifts."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.schedule import CalendarDay
from tests.service.attendance.made_up_weeks import (
    FRIDAY,
    MONDAY,
    SATURDAY,
    WIB,
    WIT,
    WITA,
    at,
    judged,
    punch,
    rules,
    summary_of,
)

RAMADAN = (date(2027, 2, 8), date(2027, 3, 9))
IN_RAMADAN = date(2027, 2, 15)  # a Monday
ORDINARY_MIN, RAMADAN_MIN = 37 * 60 + 30, 32 * 60 + 30
ZONES = [WIB, WITA, WIT]


def whole_week(monday: date, *, pattern: int, zone: Any = WIB, **more: Any) -> list[Any]:
    """Everybody in time on each day that is planned."""
    by = rules(default_pattern=pattern, ramadan=(RAMADAN,), **more)
    days = []
    for day in (monday + timedelta(days=n) for n in range(7)):
        planned = by.plan(1, None, day, zone)
        ends = (planned.starts_at, planned.ends_at)
        days.append(judged(day, *(punch(moment) for moment in ends if moment is not None), by=by, zone=zone))
    return days


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("pattern", [1, 2], ids=["five days", "six days"])
@pytest.mark.parametrize(
    ("monday", "starts", "minutes"),
    [(MONDAY, "07:30", ORDINARY_MIN), (IN_RAMADAN, "08:00", RAMADAN_MIN)],
    ids=["37 h 30 min from 07:30", "in Ramadan 32 h 30 min from 08:00"],
)
def test_a_week_by_perpres_21_2023(monday: date, starts: str, minutes: int, pattern: int, zone: Any) -> None:
    days = whole_week(monday, pattern=pattern, zone=zone)
    by = rules(default_pattern=pattern, ramadan=(RAMADAN,))
    assert by.plan(1, None, monday, zone).starts_at == at(monday, starts, zone)
    version = by.version(by.plan(1, None, monday, zone).version_id or 0)
    in_ramadan = monday == IN_RAMADAN
    hours = [version.hours_on(day.date, in_ramadan=in_ramadan) for day in days]
    assert sum(one.worked_min for one in hours if one is not None) == minutes
    summary = summary_of(days)
    assert (summary.late_min, summary.early_min) == (0, 0)
    assert summary.deductions.total == 0


@pytest.mark.parametrize(
    ("pattern", "statuses"),
    [
        (1, ["present"] * 4 + ["national", "off", "off"]),
        (2, ["present"] * 4 + ["national", "present", "off"]),
        (3, ["present"] * 7),
    ],
    ids=["five days", "six days", "night shifts that keep a service open"],
)
def test_a_holiday_on_friday(pattern: int, statuses: list[str]) -> None:
    calendar = (CalendarDay(FRIDAY, "Hari Raya", "national"),)
    assert [day.status for day in whole_week(MONDAY, pattern=pattern, calendar=calendar)] == statuses


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize(
    ("arrival", "departure", "late", "early"),
    [
        ("22:00", "06:00", 0, 0),
        ("22:31", "06:00", 31, 0),
        ("23:59", "06:00", 119, 0),
        ("22:00", "05:29", 0, 31),
        ("22:15", "05:50", 15, 10),
    ],
)
def test_a_shift_over_midnight(zone: Any, arrival: str, departure: str, late: int, early: int) -> None:
    by = rules(default_pattern=3)
    punches = (punch(at(FRIDAY, arrival, zone), "in"), punch(at(SATURDAY, departure, zone), "out"))
    day = judged(FRIDAY, *punches, by=by, zone=zone)
    assert (day.late_min, day.early_min) == (late, early)


@given(st.integers(0, 400), st.sampled_from([1, 2, 3]), st.sampled_from(ZONES))
def test_a_week_adds_up_and_no_day_is_counted_twice(weeks: int, pattern: int, zone: Any) -> None:
    monday = MONDAY + timedelta(weeks=weeks)
    days = whole_week(monday, pattern=pattern, zone=zone)
    assert len({day.date for day in days}) == 7
    summary = summary_of(days)
    assert (summary.late_min, summary.early_min) == (0, 0)
    assert sum(summary.by_status.values()) == 7
    assert summary.working_days == sum(day.status == "present" for day in days)
    assert days == whole_week(monday, pattern=pattern, zone=zone)
