from datetime import time, timedelta

import pytest

from service.approved_requests import approved_absences, approved_corrections, is_away
from service.corrections import NewCorrection
from service.db.request_tables import Absence, AbsenceKind, Correction
from service.db.session import Database
from service.evidence import EvidenceStore
from service.request_decisions import decide, revoke
from tests.service.conftest import FakeClock
from tests.service.request_desk import TODAY, Desk, open_desk

DAY = timedelta(days=1)


@pytest.fixture
def desk(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Desk:
    return open_desk(db, evidence, clock())


@pytest.fixture
def siti(desk: Desk) -> int:
    assert desk.siti.employee_id is not None
    return desk.siti.employee_id


def approve(desk: Desk, clock: FakeClock, absence: int) -> None:
    decide(desk.db, Absence, absence, desk.rahmat, approve=True, words="", now=clock())


def test_only_approved_absences_count_and_only_of_these_people_and_days(
    desk: Desk, siti: int, clock: FakeClock
) -> None:
    for number in (0, 3, 6):
        asked = desk.ask(TODAY + number * DAY, TODAY + (number + 1) * DAY, now=clock()).request.id
        if number:
            approve(desk, clock, asked)
    approve(desk, clock, desk.ask(TODAY + 3 * DAY, now=clock(), owner=desk.dewi).request.id)
    with desk.db.read() as session:
        found = approved_absences(session, [siti], TODAY, TODAY + 6 * DAY)
        assert approved_absences(session, [siti], TODAY + 5 * DAY, TODAY + 5 * DAY) == []
        assert approved_absences(session, [], TODAY, TODAY + 6 * DAY) == []
    assert [(one.employee_id, one.kind, one.first - TODAY) for one in found] == [
        (siti, "sakit", 3 * DAY),
        (siti, "sakit", 6 * DAY),
    ]


def test_a_revoked_absence_counts_no_more(desk: Desk, siti: int, clock: FakeClock) -> None:
    asked = desk.ask(TODAY, now=clock()).request.id
    approve(desk, clock, asked)
    revoke(desk.db, Absence, asked, desk.rahmat, words="keliru", now=clock())
    with desk.db.read() as session:
        assert approved_absences(session, [siti], TODAY, TODAY) == []


def test_an_approved_correction_says_who_when_and_why(desk: Desk, siti: int, clock: FakeClock) -> None:
    asked = desk.correct(NewCorrection(TODAY, time(7, 25), None, False, "ponsel rusak"), now=clock())
    with desk.db.read() as session:
        assert approved_corrections(session, [siti], TODAY, TODAY) == []
    decide(desk.db, Correction, asked.request.id, desk.dewi, approve=True, words="", now=clock())
    with desk.db.read() as session:
        (found,) = approved_corrections(session, [siti], TODAY, TODAY)
    assert (found.day, found.arrival, found.departure) == (TODAY, time(7, 25), None)
    assert (found.note, found.approved_by, found.approved_at) == ("ponsel rusak", desk.dewi.id, clock())


@pytest.mark.parametrize(("kind", "away"), [("dinas_luar", True), ("wfh", True), ("tugas_belajar", False)])
def test_who_travels_or_works_at_home_is_away_once_it_is_approved(
    desk: Desk, siti: int, clock: FakeClock, kind: AbsenceKind, away: bool
) -> None:
    asked = desk.ask(TODAY, TODAY + DAY, kind, now=clock()).request.id
    with desk.db.read() as session:
        assert not is_away(session, siti, TODAY)
    approve(desk, clock, asked)
    with desk.db.read() as session:
        assert is_away(session, siti, TODAY) is is_away(session, siti, TODAY + DAY) is away
        assert not is_away(session, siti, TODAY - DAY)
        assert not is_away(session, siti, TODAY + 2 * DAY)
