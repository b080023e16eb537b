from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.absences import absences_of_staff, one_absence, own_absences, withdraw_absence
from service.db.request_tables import Absence
from service.db.session import Database
from service.db.tables import AuditEntry, Employee
from service.errors import NotAnEmployee, UnknownUnit
from service.evidence import EvidenceStore
from service.request_dates import FARTHEST, LONGEST_DAYS, MOST_OPEN
from service.request_decisions import decide, revoke
from service.request_errors import (
    AlreadyDecided,
    DatesRefused,
    RequestOverlaps,
    TooManyOpen,
    UnknownRequest,
    WordsRefused,
)
from service.request_rows import RequestFilter
from service.written_words import LONGEST_WORDS
from tests.service.conftest import FakeClock
from tests.service.request_desk import TODAY, Desk, employee, open_desk

DAY = timedelta(days=1)


@pytest.fixture
def desk(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Desk:
    return open_desk(db, evidence, clock())


def test_what_is_asked_for_is_open_and_may_be_withdrawn(desk: Desk, clock: FakeClock) -> None:
    asked = desk.ask(TODAY, TODAY + DAY, now=clock())
    assert (asked.kind, asked.first, asked.last, asked.letter) == ("sakit", TODAY, TODAY + DAY, False)
    assert (asked.request.state, asked.request.may_withdraw, asked.request.may_decide) == (
        "asked",
        True,
        False,
    )
    assert one_absence(desk.db, desk.siti, asked.request.id) == asked


def test_it_goes_on_record_without_its_words(desk: Desk, clock: FakeClock) -> None:
    asked = desk.ask(TODAY, now=clock())
    with desk.db.read() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "request_made"))
    assert entry.subject == f"absence:{asked.request.id}"
    assert '"first":"2026-11-24"' in entry.facts
    assert "Demam" not in entry.facts


def test_the_words_are_tidied(desk: Desk, clock: FakeClock) -> None:
    asked = desk.ask(TODAY, note="  demam\x00\n tinggi\u202e ", now=clock())
    assert asked.request.note == "demam tinggi"


@pytest.mark.parametrize(("note", "reason"), [(" \n ", "missing"), ("a" * (LONGEST_WORDS + 1), "too_long")])
def test_too_few_and_too_many_words_are_refused(desk: Desk, clock: FakeClock, note: str, reason: str) -> None:
    with pytest.raises(WordsRefused) as refused:
        desk.ask(TODAY, note=note, now=clock())
    assert refused.value.extras["reason"] == reason


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (TODAY, TODAY - DAY, "end_before_start"),
        (TODAY - FARTHEST - DAY, TODAY, "too_early"),
        (TODAY + FARTHEST + DAY, TODAY + FARTHEST + DAY, "too_late"),
        (date.min, date.min, "too_early"),
        (date.max, date.max, "too_late"),
        (TODAY, TODAY + LONGEST_DAYS * DAY, "too_long"),
        (TODAY, date.max, "too_long"),
    ],
)
def test_days_that_can_not_be_meant_are_refused(
    desk: Desk, clock: FakeClock, first: date, last: date, reason: str
) -> None:
    with pytest.raises(DatesRefused) as refused:
        desk.ask(first, last, now=clock())
    assert refused.value.extras["reason"] == reason
    assert refused.value.explain()


@pytest.mark.parametrize("first", [TODAY - FARTHEST, TODAY + FARTHEST])
def test_a_year_back_and_ahead_may_be_asked_for(desk: Desk, clock: FakeClock, first: date) -> None:
    assert desk.ask(first, now=clock()).first == first


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (TODAY, TODAY),
        (TODAY - DAY, TODAY),
        (TODAY + 2 * DAY, TODAY + 9 * DAY),
        (TODAY - DAY, TODAY + 9 * DAY),
    ],
)
def test_days_that_are_open_or_approved_are_not_asked_for_twice(
    desk: Desk, clock: FakeClock, approved: bool, first: date, last: date
) -> None:
    asked = desk.ask(TODAY, TODAY + 2 * DAY, "dinas_luar", now=clock())
    if approved:
        decide(desk.db, Absence, asked.request.id, desk.dewi, approve=True, words="", now=clock())
    with pytest.raises(RequestOverlaps) as refused:
        desk.ask(first, last, now=clock())
    assert refused.value.extras == {"first": "2026-11-24", "last": "2026-11-26", "kind": "dinas_luar"}
    assert "2026-11-24" in refused.value.explain()


def test_days_beside_it_and_those_of_somebody_else_are_free(desk: Desk, clock: FakeClock) -> None:
    desk.ask(TODAY, TODAY + DAY, now=clock())
    desk.ask(TODAY - DAY, now=clock())
    desk.ask(TODAY + 2 * DAY, now=clock())
    desk.ask(TODAY, now=clock(), owner=desk.dewi)


@pytest.mark.parametrize("ending", ["withdrawn", "refused", "revoked"])
def test_days_are_free_again_when_the_request_came_to_nothing(
    desk: Desk, clock: FakeClock, ending: str
) -> None:
    asked = desk.ask(TODAY, now=clock()).request.id
    if ending == "withdrawn":
        withdraw_absence(desk.db, desk.evidence, desk.siti, asked, clock())
    else:
        decide(desk.db, Absence, asked, desk.dewi, approve=ending == "revoked", words="tidak", now=clock())
    if ending == "revoked":
        revoke(desk.db, Absence, asked, desk.dewi, words="salah orang", now=clock())
    assert desk.ask(TODAY, now=clock()).request.state == "asked"


def test_only_the_owner_withdraws_and_only_while_it_is_open(desk: Desk, clock: FakeClock) -> None:
    asked = desk.ask(TODAY, now=clock()).request.id
    with pytest.raises(UnknownRequest):
        withdraw_absence(desk.db, desk.evidence, desk.dewi, asked, clock())
    withdraw_absence(desk.db, desk.evidence, desk.siti, asked, clock())
    with pytest.raises(AlreadyDecided) as refused:
        withdraw_absence(desk.db, desk.evidence, desk.siti, asked, clock())
    assert refused.value.extras == {"state": "withdrawn"}


def test_nobody_leaves_more_than_so_many_open(desk: Desk, clock: FakeClock) -> None:
    for number in range(MOST_OPEN):
        desk.ask(TODAY + number * DAY, now=clock())
    with pytest.raises(TooManyOpen):
        desk.ask(TODAY - DAY, now=clock())


def test_an_account_that_is_no_employees_has_nothing_to_ask_for(desk: Desk, clock: FakeClock) -> None:
    with pytest.raises(NotAnEmployee):
        desk.ask(TODAY, now=clock(), owner=desk.rahmat)
    with pytest.raises(NotAnEmployee):
        own_absences(desk.db, desk.rahmat, 1)


def test_who_has_left_asks_for_nothing(desk: Desk, clock: FakeClock) -> None:
    with desk.db.write() as session:
        session.get_one(Employee, desk.siti.employee_id).active = False
    with pytest.raises(NotAnEmployee):
        desk.ask(TODAY, now=clock())


def staff(desk: Desk, approver: Any, wanted: RequestFilter, kind: Any = None) -> list[date]:
    return [one.first for one in absences_of_staff(desk.db, approver, wanted, kind, 1).absences]


def test_an_approver_sees_the_open_ones_first_the_longest_waiting_first(desk: Desk, clock: FakeClock) -> None:
    decided = [desk.ask(TODAY + number * DAY, now=clock()).request.id for number in (1, 2)]
    for number, request_id in enumerate(decided):
        decide(desk.db, Absence, request_id, desk.dewi, approve=bool(number), words="tidak", now=clock())
    for number in (5, 3):
        clock.advance(hours=1)
        desk.ask(TODAY + number * DAY, now=clock())
    assert [(day - TODAY).days for day in staff(desk, desk.dewi, RequestFilter())] == [5, 3, 1, 2]


def test_an_approver_sees_nothing_of_other_units(desk: Desk, clock: FakeClock) -> None:
    asked = desk.ask(TODAY, now=clock()).request.id
    assert staff(desk, desk.dewi, RequestFilter()) == [TODAY]
    assert staff(desk, desk.rahmat, RequestFilter()) == [TODAY]
    assert staff(desk, desk.lain, RequestFilter()) == []
    with pytest.raises(UnknownRequest):
        one_absence(desk.db, desk.lain, asked)
    with pytest.raises(UnknownUnit):
        staff(desk, desk.lain, RequestFilter(unit="KEC"))


def test_the_list_is_narrowed_by_state_unit_kind_and_days(desk: Desk, clock: FakeClock, db: Database) -> None:
    putu = employee(db, "3", "employee", "DINAS", clock())
    desk.ask(TODAY, now=clock())
    desk.ask(TODAY + 20 * DAY, kind="cuti_tahunan", now=clock())
    theirs = desk.ask(TODAY - 20 * DAY, TODAY - 10 * DAY, now=clock(), owner=putu).request.id
    decide(db, Absence, theirs, desk.rahmat, approve=True, words="", now=clock())

    def found(kind: Any = None, **wanted: Any) -> list[int]:
        return [(day - TODAY).days for day in staff(desk, desk.rahmat, RequestFilter(**wanted), kind)]

    assert found(state="approved") == [-20]
    assert found(unit="KEC") == [0, 20]
    assert found("cuti_tahunan") == [20]
    assert found(first=TODAY - 10 * DAY, last=TODAY) == [0, -20]


def test_pages_follow_each_other(desk: Desk, clock: FakeClock) -> None:
    for number in range(52):
        asked = desk.ask(TODAY + number * DAY, now=clock()).request.id
        decide(desk.db, Absence, asked, desk.dewi, approve=True, words="", now=clock())
    first, second = (own_absences(desk.db, desk.siti, page) for page in (1, 2))
    assert (first.total, first.pages, len(first.absences), len(second.absences)) == (52, 2, 50, 2)
    assert first.absences[0].first == TODAY + 51 * DAY
