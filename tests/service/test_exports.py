"""Exports: what a file holds in each format, for whom, and who changes a profile."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from service import export_profiles
from service.access_errors import NotAllowed
from service.approved_of_days import ApprovedOfDays
from service.db.session import Database
from service.db.tables import Account
from service.errors import UnknownUnit
from service.evidence import EvidenceStore
from service.export_definitions import Column, Definition, from_json, problems_of, templates
from service.export_errors import (
    ExportProfileChanged,
    ExportProfileNameTaken,
    ExportProfileRefused,
    NothingToExport,
    UnknownExportFile,
    UnknownExportProfile,
)
from service.export_fields import FIELDS, RowKind
from service.export_files import AT_ONCE, KEPT, ExportFiles, Fetched, forget_files, wanted_by
from service.jobs import Jobs
from service.reach import Reach
from service.safe_cells import FORMULA_SIGNS, harmless
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import account, plant, put
from tests.service.test_working_time import at, check_in

WIB = ZoneInfo("Asia/Jakarta")
BEFORE = datetime(2026, 11, 22, 10, tzinfo=UTC)
MONTH = date(2026, 11, 1)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def work(db: Database, clock: FakeClock) -> WorkingTime:
    clock.now = at(TUESDAY, "20:00")
    return WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))


@pytest.fixture
def files(db: Database, evidence: EvidenceStore, work: WorkingTime, clock: FakeClock) -> ExportFiles:
    return ExportFiles(db, evidence, work, clock=clock)


@pytest.fixture
def jobs(db: Database, evidence: EvidenceStore, files: ExportFiles, clock: FakeClock) -> Jobs:
    return Jobs(db, evidence, {"export": files.handler()}, clock=clock)


@pytest.fixture
def hr(db: Database) -> Account:
    """Of everybody. Siti in DESA was late on Monday, and has not come on Tuesday; Budi is in DINAS."""
    plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, BEFORE)
    siti = put(db, "1985", "DESA", BEFORE)
    put(db, "1990", "DINAS", BEFORE)
    check_in(db, siti, at(MONDAY, "07:45"), "in")
    check_in(db, siti, at(MONDAY, "16:30"), "out")
    return account(db, "hr", "hr", BEFORE)


def day(*columns: Column, **more: object) -> Definition:
    return replace(Definition("Harian", "day", columns), **more)  # type: ignore[arg-type]


def fetched(
    db: Database, files: ExportFiles, jobs: Jobs, whom: Account, wanted: Definition, unit: str | None = None
) -> Fetched:
    asked = files.ask(jobs, whom, wanted, wanted_by(db, whom, unit, MONTH))
    assert asked.file_id is not None
    return files.fetch(whom, asked.file_id)


NIP, DATE = Column("nip", "NIP"), Column("date", "TANGGAL")


CELLS = [
    (Column("nip", "A"), "1985"),
    (Column("date", "A"), "2026-11-23"),
    (Column("date", "A", format="DD/MM/YY"), "23/11/26"),
    (Column("month", "A", format="MM-YYYY"), "11-2026"),
    (Column("first_in", "A"), "07:45"),
    (Column("first_in", "A", format="YYYY-MM-DDTHH:mm:ss"), "2026-11-23T07:45:00"),
    (Column("status", "A"), "present"),
    (Column("status", "A", values={"present": "H"}), "H"),
    (Column("status", "A", values={"absent": "TK"}, otherwise="?"), "?"),
    (Column("late_min", "A"), "15"),
    (Column("late_min", "A", decimals=2), "15.00"),
    (Column("fixed", "A", text="KAB"), "KAB"),
    (Column("holiday", "A", empty="-"), "-"),
    (Column("holiday", "A", empty="=1+1"), "'=1+1"),
    (Column("late_step", "A"), "1"),
]


def test_a_cell_is_written_as_its_column_says(
    db: Database, files: ExportFiles, jobs: Jobs, hr: Account
) -> None:
    made = fetched(db, files, jobs, hr, day(*(column for column, _ in CELLS)), "DESA")
    header, row, *_ = csv.reader(io.StringIO(made.data.decode("utf-8-sig")), delimiter=";")
    assert header == ["A"] * len(CELLS)
    assert row == [first for _, first in CELLS]


@pytest.mark.parametrize(
    ("more", "data"),
    [
        ({}, b"\xef\xbb\xbfNIP;TANGGAL\r\n1985;2026-11-23\r\n1985;2026-11-24\r\n"),
        ({"encoding": "utf-8"}, b"NIP;TANGGAL\r\n1985;2026-11-23\r\n1985;2026-11-24\r\n"),
        ({"encoding": "utf-8", "header": False}, b"1985;2026-11-23\r\n1985;2026-11-24\r\n"),
        (
            {"encoding": "utf-8", "header": False, "delimiter": "\t"},
            b"1985\t2026-11-23\r\n1985\t2026-11-24\r\n",
        ),
    ],
)
def test_a_csv_is_as_its_profile_says(
    db: Database, files: ExportFiles, jobs: Jobs, hr: Account, more: dict[str, object], data: bytes
) -> None:
    made = fetched(db, files, jobs, hr, day(NIP, DATE, **more), "KEC")
    assert (made.file_name, made.data) == ("hadir-2026-11.csv", data)


def test_a_month_is_one_row_and_its_decimal_mark_can_be_a_comma(
    db: Database, files: ExportFiles, jobs: Jobs, hr: Account
) -> None:
    columns = tuple(Column(one, one) for one in ("nip", "working_days", "present_days", "absent_days", "tl1"))
    sums = (*columns, Column("deduction_percent", "%", decimals=2))
    wanted = Definition("Bulanan", "month", sums, decimal_mark=",", encoding="utf-8", header=False)
    assert fetched(db, files, jobs, hr, wanted, "DESA").data == b"1985;2;1;0;1;0,50\r\n"


def test_a_spreadsheet_has_real_numbers_and_dates_and_no_formula(
    db: Database, files: ExportFiles, jobs: Jobs, hr: Account
) -> None:
    columns = (
        NIP,
        DATE,
        Column("first_in", "MASUK"),
        Column("late_min", "TL"),
        Column("fixed", "=1", text="=1+1"),
    )
    made = fetched(db, files, jobs, hr, day(*columns, file_type="xlsx"), "DESA")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(made.data)).get_sheet_by_index(0).to_python()
    assert sheet[0] == ["NIP", "TANGGAL", "MASUK", "TL", "=1"]
    assert sheet[1] == ["1985", MONDAY, time(7, 45), 15.0, "=1+1"]


@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_no_text_becomes_a_formula(sign: str) -> None:
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"


@given(st.text())
def test_a_harmless_text_begins_with_no_sign(text: str) -> None:
    assert harmless(text) in {"-", text} or not harmless(text).startswith(FORMULA_SIGNS)
    assert harmless(text) == "-" or not harmless(text).startswith(FORMULA_SIGNS)


@pytest.mark.parametrize("row", ["day", "month"])
def test_every_field_can_be_written(
    db: Database, files: ExportFiles, jobs: Jobs, hr: Account, row: RowKind
) -> None:
    fitting = [key for key, field in FIELDS.items() if row in field.rows]
    for column in (Column(key, key, text="x" if key == "fixed" else "") for key in fitting):
        assert problems_of(Definition("A", row, (column,))) == []
    wanted = Definition("A", row, tuple(Column(key, key) for key in fitting))
    for file_type in ("csv", "xlsx"):
        assert fetched(db, files, jobs, hr, replace(wanted, file_type=file_type)).data


@pytest.mark.parametrize(
    ("wanted", "problems"),
    [
        (day(NIP, name=" "), [("name", "missing")]),
        (day(), [("columns", "missing")]),
        (day(Column("nip")), [("columns.0.header", "missing")]),
        (day(Column("nip"), header=False), []),
        (day(NIP, NIP), [("columns.1.header", "twice")]),
        (day(Column("nope", "A")), [("columns.0.source", "unknown")]),
        (day(Column("working_days", "A")), [("columns.0.source", "not_in_row")]),
        (day(Column("fixed", "A")), [("columns.0.text", "missing")]),
        (day(Column("nip", "A", text="x")), [("columns.0.text", "not_for_this_field")]),
        (day(Column("date", "A", format="%d")), [("columns.0.format", "wrong")]),
        (day(Column("date", "A", format="//")), [("columns.0.format", "wrong")]),
        (day(Column("date", "A", format="DD HH")), [("columns.0.format", "no_time")]),
        (day(Column("nip", "A", format="DD")), [("columns.0.format", "not_for_this_field")]),
        (day(Column("late_min", "A", decimals=7)), [("columns.0.decimals", "out_of_range")]),
        (day(Column("nip", "A", decimals=1)), [("columns.0.decimals", "not_for_this_field")]),
        (day(Column("status", "A", values={"nope": "x"})), [("columns.0.values", "unknown")]),
        (day(Column("nip", "A", values={})), [("columns.0.values", "not_for_this_field")]),
        (day(Column("nip", "A\x00")), [("columns.0.header", "unprintable")]),
        (day(Column("nip", "A" * 201)), [("columns.0.header", "too_long")]),
    ],
)
def test_what_is_wrong_is_named_where_it_is(wanted: Definition, problems: list[tuple[str, str]]) -> None:
    assert problems_of(wanted) == problems


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_templates_are_good_and_survive_a_file(language: str) -> None:
    for template in templates(language):  # type: ignore[arg-type]
        assert problems_of(template) == []
        assert from_json(template.as_json()) == template


def test_of_two_who_change_a_profile_the_second_is_told(db: Database, clock: FakeClock) -> None:
    made = export_profiles.add_profile(db, day(NIP), clock())
    changed = export_profiles.change_profile(db, made.id, day(NIP, DATE), clock(), version=made.version)
    assert changed.version == 2
    with pytest.raises(ExportProfileChanged):
        export_profiles.change_profile(db, made.id, day(DATE), clock(), version=made.version)
    with pytest.raises(ExportProfileChanged):
        export_profiles.remove_profile(db, made.id, clock(), version=made.version)
    assert export_profiles.one_profile(db, made.id).definition == day(NIP, DATE)
    export_profiles.remove_profile(db, made.id, clock(), version=2)
    with pytest.raises(UnknownExportProfile):
        export_profiles.one_profile(db, made.id)


def test_profiles_are_changed_by_who_reaches_everybody_and_named_once(db: Database, clock: FakeClock) -> None:
    export_profiles.add_profile(db, day(NIP), clock())
    with pytest.raises(ExportProfileNameTaken):
        export_profiles.add_profile(db, day(DATE), clock())
    with pytest.raises(ExportProfileRefused):
        export_profiles.add_profile(db, day(), clock())
    with pytest.raises(NotAllowed):
        export_profiles.add_profile(db, day(NIP, name="B"), clock(), reach=Reach(unit_id=1))


def test_whoever_is_limited_exports_their_units_alone(
    db: Database, files: ExportFiles, jobs: Jobs, hr: Account
) -> None:
    dewi = account(db, "dewi", "hr", BEFORE, limit="KEC")
    plain = day(NIP, encoding="utf-8", header=False)
    assert fetched(db, files, jobs, dewi, plain).data == b"1985\r\n1985\r\n"
    assert fetched(db, files, jobs, hr, plain).data == b"1985\r\n1985\r\n1990\r\n1990\r\n"
    with pytest.raises(UnknownUnit):
        wanted_by(db, dewi, "DINAS", MONTH)


def test_a_file_is_its_askers_for_a_day_and_within_their_reach(
    db: Database, files: ExportFiles, jobs: Jobs, hr: Account, clock: FakeClock, evidence: EvidenceStore
) -> None:
    dewi = account(db, "dewi", "hr", BEFORE, limit="KEC")
    file_id = files.ask(jobs, dewi, day(NIP), wanted_by(db, dewi, None, MONTH)).file_id
    assert file_id is not None
    with pytest.raises(UnknownExportFile):
        files.fetch(hr, file_id)
    with db.write() as session:
        session.get_one(Account, dewi.id).unit_id = 3
    with db.read() as session:
        moved = session.get_one(Account, dewi.id)
    with pytest.raises(UnknownExportFile):
        files.fetch(moved, file_id)
    files.fetch(dewi, file_id)
    clock.now += KEPT + (KEPT / 24)
    with pytest.raises(UnknownExportFile):
        files.fetch(dewi, file_id)
    assert files.forget_old() == 1
    assert not evidence.exists(f"exports/{file_id}")


def test_an_erasure_takes_every_file_along(
    db: Database, files: ExportFiles, jobs: Jobs, hr: Account, evidence: EvidenceStore
) -> None:
    asked = files.ask(jobs, hr, day(NIP), wanted_by(db, hr, None, MONTH))
    assert forget_files(db, evidence) == 1
    with pytest.raises(UnknownExportFile):
        files.fetch(hr, asked.file_id or "")


def test_nobody_makes_an_empty_file(db: Database, files: ExportFiles, jobs: Jobs, hr: Account) -> None:
    plant(db, {"KOSONG": None}, BEFORE)
    with pytest.raises(NothingToExport):
        files.ask(jobs, hr, day(NIP), wanted_by(db, hr, "KOSONG", MONTH))


def test_many_people_are_long_work_that_reports_its_file(
    db: Database, files: ExportFiles, jobs: Jobs, hr: Account
) -> None:
    for number in range(AT_ONCE):
        put(db, f"many-{number}", "DINAS", BEFORE)
    asked = files.ask(jobs, hr, day(NIP, encoding="utf-8", header=False), wanted_by(db, hr, None, MONTH))
    assert asked.job_id is not None
    assert jobs.do_next()
    status = jobs.status(asked.job_id, of=hr.id)
    assert status.report is not None
    assert status.done == status.total == AT_ONCE + 2
    assert status.report["rows"] == 2 * (AT_ONCE + 2)
    assert files.fetch(hr, status.report["file"]).data.count(b"\r\n") == 2 * (AT_ONCE + 2)
