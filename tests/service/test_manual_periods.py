from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.access_errors import OwnRecord
from service.approved_requests import covered_periods
from service.db.session import Database
from service.db.tables import Account, AuditEntry
from service.errors import UnknownUnit
from service.evidence import EvidenceStore
from service.manual_periods import (
    LONGEST_DAYS,
    NewPeriod,
    enter_period,
    list_periods,
    one_period,
    revoke_period,
)
from service.own_data import own_data
from service.placements import move_employee
from service.request_errors import (
    AlreadyDecided,
    DatesRefused,
    NobodyThere,
    PeopleOutside,
    UnknownPeriod,
    WordsRefused,
)
from service.units import remove_unit
from tests.service.conftest import FakeClock
from tests.service.org_tree import put
from tests.service.request_desk import TODAY, ZONE, Desk, open_desk

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def desk(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Desk:
    """Beside Siti in DESA (NIP 1) and Dewi in KEC (2) there is somebody in DINAS (9)."""
    desk = open_desk(db, evidence, clock())
    put(db, "9", "DINAS", clock())
    return desk


def enter(desk: Desk, author: Account, clock: FakeClock, **other: Any) -> int:
    wanted: dict[str, Any] = {
        "unit": "KEC",
        "first": YESTERDAY,
        "last": TODAY,
        "begins": time(10),
        "ends": time(14),
        "reason": "Listrik padam",
        "nips": None,
    }
    return enter_period(desk.db, ZONE, author, NewPeriod(**(wanted | other)), clock())


def people_of(desk: Desk, period_id: int) -> list[str]:
    return [person.nip for person in one_period(desk.db, desk.rahmat, period_id)[1]]


def covered(desk: Desk, employee_id: int | None, day: date) -> list[int]:
    assert employee_id is not None
    with desk.db.read() as session:
        return [one.id for one in covered_periods(session, [employee_id], day, day)]


def test_a_period_covers_everybody_in_the_unit_and_below_it(desk: Desk, clock: FakeClock) -> None:
    period = enter(desk, desk.rahmat, clock)
    assert people_of(desk, period) == ["1", "2"]
    for day, there in [(YESTERDAY - timedelta(days=1), []), (YESTERDAY, [period]), (TODAY, [period])]:
        assert covered(desk, desk.siti.employee_id, day) == there


def test_it_goes_on_record_and_says_who_entered_it(desk: Desk, clock: FakeClock) -> None:
    period = enter(desk, desk.dewi, clock)
    with desk.db.read() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "period_entered"))
    assert (entry.subject, entry.actor) == (f"period:{period}", desk.dewi.id)
    assert '"people":1' in entry.facts
    assert one_period(desk.db, desk.rahmat, period)[0].entered_by == "Pegawai 2"


def test_who_is_in_it_was_settled_when_it_was_entered(desk: Desk, clock: FakeClock) -> None:
    period = enter(desk, desk.rahmat, clock)
    move_employee(desk.db, nip="1", unit="DINAS", now=clock())
    assert people_of(desk, period) == ["1", "2"]


def test_its_author_is_left_out(desk: Desk, clock: FakeClock) -> None:
    assert people_of(desk, enter(desk, desk.dewi, clock)) == ["1"]
    with pytest.raises(OwnRecord):
        enter(desk, desk.dewi, clock, nips=["1", "2"])


def test_it_may_be_for_some_people_only(desk: Desk, clock: FakeClock) -> None:
    assert people_of(desk, enter(desk, desk.rahmat, clock, nips=[" 1 ", "1"])) == ["1"]


def test_people_of_other_units_and_made_up_ones_are_refused_by_name(desk: Desk, clock: FakeClock) -> None:
    with pytest.raises(PeopleOutside) as refused:
        enter(desk, desk.dewi, clock, nips=["1", "9", "nobody\x00"])
    assert refused.value.extras["nips"] == ["9", "nobody\x00"]


def test_a_period_for_nobody_is_refused(desk: Desk, clock: FakeClock) -> None:
    with pytest.raises(NobodyThere):
        enter(desk, desk.dewi, clock, nips=[])
    move_employee(desk.db, nip="1", unit="DINAS", now=clock())
    with pytest.raises(NobodyThere):
        enter(desk, desk.dewi, clock)


def test_it_is_for_those_who_were_there_then(desk: Desk, clock: FakeClock) -> None:
    move_employee(desk.db, nip="1", unit="DINAS", now=clock())
    move_employee(desk.db, nip="9", unit="KEC", now=clock())
    assert people_of(desk, enter(desk, desk.rahmat, clock, last=YESTERDAY)) == ["1", "2"]
    assert people_of(desk, enter(desk, desk.rahmat, clock, first=TODAY)) == ["2", "9"]


def test_nobody_enters_or_sees_one_outside_their_reach(desk: Desk, clock: FakeClock) -> None:
    with pytest.raises(UnknownUnit):
        enter(desk, desk.lain, clock)
    period = enter(desk, desk.dewi, clock)
    assert list_periods(desk.db, desk.lain).total == 0
    for reach_out in (
        lambda: one_period(desk.db, desk.lain, period),
        lambda: revoke_period(desk.db, desk.lain, period, words="keliru", now=clock()),
    ):
        with pytest.raises(UnknownPeriod):
            reach_out()


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"first": TODAY, "last": YESTERDAY}, "end_before_start"),
        ({"first": TODAY + timedelta(days=1), "last": TODAY + timedelta(days=1)}, "not_yet"),
        ({"first": date.min, "last": date.min}, "too_early"),
        ({"last": YESTERDAY + timedelta(days=LONGEST_DAYS)}, "too_long"),
        ({"last": date.max}, "too_long"),
        ({"last": YESTERDAY, "begins": time(14), "ends": time(10)}, "times_in_disorder"),
    ],
)
def test_days_and_times_that_can_not_be_meant_are_refused(
    desk: Desk, clock: FakeClock, other: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DatesRefused) as refused:
        enter(desk, desk.rahmat, clock, **other)
    assert refused.value.extras["reason"] == reason


def test_a_period_needs_a_reason(desk: Desk, clock: FakeClock) -> None:
    with pytest.raises(WordsRefused):
        enter(desk, desk.rahmat, clock, reason=" ")


def test_a_revoked_period_counts_for_nobody_and_stays_on_record(desk: Desk, clock: FakeClock) -> None:
    period = enter(desk, desk.dewi, clock)
    with pytest.raises(WordsRefused):
        revoke_period(desk.db, desk.rahmat, period, words="", now=clock())
    revoke_period(desk.db, desk.rahmat, period, words="salah tanggal", now=clock())
    assert covered(desk, desk.siti.employee_id, TODAY) == []
    seen, people = one_period(desk.db, desk.dewi, period)
    assert (seen.revoked_by, seen.revoke_reason, len(people)) == ("rahmat", "salah tanggal", 1)
    with pytest.raises(AlreadyDecided):
        revoke_period(desk.db, desk.dewi, period, words="sekali lagi", now=clock())


def test_of_two_who_revoke_at_once_one_is_told(desk: Desk, clock: FakeClock) -> None:
    period = enter(desk, desk.dewi, clock)

    def work(author: Account) -> bool:
        try:
            revoke_period(desk.db, author, period, words="keliru", now=clock())
        except AlreadyDecided:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(work, (desk.dewi, desk.rahmat))) == [False, True]


def test_the_list_is_narrowed_by_unit_and_days(desk: Desk, clock: FakeClock) -> None:
    theirs = enter(desk, desk.rahmat, clock, unit="DINAS", first=TODAY, last=TODAY)
    ours = enter(desk, desk.rahmat, clock, unit="DESA", last=YESTERDAY)

    def found(**wanted: Any) -> list[int]:
        return [one.id for one in list_periods(desk.db, desk.rahmat, **wanted).periods]

    assert found() == [theirs, ours]
    assert found(unit="KEC") == [ours]
    assert found(first=TODAY) == [theirs]
    assert found(last=YESTERDAY) == [ours]
    assert [one.people for one in list_periods(desk.db, desk.rahmat).periods] == [1, 1]


def test_a_removed_unit_leaves_its_periods(desk: Desk, clock: FakeClock) -> None:
    period = enter(desk, desk.rahmat, clock, unit="DESA")
    move_employee(desk.db, nip="1", unit="KEC", now=clock())
    remove_unit(desk.db, code="DESA", now=clock())
    assert one_period(desk.db, desk.rahmat, period)[0].unit is None
    assert covered(desk, desk.siti.employee_id, TODAY) == [period]
    with pytest.raises(UnknownPeriod):
        one_period(desk.db, desk.dewi, period)


def test_employees_see_the_periods_that_cover_them(desk: Desk, clock: FakeClock) -> None:
    enter(desk, desk.rahmat, clock)
    assert desk.siti.employee_id is not None
    (told,) = own_data(desk.db, desk.siti.employee_id).requests.periods
    assert (told.first, told.begins, told.reason) == (YESTERDAY, time(10), "Listrik padam")
