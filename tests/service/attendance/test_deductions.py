from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.approved import Absence
from service.attendance.deduction_table import DeductionTable
from service.attendance.deductions import Deduction, add_up, deductions_of
from service.attendance.recap import month_bounds
from tests.service.attendance.made_up_weeks import LONG_AGO, MONDAY, TABLE, at, judged, punch, summary_of


@pytest.mark.parametrize(
    ("arrival", "departure", "lines"),
    [
        ("07:20", "16:00", []),
        ("07:40", "16:00", [("TL1", 10, "0.5")]),
        ("08:15", "16:00", [("TL2", 45, "1")]),
        ("08:45", "16:00", [("TL3", 75, "1.25")]),
        ("09:30", "16:00", [("TL4", 120, "1.5")]),
        ("07:30", "15:00", [("PSW2", 60, "1")]),
        ("07:40", None, [("TL1", 10, "0.5"), ("PSW4", None, "1.5")]),
        (None, "16:00", [("TL4", None, "1.5")]),
        (None, None, [("TK", None, "5")]),
    ],
)
def test_what_a_day_costs(
    arrival: str | None, departure: str | None, lines: list[tuple[str, int | None, str]]
) -> None:
    sent = [punch(at(MONDAY, arrival), "in")] if arrival else []
    sent += [punch(at(MONDAY, departure), "out")] if departure else []
    expected = [Deduction(MONDAY, code, minutes, Decimal(percent)) for code, minutes, percent in lines]
    assert list(deductions_of(judged(MONDAY, *sent), TABLE)) == expected


def test_an_approved_absence_costs_what_the_table_says() -> None:
    table = DeductionTable(2, LONG_AGO, by_status={"izin": Decimal("2.5")})
    excused = judged(MONDAY, absence=Absence("izin", MONDAY, MONDAY))
    assert deductions_of(excused, TABLE) == ()
    assert deductions_of(excused, table) == (Deduction(MONDAY, "izin", None, Decimal("2.5")),)


def test_no_month_costs_more_than_the_cap() -> None:
    week = [judged(MONDAY + timedelta(n)) for n in range(5)]
    table = DeductionTable(2, LONG_AGO, cap=Decimal(20))
    summary = summary_of(week, table)
    assert (summary.deductions.sum, summary.deductions.total) == (Decimal(25), Decimal(20))
    assert len(summary.deductions.lines) == 5


def test_a_month_is_added_up() -> None:
    days = [
        judged(MONDAY, punch(at(MONDAY, "07:40")), punch(at(MONDAY, "15:45"))),
        judged(MONDAY + timedelta(1), punch(at(MONDAY + timedelta(1), "07:20"), "in", "review")),
        judged(MONDAY + timedelta(2)),
        judged(MONDAY + timedelta(3), absence=Absence("sakit", MONDAY, MONDAY + timedelta(3))),
        judged(MONDAY + timedelta(5)),
    ]
    summary = summary_of(days)
    assert summary.by_status == {"present": 2, "absent": 1, "sakit": 1, "off": 1}
    assert (summary.working_days, summary.late_days, summary.late_min, summary.early_min) == (4, 1, 10, 15)
    assert (summary.missing_out, summary.provisional) == (1, 1)
    assert summary.deductions.total == Decimal("0.5") + Decimal("0.5") + Decimal("1.5") + 5


MINUTES = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=5)


@given(MINUTES)
def test_the_minutes_of_a_month_are_those_of_its_days(minutes: list[tuple[int, int]]) -> None:
    days = []
    for number, (late, early) in enumerate(minutes[:4]):
        day = MONDAY + timedelta(number)
        arrival = punch(at(day, "07:30") + timedelta(minutes=late), "in")
        days.append(judged(day, arrival, punch(at(day, "16:00") - timedelta(minutes=early), "out")))
    summary = summary_of(days)
    assert summary.late_min == sum(late for late, _ in minutes[:4])
    assert summary.early_min == sum(early for _, early in minutes[:4])
    assert summary.deductions.sum == sum(line.percent for line in summary.deductions.lines)


@given(st.lists(st.decimals(0, 5, places=2), max_size=40), st.decimals(0, 100, places=2))
def test_the_total_is_never_above_the_cap_nor_above_the_sum(percents: list[Decimal], cap: Decimal) -> None:
    found = add_up([Deduction(MONDAY, "TK", None, percent) for percent in percents], cap)
    assert found.total <= cap
    assert found.total <= found.sum == sum(percents)


@pytest.mark.parametrize(
    ("day", "last"),
    [("2026-11-24", "2026-11-30"), ("2026-12-01", "2026-12-31"), ("2028-02-10", "2028-02-29")],
)
def test_a_month_ends_on_its_last_day(day: str, last: str) -> None:
    first, found = month_bounds(type(MONDAY).fromisoformat(day))
    assert (first.day, found.isoformat()) == (1, last)
