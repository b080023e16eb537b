"""Requests that HR enters for an employee: who may, and who decides."""

import json
from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from service.absences import NewAbsence, one_absence, own_absences, withdraw_absence
from service.access_errors import OwnRecord
from service.corrections import NewCorrection
from service.db.request_tables import Absence, Correction
from service.db.session import Database
from service.db.tables import Account, AuditEntry, Employee
from service.errors import UnknownEmployee
from service.evidence import EvidenceStore
from service.own_data import own_data
from service.request_decisions import decide, revoke
from service.request_errors import (
    DatesRefused,
    EnteredByYou,
    LetterRefused,
    OwnRequest,
    RequestOverlaps,
    WordsRefused,
)
from service.request_rows import Row
from service.requests_on_behalf import enter_absence, enter_correction, requests_of_days
from tests.service.conftest import FakeClock
from tests.service.request_desk import PDF, TODAY, ZONE, Desk, open_desk

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def desk(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Desk:
    return open_desk(db, evidence, clock())


def absent(
    desk: Desk,
    clock: FakeClock,
    author: Account,
    nip: str = "1",
    note: str = "Dirawat di rumah sakit, keluarga melapor",
    first: date = YESTERDAY,
    letter: bytes | None = None,
) -> int:
    wanted = NewAbsence("sakit", first, TODAY, note, letter)
    entered = enter_absence(desk.db, desk.evidence, ZONE, author, nip, wanted, clock())
    return entered.request.id


def corrected(desk: Desk, clock: FakeClock, author: Account, day: date = YESTERDAY) -> int:
    wanted = NewCorrection(day, time(7, 25), None, False, "Ponsel rusak, disaksikan Kepala Seksi")
    return enter_correction(desk.db, ZONE, author, "1", wanted, clock()).request.id


def test_what_hr_enters_waits_and_names_who_entered_it(desk: Desk, clock: FakeClock) -> None:
    entered = absent(desk, clock, desk.dewi, letter=PDF)
    (own,) = own_absences(desk.db, desk.siti, 1).absences
    assert (own.request.id, own.request.state, own.request.entered_by) == (entered, "asked", "Pegawai 2")
    assert own.letter
    with desk.db.read() as session:
        facts = session.scalar(select(AuditEntry.facts).where(AuditEntry.action == "request_made"))
    assert json.loads(facts or "")["on_behalf"] is True


@pytest.mark.parametrize(("what", "table"), [(absent, Absence), (corrected, Correction)])
def test_another_person_than_the_employee_and_the_author_decides(
    desk: Desk, clock: FakeClock, what: Callable[[Desk, FakeClock, Account], int], table: type[Row]
) -> None:
    entered = what(desk, clock, desk.dewi)
    with pytest.raises(EnteredByYou):
        decide(desk.db, table, entered, desk.dewi, approve=True, words="baik", now=clock())
    with pytest.raises(EnteredByYou):
        revoke(desk.db, table, entered, desk.dewi, words="baik", now=clock())
    decide(desk.db, table, entered, desk.rahmat, approve=True, words="", now=clock())


def test_an_employee_who_is_hr_decides_on_nothing_that_was_entered_for_them(
    desk: Desk, clock: FakeClock
) -> None:
    entered = absent(desk, clock, desk.rahmat, nip="2")
    with pytest.raises(OwnRequest):
        decide(desk.db, Absence, entered, desk.dewi, approve=True, words="", now=clock())


def test_the_author_may_not_decide_and_may_withdraw(desk: Desk, clock: FakeClock) -> None:
    entered = absent(desk, clock, desk.dewi)
    seen = one_absence(desk.db, desk.dewi, entered).request
    assert (seen.may_decide, seen.may_revoke, seen.may_withdraw) == (False, False, True)
    assert one_absence(desk.db, desk.rahmat, entered).request.may_decide
    withdraw_absence(desk.db, desk.evidence, desk.dewi, entered, clock())
    assert one_absence(desk.db, desk.siti, entered).request.state == "withdrawn"


def test_the_employee_may_withdraw_what_was_entered_for_them(desk: Desk, clock: FakeClock) -> None:
    entered = absent(desk, clock, desk.dewi)
    withdraw_absence(desk.db, desk.evidence, desk.siti, entered, clock())
    assert one_absence(desk.db, desk.siti, entered).request.state == "withdrawn"


def test_nobody_enters_for_themselves_or_for_people_outside_the_reach(desk: Desk, clock: FakeClock) -> None:
    with pytest.raises(OwnRecord):
        absent(desk, clock, desk.dewi, nip="2")
    with pytest.raises(UnknownEmployee):
        absent(desk, clock, desk.lain)
    with pytest.raises(UnknownEmployee):
        corrected(desk, clock, desk.lain)


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        ({"note": " "}, WordsRefused),
        ({"first": TODAY + timedelta(days=1)}, DatesRefused),
        ({"letter": b"no letter"}, LetterRefused),
    ],
)
def test_what_an_employee_could_not_ask_for_hr_can_not_enter(
    desk: Desk, clock: FakeClock, options: dict[str, object], refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        absent(desk, clock, desk.dewi, **options)  # type: ignore[arg-type]


def test_days_are_asked_for_once_whoever_asks(desk: Desk, clock: FakeClock) -> None:
    desk.ask(YESTERDAY, now=clock())
    with pytest.raises(RequestOverlaps):
        absent(desk, clock, desk.dewi, letter=PDF)
    with pytest.raises(RequestOverlaps):
        corrected(desk, clock, desk.dewi)
    with pytest.raises(DatesRefused):
        corrected(desk, clock, desk.dewi, TODAY + timedelta(days=1))


def test_the_last_days_of_somebody_who_has_left_can_be_put_right(desk: Desk, clock: FakeClock) -> None:
    with desk.db.write() as session:
        employee = session.scalars(select(Employee).where(Employee.nip == "1")).one()
        employee.active = False
    assert corrected(desk, clock, desk.dewi)


def test_requests_of_days_are_those_that_touch_them(desk: Desk, clock: FakeClock) -> None:
    ill = absent(desk, clock, desk.dewi)
    early = corrected(desk, clock, desk.dewi, YESTERDAY - timedelta(days=1))
    found = requests_of_days(desk.db, desk.rahmat, "1", TODAY, TODAY)
    assert ([one.request.id for one in found.absences], found.corrections) == ([ill], ())
    found = requests_of_days(desk.db, desk.rahmat, "1", YESTERDAY - timedelta(days=1), TODAY)
    assert [one.request.id for one in found.corrections] == [early]
    with pytest.raises(UnknownEmployee):
        requests_of_days(desk.db, desk.lain, "1", TODAY, TODAY)


def test_employees_find_who_entered_it_among_their_data(desk: Desk, clock: FakeClock) -> None:
    absent(desk, clock, desk.rahmat)
    assert desk.siti.employee_id is not None
    (absence,) = own_data(desk.db, desk.siti.employee_id).requests.absences
    assert absence.entered_by == "rahmat"
