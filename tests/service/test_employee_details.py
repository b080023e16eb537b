"""What HR changes of an employee, and what not."""

import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from service.access_errors import LastAdmin, OwnRecord
from service.approved_of_days import ApprovedOfDays
from service.db.session import Database
from service.db.tables import Account, AuditEntry, Employee
from service.employee_details import Detail, change_details
from service.errors import InvalidRequest, UnknownEmployee
from service.people_search import get_person
from service.reach import EVERYBODY, Reach
from service.request_errors import DatesRefused
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import account, plant, put

WIB = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def siti(db: Database, clock: FakeClock) -> int:
    plant(db, {"KEC": None, "DINAS": None}, clock())
    return put(db, "1", "KEC", clock())


@pytest.fixture
def time(db: Database, clock: FakeClock) -> WorkingTime:
    return WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))


def change(time: WorkingTime, **changes: object) -> None:
    change_within(time, EVERYBODY, **changes)


def change_within(time: WorkingTime, reach: Reach, **changes: object) -> None:
    wanted: dict[Detail, object] = changes  # type: ignore[assignment]
    change_details(time, nip="1", changes=wanted, reach=reach)


def columns(db: Database) -> list[list[str]]:
    with db.read() as session:
        found = session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "employee_changed"))
        return [json.loads(facts)["columns"] for facts in found]


@pytest.mark.parametrize(
    ("detail", "value", "stored"),
    [
        ("name", "  Siti   Rahmawati ", "Siti Rahmawati"),
        ("position", " Kepala  Seksi ", "Kepala Seksi"),
        ("position", " ", None),
        ("employment", "pppk", "pppk"),
        ("works_from", date(2026, 1, 1), date(2026, 1, 1)),
        ("works_until", date(2026, 12, 31), date(2026, 12, 31)),
        ("active", False, False),
    ],
)
@pytest.mark.usefixtures("siti")
def test_what_is_named_changes_and_goes_on_record(
    time: WorkingTime, db: Database, detail: str, value: object, stored: object
) -> None:
    before = get_person(db, "1")
    change(time, **{detail: value})
    after = get_person(db, "1")
    assert getattr(after, detail) == stored
    differing = {
        one for one in ("name", "position", "employment") if getattr(before, one) != getattr(after, one)
    }
    assert differing <= {detail}
    assert columns(db) == ([[detail]] if getattr(before, detail) != stored else [])


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"name": " "}, InvalidRequest),
        ({"name": "a\u0000b"}, InvalidRequest),
        ({"name": "x" * 201}, InvalidRequest),
        ({"position": "x" * 201}, InvalidRequest),
        ({"position": "a\u202eb"}, InvalidRequest),
        ({"works_from": date(2026, 2, 1), "works_until": date(2026, 1, 31)}, DatesRefused),
    ],
)
@pytest.mark.usefixtures("siti")
def test_what_is_none_is_refused_and_nothing_changes(
    time: WorkingTime, db: Database, changes: dict[str, object], refused: type[Exception]
) -> None:
    before = get_person(db, "1")
    with pytest.raises(refused):
        change(time, **changes)
    assert (get_person(db, "1"), columns(db)) == (before, [])


@pytest.mark.usefixtures("siti")
def test_a_last_day_before_a_first_one_that_is_stored_is_refused(time: WorkingTime) -> None:
    change(time, works_from=date(2026, 2, 1))
    with pytest.raises(DatesRefused):
        change(time, works_until=date(2026, 1, 31))
    change(time, works_until=date(2026, 2, 1))


@pytest.mark.usefixtures("siti")
def test_what_is_the_same_is_not_noted(time: WorkingTime, db: Database) -> None:
    change(time, name="Pegawai 1", active=True, position=None)
    assert columns(db) == []


def test_nobody_changes_themselves_or_people_outside_the_reach(time: WorkingTime, siti: int) -> None:
    with pytest.raises(OwnRecord):
        change_within(time, Reach(everybody=True, employee_id=siti), position="Bupati")
    with pytest.raises(UnknownEmployee):
        change_within(time, Reach(unit_id=2), position="Bupati")


def test_the_last_administrator_goes_on_working_here(
    time: WorkingTime, db: Database, siti: int, clock: FakeClock
) -> None:
    boss = account(db, "1", "admin", clock())
    with db.write() as session:
        row = session.get_one(Account, boss.id)
        row.employee_id, row.password_hash = siti, "set"
    with pytest.raises(LastAdmin):
        change(time, active=False)


def test_past_days_are_recorded_before_the_last_day_of_work_changes(
    time: WorkingTime, clock: FakeClock, siti: int
) -> None:
    first, last = date(2026, 11, 24), date(2026, 11, 27)
    clock.advance(days=5)
    change(time, works_until=date(2026, 11, 25))
    assert {day.judged.status for day in time.month(siti, first, last).days} == {"absent"}


def test_who_does_not_work_here_is_still_there(time: WorkingTime, db: Database, siti: int) -> None:
    change(time, active=False)
    with db.read() as session:
        assert session.get_one(Employee, siti).active is False
