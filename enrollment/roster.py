"""A roster of employees from CSV or XLSX: what each row says, and what is wrong with it.

Nothing is guessed: a cell that can't be read for certain is a problem of its row, named by its column.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final, Literal, TypeAlias, TypeVar, get_args

from enrollment.nip import parse_nip
from enrollment.table_file import BadTable, Cell, TableProblem, table_rows
from enrollment.table_file import text_of as _text

EmploymentClass = Literal["pns", "pppk", "thl"]
CLASSES: Final[tuple[EmploymentClass, ...]] = get_args(EmploymentClass)
Column = Literal["nip", "name", "unit", "position", "class", "works_from", "works_until"]
COLUMNS: Final[tuple[Column, ...]] = get_args(Column)
ProblemCode: TypeAlias = Literal[
    "missing",
    "not_valid",
    "too_long",
    "rounded_number",
    "repeated",
    "unknown",
    "ends_before_it_begins",
    "not_within_your_units",
    "own_record",
]
FileProblem: TypeAlias = TableProblem | Literal["no_rows", "column_missing", "column_twice"]

MOST_ROWS: Final = 20_000
LONGEST_NAME: Final = 200
LONGEST_POSITION: Final = 200
LONGEST_UNIT: Final = 32
# Excel keeps 15 digits of a number, and a NIP has 18.
EXACT_DIGITS: Final = 15
HEADINGS: Final[dict[str, Column]] = {
    "nip": "nip",
    "name": "name",
    "nama": "name",
    "nama lengkap": "name",
    "unit": "unit",
    "unit code": "unit",
    "kode unit": "unit",
    "unit kerja": "unit",
    "position": "position",
    "jabatan": "position",
    "class": "class",
    "status": "class",
    "status kepegawaian": "class",
    "works from": "works_from",
    "mulai bekerja": "works_from",
    "tmt": "works_from",
    "works until": "works_until",
    "berhenti bekerja": "works_until",
}
REQUIRED: Final[tuple[Column, ...]] = ("nip", "name")
DATE_FORMATS: Final = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y")


class BadRoster(Exception):  # noqa: N818 - as BadImage
    """The file is none. `column`: which, where the problem is one of a column."""

    def __init__(self, reason: FileProblem, column: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


@dataclass(frozen=True, slots=True)
class CellProblem:
    """`row` as the file's own program numbers it, the headings being row 1."""

    row: int
    column: Column
    code: ProblemCode


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One employee; None where the file has no such column or the cell is empty."""

    row: int
    nip: str
    name: str
    unit: str | None = None
    position: str | None = None
    employment: EmploymentClass | None = None
    works_from: date | None = None
    works_until: date | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """`rows` are those without a problem. `columns`: what the file has."""

    columns: frozenset[Column]
    rows: tuple[RosterRow, ...]
    problems: tuple[CellProblem, ...]


T = TypeVar("T")


def read_roster(data: bytes) -> Roster:
    """The rows of a CSV (comma, semicolon or tab; UTF-8 or Windows-1252) or of an XLSX file's first sheet.

    Raises BadRoster.
    """
    try:
        return _read(table_rows(data, most_rows=MOST_ROWS + 1))
    except BadTable as bad:
        raise BadRoster(bad.reason) from bad


def _read(table: Iterator[Sequence[Cell]]) -> Roster:
    headings = next(table, None)
    if headings is None:
        raise BadRoster("no_rows")
    places = _places(headings)
    reader = _RowReader(places)
    for number, cells in enumerate(table, start=2):
        if any(_text(cell) for cell in cells):
            reader.read(number, cells)
    if not reader.rows and not reader.problems:
        raise BadRoster("no_rows")
    return Roster(frozenset(places), tuple(reader.rows), tuple(reader.problems))


def _places(headings: Sequence[Cell]) -> dict[Column, int]:
    """Which column is where. Columns of other headings are left alone."""
    places: dict[Column, int] = {}
    for place, heading in enumerate(headings):
        column = HEADINGS.get(" ".join(_text(heading).replace("_", " ").lower().split()))
        if column is None:
            continue
        if column in places:
            raise BadRoster("column_twice", column)
        places[column] = place
    for column in REQUIRED:
        if column not in places:
            raise BadRoster("column_missing", column)
    return places


class _Refused(Exception):  # noqa: N818 - what a cell is, and no fault
    def __init__(self, code: ProblemCode) -> None:
        super().__init__(code)
        self.code: ProblemCode = code


class _RowReader:
    def __init__(self, places: dict[Column, int]) -> None:
        self._places = places
        self._seen: set[str] = set()
        self.rows: list[RosterRow] = []
        self.problems: list[CellProblem] = []

    def read(self, row: int, cells: Sequence[Cell]) -> None:
        problems: list[CellProblem] = []

        def parsed(column: Column, parse: Callable[[Cell], T]) -> T | None:
            place = self._places.get(column)
            try:
                return parse(cells[place] if place is not None and place < len(cells) else "")
            except _Refused as refused:
                problems.append(CellProblem(row, column, refused.code))
                return None

        nip = parsed("nip", self._new_nip)
        name = parsed("name", _name)
        unit = parsed("unit", partial(_words, longest=LONGEST_UNIT))
        position = parsed("position", partial(_words, longest=LONGEST_POSITION))
        employment = parsed("class", _class)
        works_from, works_until = parsed("works_from", _date), parsed("works_until", _date)
        if works_from is not None and works_until is not None and works_until < works_from:
            problems.append(CellProblem(row, "works_until", "ends_before_it_begins"))
        self.problems += problems
        if nip is not None and name is not None and not problems:
            self.rows.append(RosterRow(row, nip, name, unit, position, employment, works_from, works_until))

    def _new_nip(self, cell: Cell) -> str:
        if isinstance(cell, float) and abs(cell) >= 10**EXACT_DIGITS:
            raise _Refused("rounded_number")
        text = _text(cell).strip()
        if not text:
            raise _Refused("missing")
        # Some programs write a number that is to stay text with this sign before it.
        nip = parse_nip(text.removeprefix("'"))
        if nip is None:
            raise _Refused("not_valid")
        if nip in self._seen:
            raise _Refused("repeated")
        self._seen.add(nip)
        return nip


def _words(cell: Cell, longest: int) -> str | None:
    words = " ".join(_text(cell).split())
    if len(words) > longest:
        raise _Refused("too_long")
    if not words.isprintable():
        raise _Refused("not_valid")
    return words or None


def _name(cell: Cell) -> str:
    name = _words(cell, LONGEST_NAME)
    if name is None:
        raise _Refused("missing")
    return name


def _class(cell: Cell) -> EmploymentClass | None:
    words = _text(cell).strip().lower()
    if not words:
        return None
    known: dict[str, EmploymentClass] = {name: name for name in CLASSES}
    if words not in known:
        raise _Refused("unknown")
    return known[words]


def _date(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell).strip()
    if not text:
        return None
    for written in DATE_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(text, written).date()  # noqa: DTZ007 - a day has no zone
    raise _Refused("not_valid")
