"""What an export profile says, and what is wrong with it. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from service.export_fields import FIELDS, FIXED, Field, RowKind
from service.i18n import N_, Language, translate

FileType = Literal["csv", "xlsx"]
Delimiter = Literal[",", ";", "\t", "|"]
Encoding = Literal["utf-8", "utf-8-bom"]
DecimalMark = Literal[".", ","]

LONGEST_NAME: Final = 100
LONGEST_TEXT: Final = 200
MOST_COLUMNS: Final = 60
MOST_DECIMALS: Final = 6
LONGEST_FORMAT: Final = 40
TOKENS: Final = ("YYYY", "YY", "MM", "DD", "HH", "mm", "ss")
_DATE_TOKENS: Final = frozenset({"YYYY", "YY", "MM", "DD"})
FORMAT: Final = re.compile(rf"(?:{'|'.join(TOKENS)}|[-/., :T_])+")
TOKEN: Final = re.compile("|".join(TOKENS))
DATE_FORMAT: Final = "YYYY-MM-DD"
TIME_FORMAT: Final = "HH:mm"


@dataclass(frozen=True, slots=True)
class Column:
    """source : key of a field. Each of the others but `header` and `empty` is for some kinds of fields alone.

    format : of a date or a time, of TOKENS and marks between them.
    decimals : of a number. text : the fixed one. empty : where there is no value.
    values : code -> what is written; otherwise : in place of the other codes, None is the code itself.
    """

    source: str
    header: str = ""
    format: str | None = None
    decimals: int | None = None
    text: str = ""
    values: Mapping[str, str] | None = None
    otherwise: str | None = None
    empty: str = ""

    @property
    def field(self) -> Field:
        return FIELDS[self.source]


@dataclass(frozen=True, slots=True)
class Definition:
    """working_days_only : without free days and holidays, where a row is a day."""

    name: str
    row: RowKind
    columns: tuple[Column, ...]
    file_type: FileType = "csv"
    delimiter: Delimiter = ";"
    encoding: Encoding = "utf-8-bom"
    decimal_mark: DecimalMark = "."
    header: bool = True
    working_days_only: bool = True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def from_json(stored: Mapping[str, Any]) -> Definition:
    return Definition(**{**stored, "columns": tuple(Column(**column) for column in stored["columns"])})


def problems_of(definition: Definition) -> list[tuple[str, str]]:
    """What is wrong: (where, a code), as ("columns.2.header", "missing"). Empty for a good one."""
    found: list[tuple[str, str]] = []
    if problem := _problem_of_text(definition.name, LONGEST_NAME, needed=True):
        found.append(("name", problem))
    if not definition.columns:
        found.append(("columns", "missing"))
    if len(definition.columns) > MOST_COLUMNS:
        found.append(("columns", "too_many"))
        return found
    headers: set[str] = set()
    for number, column in enumerate(definition.columns):
        found += [
            (f"columns.{number}.{where}", problem) for where, problem in _problems_of(column, definition)
        ]
        if definition.header and column.header and column.header in headers:
            found.append((f"columns.{number}.header", "twice"))
        headers.add(column.header)
    return found


def _problems_of(column: Column, definition: Definition) -> Iterator[tuple[str, str]]:
    if problem := _problem_of_text(column.header, LONGEST_TEXT, needed=definition.header):
        yield "header", problem
    if problem := _problem_of_text(column.empty, LONGEST_TEXT):
        yield "empty", problem
    field = FIELDS.get(column.source)
    if field is None:
        yield "source", "unknown"
        return
    if definition.row not in field.rows:
        yield "source", "not_in_row"
    if problem := _problem_of_text(column.text, LONGEST_TEXT, needed=column.source == FIXED):
        yield "text", problem
    if column.text and column.source != FIXED:
        yield "text", "not_for_this_field"
    if column.format is not None and (problem := _problem_of_format(column.format, field)):
        yield "format", problem
    if column.decimals is not None and field.kind != "number":
        yield "decimals", "not_for_this_field"
    if column.decimals is not None and not 0 <= column.decimals <= MOST_DECIMALS:
        yield "decimals", "out_of_range"
    yield from _problems_of_values(column, field)


def _problems_of_values(column: Column, field: Field) -> Iterator[tuple[str, str]]:
    if field.kind != "code":
        if column.values is not None or column.otherwise is not None:
            yield "values", "not_for_this_field"
        return
    values = column.values or {}
    if any(code not in field.codes for code in values):
        yield "values", "unknown"
    for text in (*values.values(), column.otherwise or ""):
        if problem := _problem_of_text(text, LONGEST_TEXT):
            yield "values", problem
            return


def _problem_of_text(text: str, longest: int, *, needed: bool = False) -> str | None:
    if needed and not text.strip():
        return "missing"
    if len(text) > longest:
        return "too_long"
    return None if text.isprintable() else "unprintable"


def _problem_of_format(pattern: str, field: Field) -> str | None:
    if field.kind not in {"date", "time"}:
        return "not_for_this_field"
    tokens = TOKEN.findall(pattern)
    if len(pattern) > LONGEST_FORMAT or not FORMAT.fullmatch(pattern) or not tokens:
        return "wrong"
    return "no_time" if field.kind == "date" and not _DATE_TOKENS.issuperset(tokens) else None


def templates(language: Language) -> tuple[Definition, ...]:
    """Two to begin with, of no application in particular, with headers in the reader's language."""

    def columns(*sources: str) -> tuple[Column, ...]:
        return tuple(Column(source, translate(language, FIELDS[source].label)) for source in sources)

    daily = columns(
        "nip", "name", "unit_code", "date", "status", "first_in", "last_out", "late_min", "early_min"
    )
    monthly = columns(
        "nip",
        "name",
        "unit_code",
        "month",
        "working_days",
        "present_days",
        "absent_days",
        "leave_days",
        "izin_days",
        "sakit_days",
        "dinas_luar_days",
        "late_min",
        "deduction_percent",
    )
    return (
        Definition(translate(language, N_("Daily attendance")), "day", daily),
        Definition(translate(language, N_("Monthly recap")), "month", monthly),
    )
