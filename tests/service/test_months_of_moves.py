"""Months of people who move: each day by the schedule, the holidays and the clock of the unit it belongs to."""

import random
import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import moves, recomputing, work_calendar, work_patterns
from service.approved_of_days import ApprovedOfDays
from service.attendance_days import members
from service.attendance_months import Month, MonthDay
from service.corrections import NewCorrection
from service.db.request_tables import Correction
from service.db.session import Database
from service.db.tables import Checkin, Employee
from service.errors import UnknownEmployee
from service.months_seen import month_seen, person_seen
from service.places_of_days import reached_on_days, was_in
from service.reach import EVERYBODY, Reach
from service.request_decisions import decide
from service.requests_on_behalf import enter_correction
from service.sites import add_site
from service.work_calendar import Entry
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import account, plant, put

WIB, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")
BEFORE = datetime(2026, 11, 22, 10, tzinfo=WIB)
AFTER = datetime(2027, 1, 2, 10, tzinfo=WIB)
FIRST, LAST = date(2026, 12, 1), date(2026, 12, 31)


def people_of_days(session: Session, unit_ids: Collection[int], first: date, last: date) -> set[int]:
    return set(session.scalars(select(Employee.id).where(was_in(unit_ids, first, last))))


def dec(day: int) -> date:
    return date(2026, 12, day)


def at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)


@pytest.fixture
def time(db: Database, clock: FakeClock) -> WorkingTime:
    clock.now = BEFORE
    return WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))


@pytest.fixture
def units(db: Database, time: WorkingTime) -> dict[str, int]:
    """DESA, below KEC, works five days; DINAS six. Each has holidays of its own."""
    ids = plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, BEFORE)
    work_patterns.assign(time, code="ENAM-HARI", unit="DINAS", nip=None, first=date(2026, 11, 1), last=None)
    for unit, days in (("KEC", (2, 16)), ("DINAS", (3, 17))):
        for day in days:
            work_calendar.add_entry(time, Entry(dec(day), f"Hari jadi {unit}", "local", unit))
    return ids


@pytest.fixture
def siti(db: Database, units: dict[str, int]) -> int:
    del units
    return put(db, "1", "DESA", BEFORE)


def move(time: WorkingTime, unit: str | None, first: date, nip: str = "1") -> None:
    moves.move(time, nip=nip, unit=unit, first_day=first, reason="mutasi")


def on(month: Month, day: int) -> MonthDay:
    return next(one for one in month.days if one.judged.date == dec(day))


def check_in(db: Database, employee_id: int, moment: datetime) -> None:
    with db.write() as session:
        session.add(
            Checkin(
                id=str(uuid.uuid4()),
                employee_id=employee_id,
                kind="auto",
                captured_at=moment,
                received_at=moment,
                counted_at=moment,
                status="accepted",
                reasons=[],
                selfie_sha256="",
                frame_keys=[],
                meta={},
            )
        )


# The move is on Wednesday, 9 December.
STATUSES = [
    (2, "local", "a holiday of the unit above, while below it"),
    (3, "absent", "a holiday of the other unit, before the move"),
    (5, "off", "a Saturday of five days"),
    (8, "absent", "the last day before the move"),
    (9, "absent", "the day of the move"),
    (12, "absent", "a Saturday of six days"),
    (13, "off", "a Sunday"),
    (16, "absent", "a holiday of the unit left"),
    (17, "local", "a holiday of the unit joined"),
]


@pytest.mark.parametrize(("day", "status", "_why"), STATUSES, ids=[why for *_, why in STATUSES])
def test_a_day_goes_by_the_schedule_and_holidays_of_its_unit(
    time: WorkingTime, clock: FakeClock, siti: int, day: int, status: str, _why: str
) -> None:
    move(time, "DINAS", dec(9))
    clock.now = AFTER
    assert on(time.month(siti, FIRST, LAST), day).judged.status == status


@pytest.mark.usefixtures("units")
def test_a_pattern_of_ones_own_goes_along_and_the_holidays_do_not(
    time: WorkingTime, clock: FakeClock, siti: int
) -> None:
    work_patterns.assign(time, code="LIMA-HARI", unit=None, nip="1", first=date(2026, 11, 1), last=None)
    move(time, "DINAS", dec(9))
    clock.now = AFTER
    month = time.month(siti, FIRST, LAST)
    assert [on(month, day).judged.status for day in (12, 16, 17)] == ["off", "absent", "local"]


def test_a_move_back_and_forth_counts_each_stay(
    time: WorkingTime, clock: FakeClock, siti: int, units: dict[str, int]
) -> None:
    move(time, "DINAS", dec(9))
    move(time, "DESA", dec(14))
    clock.now = AFTER
    month = time.month(siti, FIRST, LAST)
    assert [on(month, day).unit_id for day in (8, 9, 13, 14)] == [
        units[code] for code in ("DESA", "DINAS", "DINAS", "DESA")
    ]
    assert [on(month, day).judged.status for day in (12, 16, 19)] == ["absent", "local", "off"]


# --- zones of sites


@pytest.fixture
def zones(db: Database, units: dict[str, int]) -> None:
    del units
    add_site(db, code="BALAI", name="Balai Desa", unit="DESA", now=BEFORE)
    add_site(db, code="KANTOR", name="Kantor", unit="DINAS", time_zone="Asia/Jayapura", now=BEFORE)


@pytest.mark.usefixtures("zones")
@pytest.mark.parametrize(
    ("day", "moment", "late"),
    [
        (8, at(dec(8), "07:40", WIB), 10),
        (9, at(dec(9), "07:40", WIT), 10),
        (10, at(dec(10), "07:40", WIB), 130),
    ],
)
def test_a_day_goes_by_the_clock_of_its_unit(
    time: WorkingTime, db: Database, clock: FakeClock, siti: int, day: int, moment: datetime, late: int
) -> None:
    move(time, "DINAS", dec(9))
    check_in(db, siti, moment)
    clock.now = AFTER
    moves.follow(db, WIB, AFTER)
    assert on(time.month(siti, FIRST, LAST), day).judged.late_min == late


@pytest.mark.usefixtures("zones")
def test_a_check_in_late_at_night_belongs_to_the_day_of_the_clock_of_then(
    time: WorkingTime, db: Database, clock: FakeClock, siti: int
) -> None:
    move(time, "DINAS", dec(9))
    night = at(dec(7), "23:30", WIB)  # half past one of the next day in Jayapura
    check_in(db, siti, night)
    clock.now = AFTER
    moves.follow(db, WIB, AFTER)
    month = time.month(siti, FIRST, LAST)
    assert (on(month, 7).judged.outside, on(month, 8).judged.outside) == ((night,), ())


@pytest.mark.usefixtures("zones")
@pytest.mark.parametrize(("day", "zone"), [(8, WIB), (10, WIT)])
def test_a_correction_is_by_the_clock_of_its_day(
    time: WorkingTime, db: Database, clock: FakeClock, siti: int, day: int, zone: ZoneInfo
) -> None:
    move(time, "DINAS", dec(9))
    clock.now = AFTER
    moves.follow(db, WIB, AFTER)
    hr = account(db, "rahmat", "hr", AFTER)
    wanted = NewCorrection(dec(day), clock_time(7, 25), None, False, "ponsel rusak")
    entered = enter_correction(db, WIB, hr, "1", wanted, AFTER)
    other = account(db, "dewi", "hr", AFTER)
    decide(db, Correction, entered.request.id, other, approve=True, words="", now=AFTER)
    assert on(time.month(siti, FIRST, LAST), day).judged.first_in == at(dec(day), "07:25", zone)


# --- what is recorded


def test_recorded_days_keep_their_plan_until_they_are_recomputed(
    time: WorkingTime, clock: FakeClock, siti: int, units: dict[str, int]
) -> None:
    clock.now = at(dec(20), "10:00", WIB)
    move(time, "DINAS", dec(9))
    month = time.month(siti, FIRST, LAST)
    saturday = on(month, 12)
    assert (saturday.judged.status, saturday.unit_id) == ("off", units["DINAS"])
    found = recomputing.preview(time, FIRST, dec(19))
    assert {one.after.date.day for one in found.differences} == set(range(9, 20))
    recomputing.apply(time, FIRST, dec(19), fingerprint=found.fingerprint, reason="mutasi terlambat dicatat")
    assert on(time.month(siti, FIRST, LAST), 12).judged.status == "absent"


# --- units and people


def test_days_add_up_over_units_and_each_is_in_just_one(
    time: WorkingTime, db: Database, clock: FakeClock, units: dict[str, int]
) -> None:
    chance = random.Random(20261201)
    places = ["KEC", "DESA", "DINAS", None]
    for number in range(8):
        nip = f"9{number}"
        put(db, nip, chance.choice(places), BEFORE)
        for _ in range(number % 4):
            move(time, chance.choice(places), dec(chance.randint(1, 31)), nip)
    clock.now = AFTER
    months = time.months(FIRST, LAST)
    for month in months.values():
        parts = [month.part({unit_id}) for unit_id in (*units.values(), None)]
        dates = sorted(day.judged.date for part in parts for day in part.days)
        assert dates == [day.judged.date for day in month.days]
        assert sum(part.summary.working_days for part in parts) == month.summary.working_days
        assert sum(part.summary.deductions.sum for part in parts) == month.summary.deductions.sum
        assert sum(sum(part.summary.by_status.values()) for part in parts) == len(month.days)
    with db.read() as session:
        staff = members(session, zones_of, WIB)
        for code, within in (("KEC", {"KEC", "DESA"}), ("DESA", {"DESA"}), ("DINAS", {"DINAS"})):
            wanted = {units[one] for one in within}
            for first, last in [*pairwise([FIRST, dec(9), dec(17), LAST]), (dec(9), dec(9))]:
                days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
                expected = {one.id for one in staff if any(one.unit_on(day) in wanted for day in days)}
                assert people_of_days(session, [units[code]], first, last) == expected


@pytest.mark.parametrize(
    ("unit", "first", "last", "there"),
    [
        ("KEC", 1, 31, True),
        ("KEC", 9, 31, False),
        ("KEC", 8, 31, True),
        ("DINAS", 1, 8, False),
        ("DINAS", 1, 9, True),
    ],
)
@pytest.mark.usefixtures("siti")
def test_people_of_days_are_those_with_a_day_in_the_unit_or_below_it(
    time: WorkingTime, db: Database, units: dict[str, int], unit: str, first: int, last: int, there: bool
) -> None:
    move(time, "DINAS", dec(9))
    with db.read() as session:
        assert bool(people_of_days(session, [units[unit]], dec(first), dec(last))) is there
        assert people_of_days(session, [], dec(first), dec(last)) == set()


# --- who sees the month


def days_seen(time: WorkingTime, reach: Reach) -> list[int]:
    return [day.judged.date.day for day in month_seen(time, "1", FIRST, LAST, reach).month.days]


@pytest.mark.usefixtures("siti")
def test_hr_of_the_unit_left_sees_the_days_there_alone(
    time: WorkingTime, clock: FakeClock, units: dict[str, int]
) -> None:
    move(time, "DINAS", dec(9))
    clock.now = AFTER
    moves.follow(time.db, WIB, AFTER)
    everything = list(range(1, 32))
    assert days_seen(time, Reach(unit_id=units["KEC"])) == list(range(1, 9))
    assert days_seen(time, Reach(unit_id=units["DINAS"])) == everything
    assert days_seen(time, EVERYBODY) == everything
    with pytest.raises(UnknownEmployee):
        month_seen(time, "1", date(2027, 1, 1), date(2027, 1, 31), Reach(unit_id=units["KEC"]))


def test_who_was_reached_once_is_named_but_not_managed(
    time: WorkingTime, db: Database, clock: FakeClock, siti: int, units: dict[str, int]
) -> None:
    move(time, "DINAS", dec(9))
    assert person_seen(db, "1", dec(1), Reach(unit_id=units["KEC"])).reached
    with pytest.raises(UnknownEmployee):
        person_seen(db, "1", dec(8), Reach(unit_id=units["DINAS"]))
    clock.now = AFTER
    moves.follow(db, WIB, AFTER)
    assert not person_seen(db, "1", dec(31), Reach(unit_id=units["KEC"])).reached
    with db.read() as session:
        own = select(Employee.id).where(reached_on_days(Reach(employee_id=siti), FIRST, LAST))
        assert session.scalars(own).all() == [siti]
