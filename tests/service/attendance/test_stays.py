"""Which unit a day belongs to: moves one after the other, planned, backdated and taken back."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.stays import BEGINNING, Change, Stays

OFFICE, VILLAGE, AGENCY = 1, 2, 3


def nov(day: int) -> date:
    return date(2026, 11, day)


MOVED = Stays.always(OFFICE).moved(VILLAGE, nov(10)).moved(AGENCY, nov(20))


@pytest.mark.parametrize(
    ("day", "unit"),
    [
        (BEGINNING, OFFICE),
        (nov(9), OFFICE),
        (nov(10), VILLAGE),
        (nov(19), VILLAGE),
        (nov(20), AGENCY),
        (date(2100, 1, 1), AGENCY),
    ],
)
def test_a_day_is_in_the_unit_of_the_last_move_before_it(day: date, unit: int) -> None:
    assert MOVED.unit_on(day) == unit


@pytest.mark.parametrize(
    ("unit", "first", "begins"),
    [
        # Between two moves: until the next one.
        (AGENCY, nov(5), ((BEGINNING, OFFICE), (nov(5), AGENCY), (nov(10), VILLAGE), (nov(20), AGENCY))),
        # The same day: in place of the earlier move.
        (AGENCY, nov(10), ((BEGINNING, OFFICE), (nov(10), AGENCY))),
        # Where they are already: nothing.
        (VILLAGE, nov(15), ((BEGINNING, OFFICE), (nov(10), VILLAGE), (nov(20), AGENCY))),
        # The move was earlier than it was entered.
        (VILLAGE, nov(8), ((BEGINNING, OFFICE), (nov(8), VILLAGE), (nov(20), AGENCY))),
        # Into none.
        (None, nov(25), ((BEGINNING, OFFICE), (nov(10), VILLAGE), (nov(20), AGENCY), (nov(25), None))),
        # Back to where they came from, as if the move had never been.
        (OFFICE, nov(10), ((BEGINNING, OFFICE), (nov(20), AGENCY))),
    ],
)
def test_a_move_counts_until_the_next_one(
    unit: int | None, first: date, begins: tuple[tuple[date, int | None], ...]
) -> None:
    assert MOVED.moved(unit, first) == Stays(begins)


@pytest.mark.parametrize(
    ("unit", "first", "change"),
    [
        (AGENCY, nov(5), Change(nov(5), nov(9), OFFICE, AGENCY)),
        (AGENCY, nov(12), Change(nov(12), nov(19), VILLAGE, AGENCY)),
        (OFFICE, nov(25), Change(nov(25), None, AGENCY, OFFICE)),
        (VILLAGE, nov(15), None),
    ],
)
def test_a_change_names_its_days_and_both_units(unit: int, first: date, change: Change | None) -> None:
    assert MOVED.change(unit, first) == change


def test_a_move_that_is_taken_back_leaves_nothing() -> None:
    planned = Stays.always(OFFICE).moved(VILLAGE, nov(10))
    assert planned.moved(planned.without(nov(10)), nov(10)) == Stays.always(OFFICE)


days = st.integers(0, 60).map(lambda number: nov(1) + timedelta(days=number))
moves = st.lists(st.tuples(st.sampled_from([OFFICE, VILLAGE, AGENCY, None]), days), max_size=8)


@given(moves, st.tuples(st.sampled_from([OFFICE, VILLAGE, AGENCY, None]), days))
def test_a_move_changes_just_the_days_that_it_says(
    before: list[tuple[int | None, date]], wanted: tuple[int | None, date]
) -> None:
    stays = Stays.always(OFFICE)
    for unit, first in before:
        stays = stays.moved(unit, first)
    change, after = stays.change(*wanted), stays.moved(*wanted)
    assert after.begins[0][0] == BEGINNING
    assert all(one[1] != other[1] for one, other in zip(after.begins, after.begins[1:], strict=False))
    for number in range(-1, 70):
        day = nov(1) + timedelta(days=number)
        changed = change is not None and change.first_day <= day <= (change.last_day or date.max)
        assert after.unit_on(day) == (wanted[0] if changed else stays.unit_on(day))
