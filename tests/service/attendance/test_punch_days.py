from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.day import Kind, Punch
from service.attendance.hours import Windows
from service.attendance.judging import expect
from service.attendance.punch_days import Frame, by_day
from service.attendance.schedule import Rules
from tests.service.attendance.made_up_weeks import MONDAY, WIB, WIT, WITA, at, punch, rules

TUESDAY = MONDAY + timedelta(1)
NIGHTS_ONLY = rules(default_pattern=3)


def frames(by: Rules, zone: Any = WIB) -> dict[date, Frame]:
    found = {}
    for day in (MONDAY + timedelta(n) for n in range(-2, 6)):
        frame = expect(by.plan(1, None, day, zone), Windows(), 0).frame
        if frame is not None:
            found[day] = frame
    return found


@pytest.mark.parametrize(
    ("day", "clock", "kind", "belongs_to"),
    [
        (MONDAY, "21:50", "in", MONDAY),
        (TUESDAY, "06:05", "out", MONDAY),
        (TUESDAY, "02:00", "auto", MONDAY),
        (TUESDAY, "12:00", "out", MONDAY),
        (TUESDAY, "19:30", "in", TUESDAY),
        (TUESDAY, "15:00", "in", TUESDAY),
    ],
    ids=[
        "arriving",
        "leaving next morning",
        "in the night",
        "long after the end",
        "the next shift",
        "in no window: the calendar day",
    ],
)
def test_a_night_shift_has_its_check_ins_of_two_calendar_days(
    day: date, clock: str, kind: Kind, belongs_to: date
) -> None:
    one = punch(at(day, clock), kind)
    assert by_day(frames(NIGHTS_ONLY), [one], WIB) == {belongs_to: [one]}


@pytest.mark.parametrize(("kind", "belongs_to"), [("out", MONDAY), ("in", TUESDAY), ("auto", TUESDAY)])
def test_where_two_days_overlap_the_nearer_end_of_the_shift_decides(kind: Kind, belongs_to: date) -> None:
    """A night that ends at 06:00, and an early shift from 07:30 on."""
    mixed = frames(NIGHTS_ONLY) | {TUESDAY: frames(rules())[TUESDAY]}
    one = punch(at(TUESDAY, "07:00"), kind)
    assert by_day(mixed, [one], WIB) == {belongs_to: [one]}


MOMENTS = st.integers(0, 4 * 24 * 60).map(lambda minutes: at(MONDAY, "00:00") + timedelta(minutes=minutes))


@given(
    st.lists(st.builds(punch, MOMENTS, st.sampled_from(["in", "out", "auto"])), unique_by=lambda one: one.at),
    st.sampled_from([WIB, WITA, WIT]),
    st.sampled_from([1, 2, 3]),
)
def test_every_check_in_is_in_just_one_day(punches: list[Punch], zone: Any, pattern: int) -> None:
    days = by_day(frames(rules(default_pattern=pattern), zone), punches, zone)
    assert sorted((one for day in days.values() for one in day), key=lambda one: one.at) == sorted(
        punches, key=lambda one: one.at
    )
