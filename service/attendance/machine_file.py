"""What the file of a fingerprint machine says, row by row: who, when, and in or out. Pure.

Nothing is guessed: what can't be read for certain, in the order of dates and the columns that HR has set for the
machine, is a problem of its row.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final, Literal, TypeAlias

from enrollment.table_file import Cell, table_rows, text_of

PunchKind = Literal["in", "out", "any"]
DateOrder = Literal["ymd", "dmy", "mdy"]
Delimiter = Literal["auto", "comma", "semicolon", "tab"]
ReadProblem = Literal["number_missing", "number_too_long", "rounded_number", "date_not_read", "time_not_read"]

MOST_ROWS: Final = 200_000
# 200,000 rows of six cells, as XLSX writes them.
UNPACKED_BYTES: Final = 192 * 1024 * 1024
MOST_COLUMNS: Final = 60
MOST_HEADING_ROWS: Final = 20
LONGEST_NUMBER: Final = 64
# Excel keeps 15 digits of a number, and a NIP has 18.
EXACT_DIGITS: Final = 15
_DELIMITERS: Final[dict[Delimiter, str | None]] = {"auto": None, "comma": ",", "semicolon": ";", "tab": "\t"}
_DATE: Final = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d{1,6})?)?(?:\s*([AaPp])\.?[Mm]\.?)?", re.ASCII
)
_BOTH: Final = re.compile(r"(\S.*?\d)(?:\s*[T,]\s*|\s+)(\d{1,2}[:.]\d{2}.*)", re.ASCII | re.DOTALL)
_PLACES: Final[dict[DateOrder, tuple[int, int, int]]] = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}
_CENTURY: Final = 2000
# Longer than any way to write a date and a time.
_LONGEST_MOMENT: Final = 60
# Machines without a battery begin again in 1970 or 2000; what is beyond is another number taken for a date.
_YEARS: Final = range(1970, 2200)


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How to read a machine's files. Columns count from 1.

    date_time : a column with both; else `date` and `time` are two.
    direction : a column, whose values `ins` and `outs` mean in and out, without regard to case; every other value,
        and no such column, leaves the direction open.
    date_order : of dates that are text; in XLSX most are dates, which need none.
    """

    number: int = 1
    date_time: int | None = 2
    date: int | None = None
    time: int | None = None
    direction: int | None = None
    ins: tuple[str, ...] = ()
    outs: tuple[str, ...] = ()
    date_order: DateOrder = "ymd"
    delimiter: Delimiter = "auto"
    heading_rows: int = 0


@dataclass(frozen=True, slots=True)
class RowProblem:
    """`row` as the file's own program numbers it."""

    row: int
    code: str


@dataclass(frozen=True, slots=True)
class MachineRow:
    """`number`: of the person in the machine. `at`: by the machine's clock, without zone, to the second."""

    row: int
    number: str
    at: datetime
    kind: PunchKind


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row as the file shows it and as it is read. `problem` where it can't be."""

    row: int
    cells: tuple[str, ...]
    read: MachineRow | None
    problem: ReadProblem | None


@dataclass(frozen=True, slots=True)
class MachineFile:
    """`rows` are those without a problem, in the order of the file."""

    rows: tuple[MachineRow, ...]
    problems: tuple[RowProblem, ...]


class _Refused(Exception):  # noqa: N818 - what a cell is, and no fault
    def __init__(self, code: ReadProblem) -> None:
        super().__init__(code)
        self.code: ReadProblem = code


def read_machine_file(data: bytes, file_format: FileFormat) -> MachineFile:
    """Raises BadTable."""
    reader = _Reader(file_format)
    rows: list[MachineRow] = []
    problems: list[RowProblem] = []
    for number, cells in _table(data, file_format):
        try:
            rows.append(reader.read(number, cells))
        except _Refused as refused:
            problems.append(RowProblem(number, refused.code))
    return MachineFile(tuple(rows), tuple(problems))


def first_rows(data: bytes, file_format: FileFormat, count: int) -> tuple[ReadRow, ...]:
    """The first that are not empty, after the headings. Raises BadTable."""
    reader = _Reader(file_format)
    return tuple(_shown(reader, *row) for row in islice(_table(data, file_format), count))


def number_key(number: str) -> str:
    """The same for what a machine writes as 00042 and a spreadsheet as 42."""
    return (number.lstrip("0") or "0") if number.isdecimal() else number


_Numbered: TypeAlias = tuple[int, Sequence[Cell]]


def _table(data: bytes, file_format: FileFormat) -> Iterator[_Numbered]:
    table = table_rows(
        data,
        most_rows=MOST_ROWS + MOST_HEADING_ROWS,
        delimiter=_DELIMITERS[file_format.delimiter],
        unpacked_bytes=UNPACKED_BYTES,
    )
    for number, cells in enumerate(table, start=1):
        if number > file_format.heading_rows and any(text_of(cell).strip() for cell in cells):
            yield number, cells


def _shown(reader: "_Reader", row: int, cells: Sequence[Cell]) -> ReadRow:
    written = tuple(text_of(cell).strip() for cell in cells[:MOST_COLUMNS])
    try:
        return ReadRow(row, written, reader.read(row, cells), None)
    except _Refused as refused:
        return ReadRow(row, written, None, refused.code)


class _Reader:
    def __init__(self, file_format: FileFormat) -> None:
        self._format = file_format
        self._order = _PLACES[file_format.date_order]
        self._kinds: dict[str, PunchKind] = {value.strip().casefold(): "in" for value in file_format.ins}
        self._kinds |= {value.strip().casefold(): "out" for value in file_format.outs}

    def read(self, row: int, cells: Sequence[Cell]) -> MachineRow:
        """Raises _Refused."""
        number, at = _number(_cell(cells, self._format.number)), self._moment(cells)
        return MachineRow(row, number, at, self._kind(cells))

    def _kind(self, cells: Sequence[Cell]) -> PunchKind:
        written = text_of(_cell(cells, self._format.direction)).strip().casefold()
        return self._kinds.get(written, "any") if written else "any"

    def _moment(self, cells: Sequence[Cell]) -> datetime:
        if self._format.date_time is None:
            day = self._day(_cell(cells, self._format.date))
            return datetime.combine(day, _clock(_cell(cells, self._format.time)))
        both = _cell(cells, self._format.date_time)
        if isinstance(both, datetime):
            _known_year(both)
            return _to_the_second(both)
        found = _BOTH.fullmatch(_moment_text(both))
        if found is None:
            raise _Refused("date_not_read")
        return datetime.combine(self._day(found[1]), _clock(found[2]))

    def _day(self, cell: Cell) -> date:
        if isinstance(cell, date):
            _known_year(cell)
            return cell.date() if isinstance(cell, datetime) else cell
        found = _DATE.fullmatch(_moment_text(cell))
        if found is None:
            raise _Refused("date_not_read")
        year, month, day = (found[place + 1] for place in self._order)
        # A year has four figures, or two; three, or four in the place of a day, are another order of dates.
        if len(year) not in {2, 4} or max(len(month), len(day)) > 2:
            raise _Refused("date_not_read")
        try:
            read = date(int(year) + (_CENTURY if len(year) == 2 else 0), int(month), int(day))
        except ValueError:
            raise _Refused("date_not_read") from None
        _known_year(read)
        return read


def _cell(cells: Sequence[Cell], column: int | None) -> Cell:
    return cells[column - 1] if column is not None and column <= len(cells) else ""


def _number(cell: Cell) -> str:
    if isinstance(cell, float) and abs(cell) >= 10**EXACT_DIGITS:
        raise _Refused("rounded_number")
    # Some programs write a number that is to stay text with this sign before it.
    number = "".join(text_of(cell).split()).removeprefix("'")
    if not number or not number.isprintable():
        raise _Refused("number_missing")
    if len(number) > LONGEST_NUMBER:
        raise _Refused("number_too_long")
    return number


def _clock(cell: Cell) -> time:
    if isinstance(cell, datetime):
        return _to_the_second(cell).time()
    if isinstance(cell, time):
        return _to_the_second(datetime.combine(date.min, cell)).time()
    if isinstance(cell, timedelta) and timedelta(0) <= cell < timedelta(days=1):
        return _to_the_second(datetime.combine(date.min, time.min) + cell).time()
    found = _TIME.fullmatch(_moment_text(cell))
    if found is None:
        raise _Refused("time_not_read")
    hour, half = int(found[1]), (found[4] or "").lower()
    if half and not 1 <= hour <= 12:
        raise _Refused("time_not_read")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found[2]), int(found[3] or 0))
    except ValueError:
        raise _Refused("time_not_read") from None


def _moment_text(cell: Cell) -> str:
    """Cut, so that nothing has to be looked for in what is none."""
    return text_of(cell).strip()[:_LONGEST_MOMENT]


def _known_year(day: date) -> None:
    if day.year not in _YEARS:
        raise _Refused("date_not_read")


def _to_the_second(at: datetime) -> datetime:
    """Rounded: a spreadsheet keeps a moment as a fraction of days, which misses the second by a little."""
    return (at + timedelta(milliseconds=500)).replace(microsecond=0, tzinfo=None)
