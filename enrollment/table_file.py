"""The rows of a table from a CSV or XLSX file, within limits."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

from python_calamine import CalamineError, CalamineWorkbook

Cell: TypeAlias = object
TableProblem: TypeAlias = Literal["not_a_table", "too_many_rows", "unpacks_too_large"]

# 20,000 rows of seven full cells are 12 MB; a small file can unpack to anything.
UNPACKED_BYTES: Final = 64 * 1024 * 1024
XLSX_BEGINS: Final = b"PK\x03\x04"


class BadTable(Exception):  # noqa: N818 - as BadImage
    """The file is none that can be read as a table."""

    def __init__(self, reason: TableProblem) -> None:
        super().__init__(reason)
        self.reason: TableProblem = reason


def table_rows(
    data: bytes, *, most_rows: int, delimiter: str | None = None, unpacked_bytes: int = UNPACKED_BYTES
) -> Iterator[Sequence[Cell]]:
    """The rows of a CSV file (UTF-8 or Windows-1252) or of the first sheet of an XLSX file, also empty ones.

    most_rows : with the headings.
    delimiter : of a CSV file; None is the one of comma, semicolon and tab that its first line has most of.

    Raises BadTable, when the first row is asked for or at any later one.
    """
    if data.startswith(XLSX_BEGINS):
        yield from _xlsx(data, most_rows, unpacked_bytes)
        return
    for number, cells in enumerate(_csv(data, delimiter), start=1):
        if number > most_rows:
            raise BadTable("too_many_rows")
        yield cells


def text_of(cell: Cell) -> str:
    """As the cell shows it: a whole number without a decimal point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _csv(data: bytes, delimiter: str | None) -> Iterator[Sequence[Cell]]:
    if b"\x00" in data:
        raise BadTable("not_a_table")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    first_line = text.partition("\n")[0]
    try:
        yield from csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter or max(";,\t", key=first_line.count)
        )
    except csv.Error as broken:
        raise BadTable("not_a_table") from broken


def _xlsx(data: bytes, most_rows: int, unpacked_bytes: int) -> Iterator[Sequence[Cell]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > unpacked_bytes:
                raise BadTable("unpacks_too_large")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        # Rows above the first cell and columns left of it count: the numbers of rows must be the file's own.
        if sheet.total_height > most_rows:
            raise BadTable("too_many_rows")
        yield from sheet.to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, IndexError, NotImplementedError) as broken:
        raise BadTable("not_a_table") from broken
