from datetime import datetime, time, timedelta

import pytest

from service.attendance.approved import Absence, Correction, Presence
from service.attendance.day import Kind, Punch
from service.attendance.hours import CUSTOMARY_WINDOWS, Hours
from service.attendance.judging import Expected, expect, judge
from service.attendance.schedule import PatternVersion, PlannedDay
from service.attendance.standing import Standing, shift_at, standing
from tests.service.attendance.made_up_weeks import LONG_AGO, MONDAY, NIGHT, SATURDAY, WIB, at, punch, rules

TUESDAY = MONDAY + timedelta(days=1)
TOLERANCE_MIN = 5


def expected_on(day: object = MONDAY, hours: Hours | None = None) -> Expected:
    """07:30 to 16:00 on a Monday; or other hours on every day."""
    versions = [PatternVersion(9, 1, LONG_AGO, LONG_AGO, (hours,))] if hours else rules().versions
    planned = rules(versions=versions).plan(1, None, day, WIB)  # type: ignore[arg-type]
    return expect(planned, CUSTOMARY_WINDOWS, TOLERANCE_MIN)


def stand(
    now: str,
    *punches: Punch,
    absence: Absence | None = None,
    correction: Correction | None = None,
    presences: tuple[Presence, ...] = (),
) -> Standing:
    expected, moment = expected_on(), at(MONDAY, now)
    judged = judge(expected, punches, absence=absence, correction=correction, presences=presences, now=moment)
    return standing(expected, judged, punches, moment)


def came(clock: str, kind: Kind = "auto") -> Punch:
    return punch(at(MONDAY, clock), kind)


@pytest.mark.parametrize(
    ("now", "punches", "status", "reason"),
    [
        ("06:00", [], "not_expected", "later"),
        ("07:30", [], "not_expected", "later"),
        ("07:35", [], "not_expected", "later"),  # within the tolerance whoever came now would not be late
        ("07:36", [], "missing", None),
        ("15:59", [], "missing", None),
        ("23:30", [], "missing", None),
        ("07:00", [came("06:50")], "present", None),
        ("08:00", [came("07:35")], "present", None),
        ("08:00", [came("07:36")], "late", None),
        ("16:30", [came("07:20"), came("16:01")], "left", None),
        ("16:30", [came("07:50"), came("16:01")], "left", None),
        ("16:30", [came("16:01", "out")], "left", None),
        ("21:59", [came("07:20")], "present", None),
        ("22:01", [came("07:20")], "left", None),  # past all hours nobody is taken to be there
        ("13:30", [came("07:20"), came("12:00", "out"), came("13:00", "in")], "present", None),
        ("12:30", [came("07:20"), came("12:00", "out")], "left", None),
    ],
)
def test_each_moment_of_a_day(now: str, punches: list[Punch], status: str, reason: str | None) -> None:
    found = stand(now, *punches)
    assert (found.status, found.reason) == (status, reason)


def test_a_check_in_under_review_counts_and_is_told() -> None:
    found = stand("08:00", punch(at(MONDAY, "07:20"), status="review"))
    assert (found.status, found.in_review) == ("present", True)


@pytest.mark.parametrize("kind", ["izin", "sakit", "cuti_tahunan", "dinas_luar", "tugas_belajar"])
def test_who_is_approved_to_be_absent_is_not_expected_even_with_a_check_in(kind: str) -> None:
    absence = Absence(kind, MONDAY, MONDAY)  # type: ignore[arg-type]
    for punches in ([], [came("07:20")]):
        found = stand("09:00", *punches, absence=absence)
        assert (found.status, found.reason) == ("not_expected", kind)


def test_at_home_the_check_ins_tell() -> None:
    absence = Absence("wfh", MONDAY, MONDAY)
    assert stand("09:00", absence=absence).status == "missing"
    assert stand("09:00", came("07:20"), absence=absence).status == "present"


def test_a_free_day_is_one_on_which_nobody_is_expected() -> None:
    expected, moment = expected_on(SATURDAY), at(SATURDAY, "09:00")
    found = standing(expected, judge(expected, (), now=moment), (), moment)
    assert (found.status, found.reason) == ("not_expected", "off")


def test_what_is_approved_for_later_has_not_happened_yet() -> None:
    correction = Correction(MONDAY, at(MONDAY, "07:25"), at(MONDAY, "15:00"))
    assert stand("09:00", correction=correction).status == "present"
    assert stand("15:00", correction=correction).status == "left"
    outage = Presence(at(MONDAY, "14:00"), at(MONDAY, "17:00"))
    assert stand("09:00", presences=(outage,)).status == "missing"
    assert stand("14:30", presences=(outage,)).status == "late"


# --- which shift somebody is in

DAY = Hours(time(7), time(14))


def day_of(now: datetime, *hours: Hours | None) -> object:
    """Of a Monday, the day before it and the day after."""
    days = []
    for offset, one in enumerate(hours):
        day = MONDAY + timedelta(days=offset - 1)
        days.append(
            expect(PlannedDay(day, "off"), CUSTOMARY_WINDOWS, 0) if one is None else expected_on(day, one)
        )
    return shift_at(days, 1, now).planned.date


@pytest.mark.parametrize(
    ("now", "hours", "offset"),
    [
        ("07:42", (DAY, DAY, DAY), 0),
        ("01:00", (DAY, DAY, DAY), 0),
        ("23:00", (DAY, DAY, DAY), 0),
        ("01:00", (NIGHT, NIGHT, NIGHT), -1),
        ("06:10", (NIGHT, NIGHT, NIGHT), -1),
        ("11:59", (NIGHT, NIGHT, NIGHT), -1),
        ("12:01", (NIGHT, NIGHT, NIGHT), 0),
        ("23:00", (NIGHT, NIGHT, NIGHT), 0),
        ("07:42", (NIGHT, None, NIGHT), -1),
        ("13:00", (NIGHT, None, NIGHT), 0),
        # A night and then a morning: the shift that is on, and between them the one that is nearer.
        ("05:59", (NIGHT, DAY, DAY), -1),
        ("06:29", (NIGHT, DAY, DAY), -1),
        ("06:30", (NIGHT, DAY, DAY), 0),
        ("23:30", (DAY, None, Hours(time(0), time(8))), 1),
    ],
)
def test_the_shift_of_a_moment(now: str, hours: tuple[Hours | None, ...], offset: int) -> None:
    assert day_of(at(MONDAY, now), *hours) == MONDAY + timedelta(days=offset)
