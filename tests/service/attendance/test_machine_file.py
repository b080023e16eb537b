"""Files as machines and spreadsheets write them."""

import io
from datetime import date, datetime, time
from typing import Any

import pytest
import xlsxwriter

from enrollment.table_file import BadTable
from service.attendance.machine_file import (
    MOST_HEADING_ROWS,
    MOST_ROWS,
    FileFormat,
    MachineRow,
    first_rows,
    number_key,
    read_machine_file,
)

ATTLOG = FileFormat(number=1, date_time=2, direction=4, ins=("0",), outs=("1",), delimiter="tab")
TWO_COLUMNS = FileFormat(date_time=None, date=2, time=3, date_order="dmy", heading_rows=1)
AT = datetime(2026, 11, 24, 7, 28, 10)  # noqa: DTZ001 - by the machine's own clock


def workbook(*rows: list[Any]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            date: book.add_format({"num_format": "dd/mm/yyyy"}),
            time: book.add_format({"num_format": "hh:mm:ss"}),
        }
        sheet = book.add_worksheet()
        for row, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                sheet.write(row, place, cell, formats.get(type(cell)))
    return made.getvalue()


@pytest.mark.parametrize(
    ("file", "file_format", "kind"),
    [
        (b"       42\t2026-11-24 07:28:10\t1\t0\t1\t0\r\n", ATTLOG, "in"),
        (b"42\t2026-11-24 07:28:10\t1\t1\t1\t0\n", ATTLOG, "out"),
        (b"42\t2026-11-24 07:28:10\t1\t5\t1\t0\n", ATTLOG, "any"),
        (b"42\t2026-11-24 07:28:10\t1\n", ATTLOG, "any"),
        (b"No,Tgl,Jam\n42,24/11/2026,07:28:10\n", TWO_COLUMNS, "any"),
        (b"\xef\xbb\xbfNo;Tgl;Jam\n42;24-11-26;7.28.10\n", TWO_COLUMNS, "any"),
        (b"42,11/24/2026 07:28:10 AM\n", FileFormat(date_order="mdy"), "any"),
        (b"42;2026/11/24T07:28:10\n", FileFormat(delimiter="semicolon"), "any"),
        (b"Jos\xe9;42;2026.11.24, 07:28:10.5\n", FileFormat(number=2, date_time=3), "any"),
        (workbook(["No", "Waktu"], ["42", AT]), FileFormat(heading_rows=1), "any"),
        (workbook(["No", "Tgl", "Jam"], [42, AT.date(), AT.time()]), TWO_COLUMNS, "any"),
        (
            workbook(["x", "Masuk", AT, 42]),
            FileFormat(number=4, date_time=3, direction=2, ins=("MASUK",), outs=("Pulang",)),
            "in",
        ),
    ],
)
def test_a_row_is_read_as_its_machine_writes_it(file: bytes, file_format: FileFormat, kind: Any) -> None:
    found = read_machine_file(file, file_format)
    row = file_format.heading_rows + 1
    assert (found.rows, found.problems) == ((MachineRow(row, "42", AT, kind),), ())


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("07:05", time(7, 5)),
        ("7.05", time(7, 5)),
        ("12:00 AM", time(0)),
        ("12:30 p.m.", time(12, 30)),
        ("4:05:09 PM", time(16, 5, 9)),
        ("23:59:59", time(23, 59, 59)),
    ],
)
def test_times_of_day(written: str, clock: time) -> None:
    file = f"x,x,x\n1,24/11/2026,{written}\n".encode()
    assert [row.at.time() for row in read_machine_file(file, TWO_COLUMNS).rows] == [clock]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",24/11/2026,07:00", "number_missing"),
        (f"{'1' * 65},24/11/2026,07:00", "number_too_long"),
        ("1,2026-11-24,07:00", "date_not_read"),
        ("1,31/11/2026,07:00", "date_not_read"),
        ("1,24/11/126,07:00", "date_not_read"),
        ("1,,07:00", "date_not_read"),
        ("1,01/01/0001,07:00", "date_not_read"),
        (f"1,24/11/2026{' ' * 90_000}x,07:00", "date_not_read"),
        ("1,24/11/2026,24:00", "time_not_read"),
        ("1,24/11/2026,13:00 PM", "time_not_read"),
        ("1,24/11/2026", "time_not_read"),
    ],
)
def test_what_can_not_be_read_for_certain_is_a_problem_of_its_row(row: str, code: str) -> None:
    found = read_machine_file(f"No,Tgl,Jam\n1,24/11/2026,07:00\n\n{row}\n".encode(), TWO_COLUMNS)
    assert [(one.row, one.code) for one in found.problems] == [(4, code)]
    assert len(found.rows) == 1


def test_a_nip_that_a_spreadsheet_has_rounded_is_not_guessed() -> None:
    found = read_machine_file(workbook([198503302003121002, AT]), FileFormat())
    assert [one.code for one in found.problems] == ["rounded_number"]


def test_a_spreadsheets_fraction_of_a_day_is_the_nearest_second() -> None:
    written = AT.replace(microsecond=999_600, second=9)
    assert [row.at for row in read_machine_file(workbook([42, written]), FileFormat()).rows] == [AT]


@pytest.mark.parametrize(
    ("written", "key"), [("00042", "42"), ("42", "42"), ("000", "0"), ("A-07", "A-07"), ("0x7", "0x7")]
)
def test_zeros_before_a_number_say_nothing(written: str, key: str) -> None:
    assert number_key(written) == key


def test_the_first_rows_are_shown_with_what_is_wrong() -> None:
    rows = first_rows(b"No,Tgl,Jam\n\n1,24/11/2026,07:00\n2,kemarin,08:00\n3,x,y\n", TWO_COLUMNS, 2)
    assert [(row.row, row.cells, row.problem) for row in rows] == [
        (3, ("1", "24/11/2026", "07:00"), None),
        (4, ("2", "kemarin", "08:00"), "date_not_read"),
    ]


def test_a_file_with_too_many_rows_is_refused() -> None:
    with pytest.raises(BadTable) as refused:
        read_machine_file(b"1,2026-11-24 07:00\n" * (MOST_ROWS + MOST_HEADING_ROWS + 1), FileFormat())
    assert refused.value.reason == "too_many_rows"


@pytest.mark.parametrize("file", [b"\x00\x01\x02", b"PK\x03\x04 no workbook"])
def test_what_is_no_table_is_refused(file: bytes) -> None:
    with pytest.raises(BadTable):
        read_machine_file(file, FileFormat())
