from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.approved import Absence, AbsenceKind, Approved, Correction, Presence
from service.attendance.day import Punch
from service.attendance.hours import Windows
from service.attendance.judging import expect, judge, step_of
from service.attendance.schedule import CalendarDay
from tests.service.attendance.made_up_weeks import (
    FIVE,
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
)

TUESDAY = MONDAY + timedelta(1)


@pytest.mark.parametrize(
    ("minutes", "step"),
    [(0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (500, 4)],
)
def test_steps_of_lateness(minutes: int, step: int) -> None:
    assert step_of(minutes) == step


@pytest.mark.parametrize(
    ("arrival", "departure", "late_min", "late_step", "early_min", "early_step"),
    [
        ("07:29", "16:00", 0, 0, 0, 0),
        ("07:30:59", "16:10", 0, 0, 0, 0),
        ("07:31", "15:59", 1, 1, 1, 1),
        ("08:00", "15:30", 30, 1, 30, 1),
        ("08:01", "15:29", 31, 2, 31, 2),
        ("09:00", "14:30", 90, 3, 90, 3),
        ("09:01", "14:29", 91, 4, 91, 4),
        ("07:00", None, 0, 0, 0, 4),
        (None, "16:00", 0, 4, 0, 0),
    ],
)
def test_an_ordinary_monday(
    arrival: str | None,
    departure: str | None,
    late_min: int,
    late_step: int,
    early_min: int,
    early_step: int,
) -> None:
    sent = [punch(at(MONDAY, arrival), "in")] if arrival else []
    sent += [punch(at(MONDAY, departure), "out")] if departure else []
    day = judged(MONDAY, *sent)
    assert day.status == "present"
    assert (day.late_min, day.late_step) == (late_min, late_step)
    assert (day.early_min, day.early_step) == (early_min, early_step)
    assert (day.missing_in, day.missing_out) == (arrival is None, departure is None)


def test_on_friday_work_ends_later() -> None:
    assert judged(FRIDAY, punch(at(FRIDAY, "07:30")), punch(at(FRIDAY, "16:00"))).early_min == 30


@pytest.mark.parametrize(("tolerance", "late"), [(0, 10), (9, 10), (10, 0), (15, 0)])
def test_within_the_tolerance_nobody_is_late_and_beyond_it_all_minutes_count(
    tolerance: int, late: int
) -> None:
    assert judged(MONDAY, punch(at(MONDAY, "07:40")), tolerance_min=tolerance).late_min == late


@pytest.mark.parametrize(
    ("now", "status"), [("06:00", "open"), ("12:00", "open"), ("21:59", "open"), ("22:00", "absent")]
)
def test_without_check_ins_the_day_is_open_until_its_windows_close(now: str, status: str) -> None:
    assert judged(MONDAY, now=at(MONDAY, now)).status == status


def test_a_departure_is_not_missed_before_its_window_closes() -> None:
    day = judged(MONDAY, punch(at(MONDAY, "07:20")), now=at(MONDAY, "17:00"))
    assert (day.status, day.missing_out, day.early_step, day.over) == ("present", False, 0, False)


@pytest.mark.parametrize("status", ["review", "received"])
def test_a_check_in_under_review_counts_and_the_day_is_provisional(status: Any) -> None:
    day = judged(MONDAY, punch(at(MONDAY, "07:20"), "in", status), punch(at(MONDAY, "16:20"), "out"))
    assert (day.status, day.provisional, day.late_min) == ("present", True, 0)


def test_a_rejected_check_in_is_none() -> None:
    assert judged(MONDAY, punch(at(MONDAY, "07:20"), "in", "rejected")).status == "absent"


@pytest.mark.parametrize(
    "kind",
    [
        "izin",
        "sakit",
        "cuti_tahunan",
        "cuti_besar",
        "cuti_sakit",
        "cuti_melahirkan",
        "cuti_alasan_penting",
        "cuti_di_luar_tanggungan",
        "dinas_luar",
        "tugas_belajar",
        "alasan_teknis",
    ],
)
def test_an_approved_absence_is_the_status_and_costs_no_minutes(kind: AbsenceKind) -> None:
    day = judged(MONDAY, punch(at(MONDAY, "10:00")), absence=Absence(kind, MONDAY, MONDAY))
    assert (day.status, day.late_min, day.late_step, day.early_step) == (kind, 0, 0, 0)
    assert day.first_in == at(MONDAY, "10:00")


def test_at_home_the_hours_are_the_same() -> None:
    at_home = Absence("wfh", MONDAY, MONDAY)
    day = judged(MONDAY, punch(at(MONDAY, "07:45")), punch(at(MONDAY, "16:00")), absence=at_home)
    assert (day.status, day.late_min) == ("wfh", 15)
    assert judged(MONDAY, absence=at_home).status == "absent"


@pytest.mark.parametrize(
    ("day", "kind"),
    [(SATURDAY, "off"), (FRIDAY, "national")],
)
def test_on_a_free_day_nothing_is_asked_and_an_absence_changes_nothing(day: date, kind: str) -> None:
    by = rules(calendar=[CalendarDay(FRIDAY, "Hari raya", "national")])
    found = judged(
        day, punch(at(day, "09:00")), by=by, absence=Absence("cuti_tahunan", MONDAY, day + timedelta(3))
    )
    assert (found.status, found.late_step, found.first_in) == (kind, 0, at(day, "09:00"))


def test_a_correction_stands_in_for_what_is_missing() -> None:
    corrected = Correction(MONDAY, None, at(MONDAY, "16:05"))
    day = judged(MONDAY, punch(at(MONDAY, "07:20")), correction=corrected)
    assert (day.first_in, day.last_out) == (at(MONDAY, "07:20"), at(MONDAY, "16:05"))
    assert (day.corrected, day.missing_out) == (True, False)


def test_a_corrected_time_is_no_longer_in_doubt() -> None:
    doubtful = punch(at(MONDAY, "07:50"), "in", "review")
    day = judged(MONDAY, doubtful, correction=Correction(MONDAY, at(MONDAY, "07:25"), at(MONDAY, "16:05")))
    assert (day.provisional, day.late_min) == (False, 0)


@pytest.mark.parametrize(
    ("begins", "ends", "status", "late_min", "early_min"),
    [
        ("07:00", "17:00", "alasan_teknis", 0, 0),
        ("07:00", "09:30", "present", 0, 30),
        ("08:00", "09:30", "present", 30, 30),
        ("14:00", "17:00", "present", 120, 0),
        ("17:00", "18:00", "present", 120, 30),
    ],
)
def test_who_could_not_check_in_counts_as_present_for_that_time(
    begins: str, ends: str, status: str, late_min: int, early_min: int
) -> None:
    power_cut = Presence(at(MONDAY, begins), at(MONDAY, ends))
    day = judged(MONDAY, punch(at(MONDAY, "09:30")), punch(at(MONDAY, "15:30")), presences=[power_cut])
    assert (day.status, day.late_min, day.early_min) == (status, late_min, early_min)


def test_a_power_cut_is_no_departure_while_the_day_goes_on() -> None:
    power_cut = Presence(at(MONDAY, "07:00"), at(MONDAY, "09:00"))
    day = judged(MONDAY, presences=[power_cut], now=at(MONDAY, "11:00"))
    assert (day.first_in, day.last_out, day.corrected) == (at(MONDAY, "07:30"), None, True)


def test_of_two_approved_for_a_day_the_later_given_counts() -> None:
    approved = Approved([Absence("izin", MONDAY, TUESDAY), Absence("sakit", TUESDAY, TUESDAY)])
    assert [one and one.kind for one in map(approved.absence_on, (MONDAY, TUESDAY, FRIDAY))] == [
        "izin",
        "sakit",
        None,
    ]


def test_outside_its_window_a_check_in_is_shown_and_does_not_count() -> None:
    narrow = replace(FIVE, windows=Windows(60, 60, 60, 120))
    by = rules(versions=(narrow,))
    day = judged(
        MONDAY,
        punch(at(MONDAY, "07:20"), "in"),
        punch(at(MONDAY, "12:00"), "out"),
        punch(at(MONDAY, "16:20"), "auto"),
        by=by,
    )
    assert day.outside == (at(MONDAY, "12:00"),)
    assert (day.first_in, day.last_out) == (at(MONDAY, "07:20"), at(MONDAY, "16:20"))


def test_an_undirected_check_in_alone_in_the_window_of_departures_is_one() -> None:
    by = rules(versions=(replace(FIVE, windows=Windows(60, 60, 60, 120)),))
    day = judged(MONDAY, punch(at(MONDAY, "16:20"), "auto"), by=by)
    assert (day.first_in, day.last_out) == (None, at(MONDAY, "16:20"))


@pytest.mark.parametrize("zone", [WIB, WITA, WIT])
def test_lateness_is_by_the_clock_of_the_place(zone: Any) -> None:
    assert judged(MONDAY, punch(at(MONDAY, "07:40", zone)), zone=zone).late_min == 10


def test_a_night_shift_is_judged_over_midnight() -> None:
    nights = rules(default_pattern=3)
    day = judged(MONDAY, punch(at(MONDAY, "22:15")), punch(at(TUESDAY, "05:30")), by=nights)
    assert (day.date, day.late_min, day.early_min) == (MONDAY, 15, 30)


MOMENTS = st.integers(0, 1050).map(lambda minutes: at(MONDAY, "04:30") + timedelta(minutes=minutes))
PUNCHES = st.lists(
    st.builds(
        punch,
        MOMENTS,
        st.sampled_from(["in", "out", "auto"]),
        st.sampled_from(["accepted", "review", "retake"]),
    ),
    unique_by=lambda one: one.at,
)


@given(PUNCHES)
def test_nobody_works_longer_than_from_start_to_end_less_the_minutes_missed(punches: list[Punch]) -> None:
    day = judged(MONDAY, *punches)
    if day.first_in is None or day.last_out is None:
        return
    whole = (at(MONDAY, "16:00") - at(MONDAY, "07:30")) // timedelta(minutes=1)
    begins, ends = max(day.first_in, at(MONDAY, "07:30")), min(day.last_out, at(MONDAY, "16:00"))
    there = (ends - begins) / timedelta(minutes=1)
    assert 0 <= whole - there - day.late_min - day.early_min < 2


@given(PUNCHES)
def test_judging_again_changes_nothing_and_the_order_does_not_matter(punches: list[Punch]) -> None:
    assert judged(MONDAY, *punches) == judged(MONDAY, *reversed(punches))


def test_the_day_before_the_roster_asks_for_nothing() -> None:
    planned = replace(rules().plan(1, None, MONDAY, WIB), kind="outside", starts_at=None, ends_at=None)
    assert judge(expect(planned, Windows(), 0), [], now=at(FRIDAY, "12:00")).status == "outside"
