"""A roster file: what each row says, and what is wrong with it."""

import io
from collections.abc import Sequence
from datetime import date

import pytest
import xlsxwriter

from enrollment.roster import BadRoster, CellProblem, RosterRow, read_roster

NIP = "198503302003121002"


def table(*rows: Sequence[object], text: bool = True) -> bytes:
    """An XLSX file; strings stay text."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_numbers": not text}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                else:
                    sheet.write(number, place, cell)
    return made.getvalue()


def problems(data: bytes) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.code) for one in read_roster(data).problems]


def test_a_csv_row_becomes_an_employee() -> None:
    data = (
        b"NIP,Nama,Kode Unit,Jabatan,Status,TMT,Works until\n"
        b"19850330 200312 1 002, Siti  Rahmawati ,KEC-01,Camat,PNS,01-02-2020,2030-01-31\n"
    )
    assert read_roster(data).rows == (
        RosterRow(2, NIP, "Siti Rahmawati", "KEC-01", "Camat", "pns", date(2020, 2, 1), date(2030, 1, 31)),
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_customary_delimiter_is_understood(delimiter: str) -> None:
    data = f"nip{delimiter}name\n1{delimiter}A\n".encode()
    assert read_roster(data).rows == (RosterRow(2, "1", "A"),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_letters_with_signs_survive_the_encodings_of_spreadsheets(encoding: str) -> None:
    assert read_roster("nip;name\n1;José\n".encode(encoding)).rows[0].name == "José"


def test_an_xlsx_row_becomes_an_employee() -> None:
    data = table(
        ["NIP", "Name", "Class", "Works from"],
        [NIP, "Siti", "pppk", date(2020, 2, 1)],
        [12345, "Budi", "", ""],
    )
    assert read_roster(data).rows == (
        RosterRow(2, NIP, "Siti", employment="pppk", works_from=date(2020, 2, 1)),
        RosterRow(3, "12345", "Budi"),
    )


def test_a_nip_that_the_spreadsheet_has_rounded_is_refused() -> None:
    data = table(["NIP", "Name"], [float(NIP), "Siti"])
    assert problems(data) == [(2, "nip", "rounded_number")]


def test_a_sign_that_marks_text_is_not_part_of_the_nip() -> None:
    assert read_roster(f"nip,name\n'{NIP},Siti\n".encode()).rows[0].nip == NIP


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",Siti,,,", ("nip", "missing")),
        ("a/b,Siti,,,", ("nip", "not_valid")),
        ("1,,,,", ("name", "missing")),
        (f"1,{'x' * 201},,,", ("name", "too_long")),
        ("1,Si\x01ti,,,", ("name", "not_valid")),
        ("1,Siti,honorer,,", ("class", "unknown")),
        ("1,Siti,,31/02/2026,", ("works_from", "not_valid")),
        ("1,Siti,,2026-02-01,2026-01-31", ("works_until", "ends_before_it_begins")),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_by_row_and_column(row: str, problem: tuple[str, str]) -> None:
    data = f"nip,name,class,works from,works until\n{row}\n".encode()
    assert problems(data) == [(2, *problem)]
    assert read_roster(data).rows == ()


def test_every_problem_of_a_row_is_told() -> None:
    assert problems(b"nip,name,class\na/b,,x\n") == [
        (2, "nip", "not_valid"),
        (2, "name", "missing"),
        (2, "class", "unknown"),
    ]


def test_a_nip_that_comes_again_is_refused_the_second_time() -> None:
    roster = read_roster(b"nip,name\n1,A\n2,B\n 1 ,C\n")
    assert [row.nip for row in roster.rows] == ["1", "2"]
    assert roster.problems == (CellProblem(4, "nip", "repeated"),)


@pytest.mark.parametrize("make", [table, lambda *rows: "\n".join(",".join(row) for row in rows).encode()])
def test_empty_rows_are_left_out_and_still_counted(make: object) -> None:
    assert callable(make)
    roster = read_roster(make(["nip", "name"], ["", ""], ["1", "A"]))
    assert [row.row for row in roster.rows] == [3]


def test_other_columns_are_left_alone() -> None:
    roster = read_roster(b"no,nip,name,golongan\n7,1,A,III/a\n")
    assert roster.rows == (RosterRow(2, "1", "A"),)
    assert roster.columns == {"nip", "name"}


@pytest.mark.parametrize(
    ("data", "reason", "column"),
    [
        (b"", "no_rows", None),
        (b"nip,name\n\n", "no_rows", None),
        (b"nip,alamat\n1,Jl. A\n", "column_missing", "name"),
        (b"nip,name,nama\n1,A,B\n", "column_twice", "name"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_a_table", None),
        (b"PK\x03\x04 and nothing of a workbook", "not_a_table", None),
        (b"nip,name\n" + b"1,A\n" * 20_001, "too_many_rows", None),
    ],
)
def test_what_is_no_roster_is_refused_with_the_reason(data: bytes, reason: str, column: str | None) -> None:
    with pytest.raises(BadRoster) as refused:
        read_roster(data)
    assert (refused.value.reason, refused.value.column) == (reason, column)
