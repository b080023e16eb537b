"""Months out of the database: whose pattern, what is recorded, what a later rule changes and what not."""

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import recomputing, work_calendar, work_patterns
from service.approved_of_days import ApprovedOfDays
from service.attendance.approved import Absence, Approved
from service.attendance.hours import CUSTOMARY_WINDOWS
from service.attendance.shipped_patterns import SIX_DAY
from service.attendance_months import Month
from service.db.schedule_tables import AttendanceDay
from service.db.session import Database
from service.db.tables import Checkin, CheckinKind, CheckinStatus, Employee
from service.errors import InvalidRequest
from service.own_data import own_data
from service.reach import Reach
from service.schedule_errors import (
    AlreadyInCalendar,
    PreviewOutdated,
    UnknownCalendarEntry,
    VersionTaken,
    WholeStaffOnly,
)
from service.units import remove_unit
from service.work_calendar import Entry
from service.work_patterns import NewVersion
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put

WIB, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")
FIRST, LAST = date(2026, 11, 23), date(2026, 11, 29)
MONDAY, FRIDAY, SATURDAY = FIRST, date(2026, 11, 27), date(2026, 11, 28)
BEFORE = datetime(2026, 11, 22, 10, tzinfo=WIB)
AFTER = datetime(2026, 12, 1, 10, tzinfo=WIB)


@pytest.fixture
def time(db: Database, clock: FakeClock) -> WorkingTime:
    clock.now = AFTER
    return WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))


@pytest.fixture
def siti(db: Database) -> int:
    """In a village below a sub-district."""
    plant(db, {"KEC": None, "DESA": "KEC"}, BEFORE)
    return put(db, "siti", "DESA", BEFORE)


def check_in(
    db: Database,
    employee_id: int,
    at: datetime,
    kind: CheckinKind = "auto",
    status: CheckinStatus = "accepted",
) -> None:
    with db.write() as session:
        session.add(
            Checkin(
                id=str(uuid.uuid4()),
                employee_id=employee_id,
                kind=kind,
                captured_at=at,
                received_at=at,
                counted_at=at,
                status=status,
                reasons=["no_liveness"] if status == "review" else [],
                selfie_sha256="",
                frame_keys=[],
                meta={},
            )
        )


def at(day: date, clock: str, zone: ZoneInfo = WIB) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)


def statuses(month: Month) -> list[str]:
    return [day.judged.status for day in month.days]


def week(time: WorkingTime, employee_id: int) -> list[str]:
    return statuses(time.month(employee_id, FIRST, LAST))


def test_a_week_without_a_check_in_is_absent_on_working_days(time: WorkingTime, siti: int) -> None:
    assert week(time, siti) == ["absent"] * 5 + ["off"] * 2


def test_before_somebody_is_on_the_roster_nothing_is_asked(time: WorkingTime, db: Database) -> None:
    late = put(db, "late", None, at(date(2026, 11, 25), "09:00"))
    assert week(time, late) == ["outside"] * 2 + ["absent"] * 3 + ["off"] * 2


def test_days_before_the_first_and_after_the_last_of_work_ask_for_nothing(
    time: WorkingTime, db: Database, siti: int
) -> None:
    with db.write() as session:
        row = session.get_one(Employee, siti)
        row.works_from, row.works_until = date(2026, 11, 24), date(2026, 11, 26)
    assert week(time, siti) == ["outside", *["absent"] * 3, *["outside"] * 3]


def test_what_waits_is_shown_with_its_reasons(time: WorkingTime, db: Database, siti: int) -> None:
    check_in(db, siti, at(MONDAY, "07:40"), "in", "review")
    day = time.month(siti, FIRST, LAST).days[0]
    assert (day.judged.provisional, day.judged.late_min) == (True, 10)
    assert [one.reasons for one in day.waiting] == [("no_liveness",)]


def test_months_of_all_are_those_of_each(time: WorkingTime, db: Database, siti: int) -> None:
    other = put(db, "other", None, BEFORE)
    check_in(db, siti, at(MONDAY, "07:40"))
    together = time.months(FIRST, LAST)
    assert {one: statuses(month) for one, month in together.items()} == {
        siti: week(time, siti),
        other: week(time, other),
    }


def test_the_zone_and_what_was_approved_come_from_elsewhere(
    db: Database, clock: FakeClock, siti: int
) -> None:
    def zones(
        _session: Session, ids: Collection[int], _in_units: Mapping[int, int | None] = MappingProxyType({}), /
    ) -> Mapping[int, ZoneInfo]:
        return dict.fromkeys(ids, WIT)

    def approved(_s: Session, ids: Collection[int], _f: date, _l: date) -> Mapping[int, Approved]:
        return {one: Approved([Absence("sakit", FRIDAY, FRIDAY)]) for one in ids}

    clock.now = AFTER
    time = WorkingTime(db, zone=WIB, clock=clock, zones_of=zones, approved_of=approved)
    check_in(db, siti, at(MONDAY, "07:50", WIT))
    month = time.month(siti, FIRST, LAST)
    assert month.days[0].judged.late_min == 20
    assert statuses(month)[4] == "sakit"


def test_a_pattern_of_ones_own_wins_over_that_of_the_unit(time: WorkingTime, siti: int) -> None:
    work_patterns.assign(time, code="ENAM-HARI", unit="KEC", nip=None, first=SATURDAY, last=None)
    assert statuses(time.month(siti, date(2026, 12, 5), date(2026, 12, 5))) == ["open"]
    work_patterns.assign(time, code="LIMA-HARI", unit=None, nip="siti", first=SATURDAY, last=None)
    assert statuses(time.month(siti, date(2026, 12, 5), date(2026, 12, 5))) == ["off"]


# --- what is past


def holiday(time: WorkingTime, day: date = FRIDAY) -> None:
    work_calendar.add_entry(time, Entry(day, "Hari Raya", "national"))


def test_a_later_rule_leaves_the_past_and_changes_what_is_to_come(time: WorkingTime, siti: int) -> None:
    holiday(time)
    holiday(time, date(2026, 12, 4))
    assert week(time, siti)[4] == "absent"
    assert statuses(time.month(siti, date(2026, 12, 4), date(2026, 12, 4))) == ["national"]


def test_every_past_day_is_recorded_once(time: WorkingTime, db: Database, siti: int) -> None:
    assert time.record() == 9
    assert time.record() == 0
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(AttendanceDay)) == 9


def test_a_recomputation_shows_the_differences_and_then_makes_them_the_record(
    time: WorkingTime, db: Database, siti: int
) -> None:
    holiday(time)
    found = recomputing.preview(time, FIRST, LAST)
    assert [(one.nip, one.before.kind, one.after.kind) for one in found.differences] == [
        ("siti", "work", "national")
    ]
    assert week(time, siti)[4] == "absent"
    days = recomputing.apply(
        time, FIRST, LAST, fingerprint=found.fingerprint, reason="Surat edaran terlambat"
    )
    assert (days, week(time, siti)[4]) == (1, "national")
    assert recomputing.preview(time, FIRST, LAST).differences == ()


def test_an_outdated_preview_changes_nothing(time: WorkingTime, siti: int) -> None:
    holiday(time)
    looked_at = recomputing.preview(time, FIRST, LAST).fingerprint
    holiday(time, MONDAY)
    with pytest.raises(PreviewOutdated):
        recomputing.apply(time, FIRST, LAST, fingerprint=looked_at, reason="Alasan")
    assert week(time, siti)[4] == "absent"


def test_nothing_is_recomputed_without_a_reason_or_for_oneself(time: WorkingTime, siti: int) -> None:
    holiday(time)
    with pytest.raises(InvalidRequest):
        recomputing.apply(time, FIRST, LAST, fingerprint="", reason="  ")
    itself = Reach(everybody=True, employee_id=siti)
    assert recomputing.preview(time, FIRST, LAST, reach=itself).differences == ()


def test_who_is_limited_sees_differences_of_their_people_alone(
    time: WorkingTime, db: Database, siti: int
) -> None:
    ids = plant(db, {"DINAS": None}, BEFORE)
    put(db, "outside", "DINAS", BEFORE)
    holiday(time)
    found = recomputing.preview(time, FIRST, LAST, reach=Reach(unit_id=ids["DINAS"]))
    assert [one.nip for one in found.differences] == ["outside"]


# --- who may change what


@pytest.mark.parametrize(
    "change",
    [
        lambda time, reach: work_patterns.add_ramadan(time, FIRST, LAST, reach=reach),
        lambda time, reach: work_calendar.add_entry(
            time, Entry(FRIDAY, "Hari Raya", "national"), reach=reach
        ),
        lambda time, reach: work_calendar.import_entries(
            time, b"2026-12-25,Natal", dry_run=True, reach=reach
        ),
    ],
)
def test_what_is_for_everybody_is_not_for_who_is_limited(
    time: WorkingTime, siti: int, change: Callable[[WorkingTime, Reach], None]
) -> None:
    with pytest.raises(WholeStaffOnly):
        change(time, Reach(unit_id=1))


def test_a_local_holiday_is_for_its_unit_and_whoever_reaches_it(
    time: WorkingTime, db: Database, siti: int
) -> None:
    far = plant(db, {"DINAS": None}, BEFORE)["DINAS"]
    local = Entry(date(2026, 12, 4), "Hari jadi", "local", "KEC")
    work_calendar.add_entry(time, local, reach=Reach(unit_id=1))
    assert statuses(time.month(siti, local.day, local.day)) == ["local"]
    (entry,) = work_calendar.list_entries(time, 2026)
    assert work_calendar.list_entries(time, 2026, Reach(unit_id=far)) == ()
    with pytest.raises(UnknownCalendarEntry):
        work_calendar.remove_entry(time, entry.id or 0, reach=Reach(unit_id=far))
    with pytest.raises(AlreadyInCalendar):
        work_calendar.add_entry(time, local)


def test_a_version_is_never_replaced(time: WorkingTime, siti: int) -> None:
    version = NewVersion(date(2027, 1, 1), SIX_DAY, None, CUSTOMARY_WINDOWS, 0, works_on_holidays=False)
    work_patterns.add_version(time, code="LIMA-HARI", version=version)
    with pytest.raises(VersionTaken):
        work_patterns.add_version(time, code="LIMA-HARI", version=version)
    assert statuses(time.month(siti, date(2027, 1, 2), date(2027, 1, 2))) == ["open"]


def test_a_removed_assignment_holds_no_longer_but_has_held(
    time: WorkingTime, clock: FakeClock, siti: int
) -> None:
    clock.now = at(MONDAY, "08:00")
    work_patterns.assign(time, code="ENAM-HARI", unit=None, nip="siti", first=MONDAY, last=None)
    clock.now = AFTER
    (assigned,) = work_patterns.list_schedules(time).assignments
    work_patterns.remove_assignment(time, assigned.id)
    assert week(time, siti)[5] == "absent"
    assert statuses(time.month(siti, date(2026, 12, 5), date(2026, 12, 5))) == ["off"]


def test_a_removed_unit_takes_its_own_rules_along(time: WorkingTime, db: Database) -> None:
    plant(db, {"SOLO": None}, BEFORE)
    work_patterns.assign(time, code="ENAM-HARI", unit="SOLO", nip=None, first=MONDAY, last=None)
    work_calendar.add_entry(time, Entry(FRIDAY, "Hari jadi", "local", "SOLO"))
    remove_unit(db, code="SOLO", now=AFTER)
    assert work_patterns.list_schedules(time).assignments == ()
    assert work_calendar.list_entries(time, 2026) == ()


def test_employees_find_what_was_expected_among_their_data(
    time: WorkingTime, db: Database, siti: int
) -> None:
    time.record()
    days = own_data(db, siti).working_days
    assert (days[0].date, len(days)) == (date(2026, 11, 30), 9)


# --- files


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"tanggal,nama,jenis\n2026-12-25,Hari Raya Natal,nasional\n", [("2026-12-25", "national", None)]),
        (
            "\ufeff25/12/2026;Natal;\n26/12/2026;Cuti;cuti bersama\n".encode(),
            [("2026-12-25", "national", None), ("2026-12-26", "collective_leave", None)],
        ),
        (
            b"x,y\n31/02/2026,Salah\n2026-12-25,\n2026-12-25,Natal,apa\n2026-12-25,Natal\n2026-12-25,Natal\n",
            [
                (None, None, "date"),
                (None, None, "name"),
                (None, None, "kind"),
                ("2026-12-25", "national", None),
                (None, None, "there"),
            ],
        ),
        (
            b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\n"
            b"SUMMARY:Hari Raya Natal\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\n"
            b"SUMMARY:Cuti Bersama Natal\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            [("2026-12-25", "national", None), ("2026-12-24", "collective_leave", None)],
        ),
    ],
    ids=["csv", "semicolons and a mark", "problems", "iCalendar"],
)
def test_each_row_of_a_file_is_an_entry_or_has_a_problem(
    time: WorkingTime, siti: int, content: bytes, rows: list[tuple[str | None, str | None, str | None]]
) -> None:
    found = work_calendar.import_entries(time, content, dry_run=True)
    assert [
        (row.entry and row.entry.day.isoformat(), row.entry and row.entry.kind, row.problem) for row in found
    ] == rows
    assert work_calendar.list_entries(time, 2026) == ()


def test_an_import_adds_what_is_good_and_again_nothing(time: WorkingTime, siti: int) -> None:
    content = b"2026-12-25,Natal\n2026-13-01,Salah\n"
    work_calendar.import_entries(time, content, dry_run=False)
    again = work_calendar.import_entries(time, content, dry_run=False)
    assert [row.problem for row in again] == ["there", "date"]
    assert [entry.name for entry in work_calendar.list_entries(time, 2026)] == ["Natal"]
