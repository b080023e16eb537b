from datetime import date, time

import pytest

from service.attendance.hours import Hours
from service.attendance.shipped_patterns import (
    FIVE_DAY,
    FIVE_DAY_RAMADAN,
    SIX_DAY,
    SIX_DAY_RAMADAN,
    Cycle,
)
from tests.service.attendance.made_up_weeks import MONDAY, NIGHT, WIB, WIT, at


@pytest.mark.parametrize(
    ("cycle", "days", "starts", "minutes"),
    [
        (FIVE_DAY, 5, time(7, 30), 37 * 60 + 30),
        (FIVE_DAY_RAMADAN, 5, time(8), 32 * 60 + 30),
        (SIX_DAY, 6, time(7, 30), 37 * 60 + 30),
        (SIX_DAY_RAMADAN, 6, time(8), 32 * 60 + 30),
    ],
)
def test_a_shipped_week_is_that_of_the_regulation(
    cycle: Cycle, days: int, starts: time, minutes: int
) -> None:
    hours = [one for one in cycle if one is not None]
    assert len(hours) == days
    assert {one.starts for one in hours} == {starts}
    assert sum(one.worked_min for one in hours) == minutes


@pytest.mark.parametrize(("cycle", "ordinary", "friday"), [(FIVE_DAY, 60, 90), (SIX_DAY_RAMADAN, 30, 60)])
def test_breaks_are_those_of_the_regulation(cycle: Cycle, ordinary: int, friday: int) -> None:
    breaks = [None if one is None else one.break_min for one in cycle]
    assert breaks[:5] == [ordinary] * 4 + [friday]


def test_the_five_day_week_has_its_customary_ends() -> None:
    assert [one and one.ends for one in FIVE_DAY] == [time(16)] * 4 + [time(16, 30), None, None]


def test_a_shift_over_midnight_ends_on_the_day_after() -> None:
    assert NIGHT.on(MONDAY, WIB) == (at(MONDAY, "22:00"), at(date(2026, 11, 24), "06:00"))
    assert NIGHT.worked_min == 7 * 60


def test_hours_are_those_of_the_place() -> None:
    in_the_east = Hours(time(7, 30), time(16)).on(MONDAY, WIT)[0]
    assert at(MONDAY, "07:30") - in_the_east == at(MONDAY, "09:30") - at(MONDAY, "07:30")


def test_with_an_assembly_somebody_is_late_from_its_beginning() -> None:
    hours = Hours(time(7, 30), time(16), 60, apel_at=time(7, 15))
    assert hours.on(MONDAY, WIB)[0] == at(MONDAY, "07:15")
    assert hours.worked_min == 7 * 60 + 30
