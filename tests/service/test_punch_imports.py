"""From files of machines to times that count, and back."""

import hashlib
import itertools
import json
import random
from datetime import UTC, date, datetime, timedelta
from datetime import time as dt_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from service import punch_imports, work_patterns
from service.approved_of_days import ApprovedOfDays
from service.attendance.hours import CUSTOMARY_WINDOWS, Hours
from service.attendance.machine_file import FileFormat, MachineFile, MachineRow, read_machine_file
from service.closing import Wanted, close_month
from service.closing_errors import MonthClosed
from service.counted_day import day_of
from service.db.machine_tables import Machine, MachineNumber, MachinePunch, PunchImport
from service.db.session import Database
from service.db.tables import Account, AuditEntry
from service.erasure import Erasure
from service.evidence import EvidenceStore
from service.jobs import Work
from service.login_attempts import Delays
from service.machine_errors import AlreadyTakenBack, ImportBeyondReach, MachineClosed, UnknownMachine
from service.machine_numbers import assign_number, list_numbers
from service.machines import MachineChange, add_machine, change_machine, list_machines
from service.own_data import own_data
from service.punch_imports import import_punches, list_imports, one_import, punches_handler, take_back
from service.reach import reach_of
from service.sites import add_site
from service.work_patterns import NewVersion
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.closing_office import open_closing_office
from tests.service.conftest import FakeClock
from tests.service.org_tree import put
from tests.service.request_desk import ZONE, Desk, open_desk

MONDAY = date(2026, 11, 23)
AFTER = datetime(2026, 12, 1, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WITA, WIT = ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")
numbers = itertools.count(1)


@pytest.fixture
def desk(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Desk:
    """On the roster since the Sunday before; the machine FP of KEC has numbers for nobody yet."""
    clock.now = datetime(2026, 11, 22, 1, tzinfo=UTC)
    opened = open_desk(db, evidence, clock())
    add_machine(db, code="FP", name="Lobi", unit="KEC", file_format=FileFormat(), now=clock())
    clock.now = AFTER
    return opened


@pytest.fixture
def siti(desk: Desk) -> int:
    assert desk.siti.employee_id is not None
    return desk.siti.employee_id


def bring(
    desk: Desk,
    text: str,
    by: Account | None = None,
    mode: punch_imports.Mode = "good_rows",
    code: str = "FP",
    now: datetime = AFTER,
) -> dict[str, Any]:
    """As the long work does it."""
    author = by or desk.rahmat
    file = read_machine_file(text.encode(), FileFormat())
    return import_punches(
        desk.db,
        code,
        file,
        file_name="a.csv",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        mode=mode,
        zone=ZONE,
        now=now,
        by=author.id,
        reach=reach_of(author),
    )


def kept(db: Database, machine_id: int = 1) -> set[tuple[int, datetime, str]]:
    with db.read() as session:
        rows = session.scalars(
            select(MachinePunch).where(
                MachinePunch.taken_back_at.is_(None), MachinePunch.machine_id == machine_id
            )
        ).all()
        found: set[tuple[int, datetime, str]] = {(row.employee_id, row.at, row.kind) for row in rows}
    assert len(found) == len(rows)
    return found


def problems(report: dict[str, Any]) -> list[tuple[int, str]]:
    return [(one["row"], one["code"]) for one in report["problems"]]


def working_time(db: Database, clock: FakeClock) -> WorkingTime:
    return WorkingTime(db, zone=ZONE, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(ZONE))


LINES = "1,2026-11-23 07:20:05\n1,2026-11-23 16:01:00\n"


def test_a_row_becomes_a_time_by_the_clock_of_the_machine(desk: Desk, siti: int) -> None:
    report = bring(desk, LINES)
    assert (report["applied"], report["added"], report["problems"]) == (True, 2, [])
    assert kept(desk.db) == {
        (siti, datetime(2026, 11, 23, 0, 20, 5, tzinfo=UTC), "any"),
        (siti, datetime(2026, 11, 23, 9, 1, tzinfo=UTC), "any"),
    }


@pytest.mark.parametrize(("zone", "hour"), [(ZONE, 0), (WITA, 23), (WIT, 22)])
def test_the_clock_is_that_of_the_site(desk: Desk, zone: ZoneInfo, hour: int, clock: FakeClock) -> None:
    add_site(desk.db, code="KANTOR", name="Kantor", unit="KEC", time_zone=zone.key, now=clock())
    change_machine(desk.db, code="FP", change=MachineChange(site="KANTOR"), now=clock())
    bring(desk, "1,2026-11-24 07:20:05\n")
    assert [at.hour for _, at, _ in kept(desk.db)] == [hour]
    assert [machine.time_zone for machine in list_machines(desk.db, ZONE)] == [zone.key]


def test_a_machine_of_a_unit_goes_by_the_clock_of_the_place_above(desk: Desk, clock: FakeClock) -> None:
    add_site(desk.db, code="KANTOR", name="Kantor", unit="KEC", time_zone=WIT.key, now=clock())
    change_machine(desk.db, code="FP", change=MachineChange(unit="DESA"), now=clock())
    bring(desk, "1,2026-11-24 07:20:05\n")
    assert [at.hour for _, at, _ in kept(desk.db)] == [22]


def test_checking_changes_nothing(desk: Desk) -> None:
    report = bring(desk, LINES + "99,2026-11-23 07:00\n", mode="check")
    assert (report["applied"], report["added"], report["wrong"]) == (False, 2, 1)
    assert report["unmatched"] == [{"number": "99", "rows": 1}]
    assert kept(desk.db) == set()
    assert list_numbers(desk.db, "FP", reach_of(desk.rahmat)) == ()


def test_one_bad_row_keeps_all_from_being_imported(desk: Desk) -> None:
    report = bring(desk, LINES + "1,kemarin\n", mode="all")
    assert (report["applied"], problems(report)) == (False, [(3, "date_not_read")])
    assert kept(desk.db) == set()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("99,2026-11-23 07:00", "unknown_number"),
        ("1,2026-12-01 10:00:01", "in_the_future"),
        ("1,2026-11-20 07:00", "not_at_work"),
        ("1,2026-11-23", "date_not_read"),
    ],
)
def test_each_row_says_why_it_is_left_out(desk: Desk, line: str, code: str) -> None:
    report = bring(desk, LINES + line + "\n")
    assert (report["added"], problems(report), report["codes"]) == (2, [(3, code)], {code: 1})


def test_nobody_is_imported_beyond_the_reach_nor_oneself(desk: Desk) -> None:
    put(desk.db, "5", "DINAS", datetime(2026, 11, 22, 1, tzinfo=UTC))
    report = bring(desk, "1,2026-11-23 07:00\n2,2026-11-23 07:01\n5,2026-11-23 07:02\n", by=desk.dewi)
    assert problems(report) == [(2, "own_record"), (3, "not_within_your_units")]
    assert len(kept(desk.db)) == 1


def test_a_machine_outside_the_reach_is_none(desk: Desk) -> None:
    with pytest.raises(UnknownMachine):
        bring(desk, LINES, by=desk.lain)
    assert list_machines(desk.db, ZONE, reach_of(desk.lain)) == ()
    assert [one.code for one in list_machines(desk.db, ZONE, reach_of(desk.dewi))] == ["FP"]


def test_nothing_comes_from_a_machine_out_of_use(desk: Desk, clock: FakeClock) -> None:
    change_machine(desk.db, code="FP", change=MachineChange(closed=True), now=clock())
    with pytest.raises(MachineClosed):
        bring(desk, LINES)


def test_the_same_file_again_and_the_same_time_twice_add_nothing(desk: Desk) -> None:
    bring(desk, LINES)
    report = bring(desk, LINES + "1,2026-11-23 16:01:00\n")
    assert (report["added"], report["there"], report["repeated"], report["applied"]) == (0, 2, 1, False)
    assert list_imports(desk.db, "FP", reach_of(desk.rahmat)).total == 1


def test_the_same_time_in_another_direction_is_a_problem(desk: Desk, clock: FakeClock) -> None:
    bring(desk, LINES)
    rows = (MachineRow(1, "1", datetime(2026, 11, 23, 7, 20, 5), "in"),)  # noqa: DTZ001
    with_direction = MachineFile(rows, ())
    report = import_punches(
        desk.db,
        "FP",
        with_direction,
        file_name="b.csv",
        sha256="b" * 64,
        mode="good_rows",
        zone=ZONE,
        now=AFTER,
        by=desk.rahmat.id,
        reach=reach_of(desk.rahmat),
    )
    assert (report["added"], problems(report)) == (0, [(1, "other_direction")])


def test_a_number_is_assigned_and_the_file_imported_again(desk: Desk, siti: int, clock: FakeClock) -> None:
    bring(desk, "0042,2026-11-23 07:20\n42,2026-11-23 16:00\n")
    (unmatched,) = list_numbers(desk.db, "FP", reach_of(desk.dewi))
    assert (unmatched.number, unmatched.rows, unmatched.nip) == ("42", 2, None)
    assert list_machines(desk.db, ZONE)[0].unmatched == 1

    assign_number(desk.db, desk.dewi, "FP", number="042", nip="1", now=clock())
    bring(desk, "0042,2026-11-23 07:20\n42,2026-11-23 16:00\n")

    assert {employee_id for employee_id, _, _ in kept(desk.db)} == {siti}
    (assigned,) = list_numbers(desk.db, "FP", reach_of(desk.dewi))
    assert (assigned.nip, assigned.rows) == ("1", 0)
    (hidden,) = list_numbers(desk.db, "FP", reach_of(desk.rahmat))
    assert not hidden.outside


def test_an_import_that_was_taken_back_counts_for_nothing_and_stays(desk: Desk, clock: FakeClock) -> None:
    import_id = bring(desk, LINES)["import"]
    assert take_back(desk.db, ZONE, desk.dewi, "FP", import_id, words="salah mesin", now=clock()) == ()
    assert kept(desk.db) == set()
    with desk.db.read() as session:
        assert session.query(MachinePunch).count() == 2
    record, report = one_import(desk.db, "FP", import_id, reach_of(desk.dewi))
    assert (record.taken_back_by, record.taken_back_reason, record.added) == ("Pegawai 2", "salah mesin", 2)
    assert report is not None
    with pytest.raises(AlreadyTakenBack):
        take_back(desk.db, ZONE, desk.rahmat, "FP", import_id, words="lagi", now=clock())

    assert bring(desk, LINES)["added"] == 2


def test_files_that_overlapped_with_what_is_gone_are_named(desk: Desk) -> None:
    first = bring(desk, LINES)["import"]
    bring(desk, LINES + "1,2026-11-24 07:00\n")
    assert take_back(desk.db, ZONE, desk.rahmat, "FP", first, words="keliru", now=AFTER + MINUTE) == (
        "a.csv",
    )
    reach = reach_of(desk.rahmat)
    assert [one.again for one in list_imports(desk.db, "FP", reach).imports] == [True, False]

    assert bring(desk, LINES + "1,2026-11-24 07:00\n", now=AFTER + 2 * MINUTE)["added"] == 2

    assert [one.again for one in list_imports(desk.db, "FP", reach).imports] == [False, False, False]
    assert len(kept(desk.db)) == 3


def test_an_import_with_people_beyond_the_reach_stays(desk: Desk, clock: FakeClock) -> None:
    put(desk.db, "5", "DINAS", datetime(2026, 11, 22, 1, tzinfo=UTC))
    import_id = bring(desk, "5,2026-11-23 07:02\n")["import"]
    with pytest.raises(ImportBeyondReach):
        take_back(desk.db, ZONE, desk.dewi, "FP", import_id, words="keliru", now=clock())


def test_an_import_that_was_broken_off_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.machine_punches.BATCH", 1)

    class StoppedError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise StoppedError

    text = LINES + "1,2026-11-24 07:00\n"
    file = read_machine_file(text.encode(), FileFormat())
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    options: dict[str, Any] = {
        "file_name": "a.csv",
        "sha256": sha256,
        "mode": "all",
        "zone": ZONE,
        "now": AFTER,
    }
    with pytest.raises(StoppedError):
        import_punches(
            desk.db,
            "FP",
            file,
            **options,
            by=desk.rahmat.id,
            reach=reach_of(desk.rahmat),
            progress=stop,
        )
    assert len(kept(desk.db)) == 1

    report = bring(desk, text)

    (record,) = list_imports(desk.db, "FP", reach_of(desk.rahmat)).imports
    assert (report["added"], record.added, record.there, len(kept(desk.db))) == (3, 3, 0, 3)
    assert record.finished_at is not None


MOMENTS = [datetime(2026, 11, 23, 7) + timedelta(minutes=7 * step) for step in range(6)]  # noqa: DTZ001
ROWS = [f"{number},{at:%Y-%m-%d %H:%M:%S}" for number in ("1", "2") for at in MOMENTS]


@given(st.lists(st.lists(st.sampled_from(ROWS), min_size=1), min_size=1, max_size=4), st.randoms())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_in_any_order_and_twice_give_the_same_times(
    desk: Desk, parts: list[list[str]], shuffled: random.Random
) -> None:
    codes = [f"FP-{next(numbers)}" for _ in range(2)]
    for code in codes:
        add_machine(desk.db, code=code, name=code, unit="KEC", file_format=FileFormat(), now=AFTER)
    bring(desk, "\n".join(row for part in parts for row in part), code=codes[0])
    again = [*parts, *parts]
    shuffled.shuffle(again)
    for part in again:
        bring(desk, "\n".join(part), code=codes[1])
    with desk.db.read() as session:
        ids = [session.scalars(select(Machine.id).where(Machine.code == code)).one() for code in codes]
    assert kept(desk.db, ids[0]) == kept(desk.db, ids[1])
    assert len(kept(desk.db, ids[0])) == len({row for part in parts for row in part})


# --- what days make of it


def test_a_day_shows_which_times_came_from_the_machine(desk: Desk, siti: int, clock: FakeClock) -> None:
    bring(desk, LINES)
    (day,) = working_time(desk.db, clock).month(siti, MONDAY, MONDAY).days
    assert (day.judged.status, day.judged.provisional) == ("present", False)
    assert day.judged.first_in == datetime(2026, 11, 23, 0, 20, 5, tzinfo=UTC)
    assert (day.first_in_source, day.last_out_source) == ("Lobi", "Lobi")


def test_a_night_shift_ends_in_the_morning_after(desk: Desk, siti: int, clock: FakeClock) -> None:
    time = working_time(desk.db, clock)
    give_nights(time, clock)
    bring(desk, "1,2026-11-23 21:50\n1,2026-11-24 06:05\n")
    days = time.month(siti, MONDAY, MONDAY + timedelta(days=1)).days
    assert days[0].judged.first_in == datetime(2026, 11, 23, 14, 50, tzinfo=UTC)
    assert days[0].judged.last_out == datetime(2026, 11, 23, 23, 5, tzinfo=UTC)
    assert days[0].judged.status == "present"
    assert days[1].judged.first_in is None


def give_nights(time: WorkingTime, clock: FakeClock) -> None:
    """Siti works from ten to six from Monday on, before any of these days is past."""
    clock.now = datetime(2026, 11, 22, 2, tzinfo=UTC)
    nights = (Hours(dt_time(22), dt_time(6)),)
    version = NewVersion(MONDAY, nights, None, CUSTOMARY_WINDOWS, 0, works_on_holidays=True)
    work_patterns.add_pattern(time, code="MALAM", name="Malam", version=version)
    work_patterns.assign(time, code="MALAM", unit=None, nip="1", first=MONDAY, last=None)
    clock.now = AFTER


def test_the_day_so_far_has_the_machines_times(desk: Desk, siti: int) -> None:
    bring(desk, LINES)
    with desk.db.read() as session:
        day = day_of(session, siti, MONDAY, ZONE)
    assert (day.first_in_source, day.last_out_source, day.provisional) == ("Lobi", "Lobi", False)


def test_what_was_taken_back_is_in_no_day(desk: Desk, siti: int, clock: FakeClock) -> None:
    import_id = bring(desk, LINES)["import"]
    take_back(desk.db, ZONE, desk.rahmat, "FP", import_id, words="keliru", now=clock())
    (day,) = working_time(desk.db, clock).month(siti, MONDAY, MONDAY).days
    assert (day.judged.status, day.first_in_source) == ("absent", None)


def test_ones_own_data_has_the_times_and_the_numbers(desk: Desk, siti: int, clock: FakeClock) -> None:
    assign_number(desk.db, desk.rahmat, "FP", number="42", nip="1", now=clock())
    bring(desk, "42,2026-11-23 07:20\n")
    found = own_data(desk.db, siti)
    assert [(one.machine, one.number) for one in found.machine_numbers] == [("Lobi", "42")]
    assert [(one.machine, one.kind, one.taken_back_at) for one in found.machine_punches] == [
        ("Lobi", "any", None)
    ]


def test_of_an_erased_person_the_times_stay_and_the_number_goes(
    desk: Desk, evidence: EvidenceStore, delays: Delays, siti: int, clock: FakeClock
) -> None:
    assign_number(desk.db, desk.rahmat, "FP", number="42", nip="1", now=clock())
    bring(desk, "42,2026-11-23 07:20\n")
    Erasure(desk.db, evidence, delays).erase("1", clock())
    assert [employee_id for employee_id, _, _ in kept(desk.db)] == [siti]
    with desk.db.read() as session:
        assert session.scalars(select(MachineNumber)).all() == []
    assert problems(bring(desk, "42,2026-11-23 16:00\n1,2026-11-23 16:00\n")) == [
        (1, "unknown_number"),
        (2, "unknown_number"),
    ]


def test_the_trail_says_what_was_imported_and_taken_back(desk: Desk, clock: FakeClock) -> None:
    import_id = bring(desk, LINES)["import"]
    take_back(desk.db, ZONE, desk.rahmat, "FP", import_id, words="keliru", now=clock())
    with desk.db.read() as session:
        entries = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.subject == f"punch_import:{import_id}")
            .order_by(AuditEntry.sequence)
        ).all()
        sha256 = session.get_one(PunchImport, import_id).sha256
    assert [entry.action for entry in entries] == ["punches_imported", "punches_taken_back"]
    assert json.loads(entries[0].facts) == {"machine": 1, "sha256": sha256, "times": 2, "left_out": 0}


def test_the_work_refuses_a_file_that_is_no_table(desk: Desk, clock: FakeClock) -> None:
    handle = punches_handler(desk.db, ZONE, clock)
    for data, reason in ((b"\x00", "not_a_table"), (b"\n", "no_rows")):
        work = Work(
            data,
            {"machine": "FP", "mode": "check", "file_name": "a.csv"},
            desk.rahmat.id,
            reach_of(desk.rahmat),
            lambda done, total: None,
        )
        assert handle(work) == {"refused": reason}


def test_a_closed_month_takes_no_times_and_gives_none_back(db: Database, clock: FakeClock) -> None:
    with open_closing_office(db, clock) as office:
        add_machine(db, code="FP", name="Lobi", unit="KEC", file_format=FileFormat(), now=clock())

        def bring_one(day: str) -> dict[str, Any]:
            file = read_machine_file(f"1,{day} 07:00\n".encode(), FileFormat())
            return import_punches(
                db,
                "FP",
                file,
                file_name="a.csv",
                sha256=hashlib.sha256(day.encode()).hexdigest(),
                mode="good_rows",
                zone=ZONE,
                now=clock(),
                by=office.rahmat.id,
                reach=reach_of(office.rahmat),
            )

        brought = bring_one("2026-10-05")
        close_month(
            office.time, office.rahmat, Wanted("DESA", date(2026, 10, 1), below=False, reason="Akhir bulan")
        )
        assert problems(bring_one("2026-10-06")) == [(1, "month_closed")]
        assert bring_one("2026-11-02")["added"] == 1
        with pytest.raises(MonthClosed):
            take_back(db, ZONE, office.rahmat, "FP", brought["import"], words="keliru", now=clock())
