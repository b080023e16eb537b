"""Moves between units: what is stored, who may, and when the unit of today follows."""

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from service import moves
from service.access_errors import OwnRecord, UnitNeeded
from service.approved_of_days import ApprovedOfDays
from service.db.move_tables import Stay
from service.db.session import Database
from service.db.tables import AuditEntry, Employee, Unit
from service.errors import UnitNotEmpty, UnknownEmployee, UnknownUnit
from service.move_errors import DaysOutside, MoveBegun, UnknownMove
from service.own_data import own_data
from service.placements import move_employee
from service.reach import EVERYBODY, Reach
from service.request_errors import DatesRefused, WordsRefused
from service.stays import stays_of
from service.units import remove_unit
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import account, plant, put

WIB = ZoneInfo("Asia/Jakarta")
TODAY = date(2026, 11, 24)
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)


@pytest.fixture
def units(db: Database, clock: FakeClock) -> dict[str, int]:
    return plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, clock())


@pytest.fixture
def siti(db: Database, units: dict[str, int], clock: FakeClock) -> int:
    del units
    return put(db, "1", "DESA", clock())


@pytest.fixture
def time(db: Database, clock: FakeClock) -> WorkingTime:
    return WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))


def to(
    time: WorkingTime, unit: str | None, first: date, reach: Reach = EVERYBODY, reason: str = "SK Bupati 821"
) -> None:
    moves.move(time, nip="1", unit=unit, first_day=first, reason=reason, reach=reach)


def unit_of(db: Database, employee_id: int) -> str | None:
    with db.read() as session:
        return session.scalar(select(Unit.code).join(Employee).where(Employee.id == employee_id))


def listed(time: WorkingTime) -> list[tuple[str | None, date | None, date | None, bool, bool]]:
    found = moves.moves_of(time.db, WIB, "1", time.clock())
    return [(one.unit, one.first_day, one.last_day, one.planned, one.present) for one in found]


def facts_of(db: Database, action: str) -> list[dict[str, object]]:
    with db.read() as session:
        found = session.scalars(select(AuditEntry.facts).where(AuditEntry.action == action))
        return [json.loads(facts) for facts in found]


def rows(db: Database) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Stay)) or 0


@pytest.mark.parametrize(
    ("first", "now"), [(YESTERDAY, "DINAS"), (TODAY, "DINAS"), (TOMORROW, "DESA")], ids=str
)
def test_the_unit_of_today_is_that_of_a_move_that_has_begun(
    time: WorkingTime, db: Database, siti: int, first: date, now: str
) -> None:
    to(time, "DINAS", first)
    assert unit_of(db, siti) == now
    with db.read() as session:
        stays = stays_of(session)[siti]
        ids = {code: unit_id for unit_id, code in session.execute(select(Unit.id, Unit.code))}
    assert stays.unit_on(first) == ids["DINAS"]
    assert stays.unit_on(first - timedelta(days=1)) == ids["DESA"]


@pytest.mark.usefixtures("siti")
def test_moves_are_listed_with_their_days_the_latest_first(time: WorkingTime) -> None:
    assert listed(time) == []
    to(time, "KEC", YESTERDAY)
    to(time, "DINAS", TOMORROW)
    assert listed(time) == [
        ("DINAS", TOMORROW, None, True, False),
        ("KEC", YESTERDAY, TODAY, False, True),
        ("DESA", None, YESTERDAY - timedelta(days=1), False, False),
    ]


def test_the_unit_of_today_follows_when_the_day_has_come(
    time: WorkingTime, db: Database, siti: int, clock: FakeClock
) -> None:
    to(time, "DINAS", TOMORROW)
    assert moves.follow(db, WIB, clock()) == 0
    # Midnight of the office is at 17:00 of UTC.
    clock.now = datetime(2026, 11, 24, 23, 59, tzinfo=WIB)
    assert moves.follow(db, WIB, clock()) == 0
    clock.now = datetime(2026, 11, 25, 0, 0, tzinfo=WIB)
    assert moves.follow(db, WIB, clock()) == 1
    assert unit_of(db, siti) == "DINAS"
    assert moves.follow(db, WIB, clock()) == 0


def test_of_several_moves_that_came_meanwhile_the_last_counts(
    time: WorkingTime, db: Database, siti: int, clock: FakeClock
) -> None:
    to(time, "DINAS", TOMORROW)
    to(time, None, TOMORROW + timedelta(days=2))
    clock.advance(days=10)
    assert moves.follow(db, WIB, clock()) == 1
    assert unit_of(db, siti) is None


def test_a_planned_move_is_taken_back(time: WorkingTime, db: Database, siti: int) -> None:
    to(time, "DINAS", TOMORROW)
    planned = moves.moves_of(db, WIB, "1", time.clock())[0]
    moves.take_back(time, nip="1", move_id=planned.id)
    assert (unit_of(db, siti), listed(time), rows(db)) == ("DESA", [], 0)
    assert [one["first"] for one in facts_of(db, "move_taken_back")] == ["2026-11-25"]


@pytest.mark.usefixtures("siti")
def test_a_move_in_force_is_not_taken_back(time: WorkingTime, db: Database) -> None:
    to(time, "DINAS", TODAY)
    begun = moves.moves_of(db, WIB, "1", time.clock())[0]
    with pytest.raises(MoveBegun):
        moves.take_back(time, nip="1", move_id=begun.id)
    with pytest.raises(UnknownMove):
        moves.take_back(time, nip="1", move_id=9999)


def test_a_move_back_on_the_same_day_undoes_it(time: WorkingTime, db: Database, siti: int) -> None:
    to(time, "DINAS", YESTERDAY)
    to(time, "DESA", YESTERDAY)
    assert (unit_of(db, siti), rows(db)) == ("DESA", 0)


@pytest.mark.usefixtures("siti")
def test_where_somebody_is_already_nothing_is_stored_or_noted(time: WorkingTime, db: Database) -> None:
    to(time, "DESA", YESTERDAY)
    assert (rows(db), facts_of(db, "employee_moved")) == (0, [])


def test_a_move_by_the_list_of_units_is_one_from_today_on(
    time: WorkingTime, db: Database, siti: int, clock: FakeClock
) -> None:
    to(time, "KEC", TOMORROW)
    move_employee(db, nip="1", unit="DINAS", now=clock(), zone=WIB)
    assert unit_of(db, siti) == "DINAS"
    assert [one[:3] for one in listed(time)] == [
        ("KEC", TOMORROW, None),
        ("DINAS", TODAY, TODAY),
        ("DESA", None, YESTERDAY),
    ]


@pytest.mark.usefixtures("siti")
@pytest.mark.parametrize(
    ("first", "reason", "refused"),
    [
        (TODAY, "  ", WordsRefused),
        (TODAY, "x" * 501, WordsRefused),
        (TODAY - timedelta(days=367), "mutasi", DatesRefused),
        (TODAY + timedelta(days=367), "mutasi", DatesRefused),
    ],
)
def test_a_move_needs_a_reason_and_a_day_near_enough(
    time: WorkingTime, first: date, reason: str, refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        to(time, "KEC", first, reason=reason)


@pytest.mark.parametrize(
    ("unit", "first", "refused"),
    [
        ("KEC", YESTERDAY, None),
        ("KEC", TOMORROW, None),
        ("DINAS", TODAY, UnknownUnit),
        (None, TODAY, UnitNeeded),
    ],
)
def test_limited_hr_moves_people_within_its_units_alone(
    time: WorkingTime,
    units: dict[str, int],
    siti: int,
    unit: str | None,
    first: date,
    refused: type[Exception] | None,
) -> None:
    reach = Reach(unit_id=units["KEC"])
    if refused is None:
        to(time, unit, first, reach)
        return
    with pytest.raises(refused):
        to(time, unit, first, reach)
    assert unit_of(time.db, siti) == "DESA"


@pytest.mark.usefixtures("siti")
def test_limited_hr_takes_no_days_from_units_outside(time: WorkingTime, units: dict[str, int]) -> None:
    to(time, "DINAS", TODAY - timedelta(days=9))
    to(time, "KEC", YESTERDAY)
    with pytest.raises(DaysOutside):
        to(time, "DESA", TODAY - timedelta(days=5), Reach(unit_id=units["KEC"]))


@pytest.mark.usefixtures("siti")
def test_limited_hr_takes_back_no_move_out_of_its_units(
    time: WorkingTime, db: Database, units: dict[str, int]
) -> None:
    to(time, "DINAS", TOMORROW)
    planned = moves.moves_of(db, WIB, "1", time.clock())[0]
    with pytest.raises(DaysOutside):
        moves.take_back(time, nip="1", move_id=planned.id, reach=Reach(unit_id=units["KEC"]))


def test_nobody_moves_people_outside_the_reach_or_themselves(
    time: WorkingTime, units: dict[str, int], siti: int
) -> None:
    with pytest.raises(UnknownEmployee):
        to(time, "DINAS", TODAY, Reach(unit_id=units["DINAS"]))
    with pytest.raises(OwnRecord):
        to(time, "KEC", TODAY, Reach(everybody=True, employee_id=siti))


def test_a_move_is_on_record_with_both_units_and_its_day(
    time: WorkingTime, db: Database, units: dict[str, int], siti: int
) -> None:
    del siti
    to(time, "DINAS", TOMORROW)
    assert facts_of(db, "employee_moved") == [
        {"unit": units["DINAS"], "before": units["DESA"], "first": "2026-11-25"}
    ]


def test_a_unit_into_which_somebody_is_about_to_move_stays(
    time: WorkingTime, db: Database, siti: int, clock: FakeClock
) -> None:
    del siti
    to(time, "DINAS", TOMORROW)
    with pytest.raises(UnitNotEmpty) as refused:
        remove_unit(db, code="DINAS", now=clock())
    assert refused.value.extras["moves"] == 1


def test_past_days_of_a_removed_unit_go_to_the_one_above(
    time: WorkingTime, db: Database, units: dict[str, int], siti: int, clock: FakeClock
) -> None:
    to(time, "DINAS", YESTERDAY)
    remove_unit(db, code="DESA", now=clock())
    with db.read() as session:
        assert stays_of(session)[siti].unit_on(YESTERDAY - timedelta(days=1)) == units["KEC"]


def test_employees_see_their_moves_in_their_own_data(time: WorkingTime, db: Database, siti: int) -> None:
    to(time, "DINAS", TOMORROW)
    assert [(one.unit, one.first_day, one.reason) for one in own_data(db, siti).moves] == [
        ("Unit DINAS", TOMORROW, "SK Bupati 821"),
        ("Unit DESA", None, ""),
    ]


@pytest.mark.usefixtures("siti")
def test_whoever_entered_a_move_is_named(time: WorkingTime, db: Database, clock: FakeClock) -> None:
    rahmat = account(db, "rahmat", "hr", clock())
    moves.move(time, nip="1", unit="KEC", first_day=TODAY, reason="rotasi", by=rahmat.id)
    assert [one.by for one in moves.moves_of(db, WIB, "1", clock())] == ["rahmat", "rahmat"]
