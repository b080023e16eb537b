from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.hours import Hours
from service.attendance.schedule import Assignment, CalendarDay, PatternVersion, PlannedDay
from tests.service.attendance.made_up_weeks import (
    FIVE,
    FRIDAY,
    LONG_AGO,
    MONDAY,
    MORNING,
    NIGHT,
    NIGHTS,
    SATURDAY,
    SIX,
    WIB,
    WIT,
    WITA,
    at,
    rules,
)

VILLAGE, SUBDISTRICT, AGENCY = 3, 2, 1
PARENTS = {VILLAGE: SUBDISTRICT, SUBDISTRICT: AGENCY, AGENCY: None}


def plan(day: date, *, employee: int = 1, unit: int | None = VILLAGE, **more: Any) -> PlannedDay:
    return rules(parents=PARENTS, **more).plan(employee, unit, day, WIB)


def assigned(pattern: int, first: date = LONG_AGO, last: date | None = None, **to: int) -> Assignment:
    return Assignment(pattern * 100 + len(to) + first.toordinal(), pattern, first, last, **to)


@pytest.mark.parametrize(("day", "starts", "ends"), [(MONDAY, "07:30", "16:00"), (FRIDAY, "07:30", "16:30")])
def test_without_any_assignment_the_default_holds(day: date, starts: str, ends: str) -> None:
    planned = plan(day)
    assert (planned.kind, planned.starts_at, planned.ends_at) == ("work", at(day, starts), at(day, ends))


def test_a_day_outside_the_week_is_free() -> None:
    assert (plan(SATURDAY).kind, plan(SATURDAY).starts_at) == ("off", None)


@pytest.mark.parametrize(
    ("assignments", "version"),
    [
        ([assigned(2, unit_id=AGENCY)], SIX.id),
        ([assigned(2, unit_id=AGENCY), assigned(3, unit_id=SUBDISTRICT)], NIGHTS.id),
        ([assigned(3, unit_id=AGENCY), assigned(2, employee_id=1)], SIX.id),
        ([assigned(2, employee_id=2)], FIVE.id),
        ([assigned(2, unit_id=99)], FIVE.id),
        ([assigned(2, MONDAY + timedelta(1), unit_id=AGENCY)], FIVE.id),
        ([assigned(2, LONG_AGO, MONDAY - timedelta(1), unit_id=AGENCY)], FIVE.id),
        ([assigned(2, LONG_AGO, MONDAY, unit_id=AGENCY)], SIX.id),
        ([assigned(2, unit_id=VILLAGE), assigned(3, MONDAY, unit_id=VILLAGE)], NIGHTS.id),
    ],
    ids=[
        "a unit above",
        "the nearest unit",
        "their own before any unit's",
        "somebody else's",
        "another unit's",
        "not yet",
        "no longer",
        "its last day",
        "the later of two",
    ],
)
def test_the_pattern_is_the_nearest_in_force(assignments: list[Assignment], version: int) -> None:
    assert plan(MONDAY, assignments=assignments).version_id == version


def test_a_new_version_holds_from_its_day_on() -> None:
    later = PatternVersion(9, 1, MONDAY, LONG_AGO, (MORNING,) * 7)
    both = (later, FIVE)
    assert plan(MONDAY - timedelta(3), versions=both).version_id == FIVE.id
    assert plan(MONDAY, versions=both).version_id == later.id


def test_before_the_first_version_the_first_one_holds() -> None:
    assert plan(date(1999, 1, 4)).version_id == FIVE.id


def test_somebody_moves_between_patterns_in_mid_month() -> None:
    moved = [assigned(2, MONDAY, employee_id=1)]
    month = [plan(date(2026, 11, day), assignments=moved) for day in range(1, 31)]
    saturdays = [one.kind for one in month if one.date.weekday() == 5]
    assert saturdays == ["off", "off", "off", "work"]


@pytest.mark.parametrize(
    ("day", "starts", "ends"),
    [
        (date(2027, 2, 5), "07:30", "16:30"),
        (date(2027, 2, 8), "08:00", "15:00"),
        (date(2027, 2, 12), "08:00", "15:30"),
        (date(2027, 3, 10), "07:30", "16:00"),
    ],
)
def test_in_ramadan_the_hours_are_others(day: date, starts: str, ends: str) -> None:
    planned = plan(day, ramadan=[(date(2027, 2, 8), date(2027, 3, 9))])
    assert (planned.starts_at, planned.ends_at) == (at(day, starts), at(day, ends))


def test_shifts_go_round_from_their_anchor_on() -> None:
    shifts = PatternVersion(9, 9, LONG_AGO, MONDAY, (MORNING, NIGHT, None))
    kinds = [
        plan(MONDAY + timedelta(day), versions=(shifts,), default_pattern=9).starts_at for day in range(-1, 4)
    ]
    assert [moment and moment.astimezone(WIB).hour for moment in kinds] == [None, 7, 22, None, 7]


# --- the calendar


@pytest.mark.parametrize(
    ("kind", "unit", "expected"),
    [
        ("national", None, "national"),
        ("collective_leave", None, "collective_leave"),
        ("local", SUBDISTRICT, "local"),
        ("local", 99, "work"),
    ],
)
def test_a_holiday_on_a_friday_frees_those_it_is_for(kind: Any, unit: int | None, expected: str) -> None:
    planned = plan(FRIDAY, calendar=[CalendarDay(FRIDAY, "Hari raya", kind, unit)])
    assert planned.kind == expected
    assert (planned.starts_at is None) == (expected != "work")


def test_a_holiday_has_its_name() -> None:
    assert plan(FRIDAY, calendar=[CalendarDay(FRIDAY, "Hari Raya Galungan", "national")]).name == (
        "Hari Raya Galungan"
    )


def test_who_keeps_a_service_open_works_on_holidays() -> None:
    holiday = [CalendarDay(FRIDAY, "Hari raya", "national")]
    assert plan(FRIDAY, calendar=holiday, default_pattern=3).kind == "work"


def test_a_ceremony_moves_the_start_of_a_working_day() -> None:
    planned = plan(MONDAY, calendar=[CalendarDay(MONDAY, "Apel", "ceremony", None, time(7), time(8))])
    assert (planned.name, planned.starts_at, planned.ends_at) == (
        "Apel",
        at(MONDAY, "07:00"),
        at(MONDAY, "16:00"),
    )


def test_a_ceremony_on_a_holiday_has_hours_of_its_own() -> None:
    day = date(2027, 8, 17)
    calendar = [
        CalendarDay(day, "Hari Kemerdekaan", "national"),
        CalendarDay(day, "Upacara", "ceremony", None, time(7), time(9)),
    ]
    planned = plan(day, calendar=calendar)
    assert (planned.kind, planned.starts_at, planned.ends_at) == ("work", at(day, "07:00"), at(day, "09:00"))


def test_each_place_has_its_own_clock() -> None:
    for zone in (WIB, WITA, WIT):
        assert rules().plan(1, None, MONDAY, zone).starts_at == at(MONDAY, "07:30", zone)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.sampled_from([WIB, WITA, WIT]))
def test_planning_again_changes_nothing(day: date, zone: Any) -> None:
    by = rules(ramadan=[(date(2027, 2, 8), date(2027, 3, 9))], versions=(FIVE, SIX, NIGHTS))
    assert by.plan(1, None, day, zone) == by.plan(1, None, day, zone)


def test_hours_with_an_assembly_stay_before_a_later_ceremony() -> None:
    early = PatternVersion(9, 1, LONG_AGO, LONG_AGO, (Hours(time(7, 30), time(16), 60, time(7, 15)),) * 7)
    calendar = [CalendarDay(MONDAY, "Apel gabungan", "ceremony", None, time(7, 20))]
    assert plan(MONDAY, versions=(early,), calendar=calendar).starts_at == at(MONDAY, "07:15")
