"""A recap as a workbook: people, totals of units, and what the codes mean."""

import io
import tempfile
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from service.i18n import N_, Language, translate
from service.recap_columns import FIGURES, PERSON, RECAP_STATUS_WORDS, Column, Value, legend
from service.recap_figures import Recap

if TYPE_CHECKING:
    import xlsxwriter

FORMATS: Final = {"text": "@", "days": "0", "minutes": "#,##0", "percent": "0.00"}
UNIT_COLUMNS: Final = (PERSON[0], PERSON[1])


def as_xlsx(recap: Recap, language: Language, organisation: str | None) -> bytes:
    """Text stays text, whatever it begins with; rows go through a folder that only this user can read."""
    # Slow to import, at every start, for what few ask for.
    import xlsxwriter

    made = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="hadir-") as folder:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        with xlsxwriter.Workbook(made, options) as book:
            book.set_properties({"created": recap.computed_at.replace(tzinfo=None)})
            sheets = _Sheets(book, language)
            sheets.people(recap)
            sheets.units(recap)
            sheets.legend(recap, organisation)
    return made.getvalue()


class _Sheets:
    def __init__(self, book: "xlsxwriter.Workbook", language: Language) -> None:
        self._book = book
        self._say: Callable[[str], str] = partial(translate, language)
        self._language = language
        self._bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self._formats = {kind: book.add_format({"num_format": code}) for kind, code in FORMATS.items()}

    def people(self, recap: Recap) -> None:
        columns = (*PERSON, *FIGURES)
        sheet = self._table(N_("Employees"), columns, frozen=len(PERSON) - 1)
        for number, row in enumerate(recap.rows, start=1):
            self._write(sheet, number, columns, [column.of(row) for column in columns])
        if recap.rows:
            sheet.autofilter(0, 0, len(recap.rows), len(columns) - 1)

    def units(self, recap: Recap) -> None:
        people = Column(N_("Employees"), "days", lambda _: None, lambda totals: totals.people, 12)
        figures = [column for column in FIGURES if column.head != N_("Deductions in percent")]
        columns = (*UNIT_COLUMNS, people, *figures)
        sheet = self._table(N_("Units"), columns, frozen=len(UNIT_COLUMNS))
        for number, one in enumerate(recap.units, start=1):
            named: list[Value] = [one.unit.code, one.unit.name] if one.unit else ["", self._say(NO_UNIT)]
            values = [*named, *(column.of_total(one.totals) for column in columns[2:])]
            self._write(sheet, number, columns, values)
        total = [self._say(N_("Total")), "", *(column.of_total(recap.totals) for column in columns[2:])]
        self._write(sheet, len(recap.units) + 1, columns, total)

    def legend(self, recap: Recap, organisation: str | None) -> None:
        sheet = self._book.add_worksheet(self._say(N_("Legend")))
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 60)
        day = self._book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        lines: list[tuple[str, Any, Any]] = [
            (N_("Organisation"), organisation or "", None),
            (N_("Unit"), recap.unit.name if recap.unit else self._say(N_("All units")), None),
            (N_("First day"), recap.first, day),
            (N_("Last day"), recap.last, day),
            (N_("Status"), self._say(RECAP_STATUS_WORDS[recap.status]), None),
            (N_("Computed at (UTC)"), recap.computed_at.replace(tzinfo=None), moment),
        ]
        for number, (label, value, form) in enumerate(lines):
            sheet.write_string(number, 0, self._say(label), self._bold)
            if form is None:
                sheet.write_string(number, 1, value)
            else:
                sheet.write_datetime(number, 1, value, form)
        for number, pair in enumerate(legend(self._language), start=len(lines) + 1):
            sheet.write_string(number, 0, pair[0], self._bold)
            sheet.write_string(number, 1, pair[1])

    def _table(
        self, name: str, columns: tuple[Column, ...], *, frozen: int
    ) -> "xlsxwriter.worksheet.Worksheet":
        sheet = self._book.add_worksheet(self._say(name))
        sheet.freeze_panes(1, frozen)
        sheet.repeat_rows(0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width, self._formats[column.kind])
            sheet.write_string(0, place, self._say(column.head), self._bold)
        return sheet

    def _write(
        self,
        sheet: "xlsxwriter.worksheet.Worksheet",
        number: int,
        columns: tuple[Column, ...],
        values: list[Value],
    ) -> None:
        for place, (column, value) in enumerate(zip(columns, values, strict=True)):
            form = self._formats[column.kind]
            if isinstance(value, str):
                sheet.write_string(number, place, value, form)
            elif value is not None:
                sheet.write_number(number, place, float(value), form)


NO_UNIT: Final = N_("In no unit")
