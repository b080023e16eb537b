from datetime import date, time, timedelta

import pytest

from service.corrections import (
    NewCorrection,
    corrections_of_staff,
    own_corrections,
    withdraw_correction,
)
from service.db.request_tables import AbsenceKind
from service.db.session import Database
from service.evidence import EvidenceStore
from service.request_errors import DatesRefused, RequestOverlaps, WordsRefused
from service.request_rows import RequestFilter
from tests.service.conftest import FakeClock
from tests.service.request_desk import TODAY, Desk, open_desk

YESTERDAY = TODAY - timedelta(days=1)
REASON = "Ponsel rusak, disaksikan Kepala Seksi"


@pytest.fixture
def desk(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Desk:
    return open_desk(db, evidence, clock())


def of(
    day: date = YESTERDAY,
    arrival: time | None = time(7, 25),
    departure: time | None = None,
    *,
    next_day: bool = False,
    note: str = REASON,
) -> NewCorrection:
    return NewCorrection(day, arrival, departure, next_day, note)


def test_a_correction_keeps_the_times_as_they_were_said(desk: Desk, clock: FakeClock) -> None:
    asked = desk.correct(of(departure=time(16, 2)), now=clock())
    assert (asked.day, asked.arrival, asked.departure) == (YESTERDAY, time(7, 25), time(16, 2))
    assert own_corrections(desk.db, desk.siti, 1).corrections == (asked,)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (of(arrival=None), "no_time"),
        (of(TODAY + timedelta(days=1)), "not_yet"),
        (of(date.min), "too_early"),
        (of(date.max), "too_late"),
        (of(arrival=time(16), departure=time(7)), "departure_before_arrival"),
        (of(arrival=time(7), departure=time(7)), "departure_before_arrival"),
    ],
)
def test_times_that_can_not_be_meant_are_refused(
    desk: Desk, clock: FakeClock, wanted: NewCorrection, reason: str
) -> None:
    with pytest.raises(DatesRefused) as refused:
        desk.correct(wanted, now=clock())
    assert refused.value.extras["reason"] == reason


def test_a_night_watch_departs_on_the_next_day(desk: Desk, clock: FakeClock) -> None:
    asked = desk.correct(of(arrival=time(19), departure=time(7), next_day=True), now=clock())
    assert asked.departs_next_day


def test_a_correction_needs_a_reason(desk: Desk, clock: FakeClock) -> None:
    with pytest.raises(WordsRefused):
        desk.correct(of(note=""), now=clock())


def test_a_day_is_corrected_once(desk: Desk, clock: FakeClock) -> None:
    asked = desk.correct(of(), now=clock()).request.id
    with pytest.raises(RequestOverlaps) as refused:
        desk.correct(of(arrival=None, departure=time(16)), now=clock())
    assert refused.value.extras == {"first": "2026-11-23", "last": "2026-11-23", "kind": "correction"}
    withdraw_correction(desk.db, desk.siti, asked, clock())
    desk.correct(of(), now=clock())


@pytest.mark.parametrize(("kind", "goes"), [("sakit", False), ("dinas_luar", True), ("wfh", True)])
def test_a_correction_goes_with_working_elsewhere_and_with_no_other_absence(
    desk: Desk, clock: FakeClock, kind: AbsenceKind, goes: bool
) -> None:
    desk.ask(YESTERDAY, kind=kind, now=clock())
    if goes:
        desk.correct(of(), now=clock())
        return
    with pytest.raises(RequestOverlaps):
        desk.correct(of(), now=clock())


def test_a_corrected_day_can_not_be_one_of_illness_but_one_of_travel(desk: Desk, clock: FakeClock) -> None:
    desk.correct(of(), now=clock())
    with pytest.raises(RequestOverlaps) as refused:
        desk.ask(YESTERDAY - timedelta(days=3), TODAY, now=clock())
    assert refused.value.extras["first"] == "2026-11-23"
    desk.ask(YESTERDAY, kind="dinas_luar", now=clock())


def test_an_approver_sees_those_of_a_month_within_reach(desk: Desk, clock: FakeClock) -> None:
    for day in (YESTERDAY, date(2026, 10, 30)):
        desk.correct(of(day), now=clock())
    november = RequestFilter(first=date(2026, 11, 1), last=date(2026, 11, 30))
    seen = corrections_of_staff(desk.db, desk.dewi, november, 1)
    assert [one.day for one in seen.corrections] == [YESTERDAY]
    assert seen.corrections[0].request.may_decide
    assert corrections_of_staff(desk.db, desk.lain, november, 1).total == 0
