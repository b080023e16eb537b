"""An empty roster file to fill in, in the reader's language."""

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from enrollment.roster import CLASSES, COLUMNS, MOST_ROWS, Column
from service.i18n import N_, Language, translate

if TYPE_CHECKING:
    import xlsxwriter

HEADINGS: Final[dict[Column, str]] = {
    "nip": N_("NIP"),
    "name": N_("Name"),
    "unit": N_("Unit code"),
    "position": N_("Position"),
    "class": N_("Class"),
    "works_from": N_("Works from"),
    "works_until": N_("Works until"),
}
WIDTH: Final = 24
DATES: Final[frozenset[Column]] = frozenset({"works_from", "works_until"})


def headings(language: Language) -> list[str]:
    return [translate(language, HEADINGS[column]) for column in COLUMNS]


def csv_template(language: Language) -> bytes:
    """With a byte order mark, by which Excel knows that it is UTF-8, and semicolons, which it expects here."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerow(headings(language))
    return text.getvalue().encode("utf-8-sig")


def xlsx_template(language: Language, units: Sequence[tuple[str, str]]) -> bytes:
    """The NIP's column is text, so that no digit is lost; classes and units are offered to choose from.

    units : (code, name), listed on a sheet of their own.
    """
    # Slow to import, at every start, for what few ask for.
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(translate(language, N_("Employees")))
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, headings(language), bold)
        for place, column in enumerate(COLUMNS):
            sheet.set_column(place, place, WIDTH, day if column in DATES else text)
        _offer(sheet, "class", list(CLASSES))
        if units:
            _list_units(book, sheet, language, units)
    return made.getvalue()


def _offer(sheet: "xlsxwriter.worksheet.Worksheet", column: Column, source: list[str] | str) -> None:
    place = COLUMNS.index(column)
    sheet.data_validation(1, place, MOST_ROWS, place, {"validate": "list", "source": source})


def _list_units(
    book: "xlsxwriter.Workbook",
    sheet: "xlsxwriter.worksheet.Worksheet",
    language: Language,
    units: Sequence[tuple[str, str]],
) -> None:
    name = translate(language, N_("Units"))
    listed = book.add_worksheet(name)
    listed.set_column(0, 1, WIDTH)
    for row, unit in enumerate(units):
        listed.write_row(row, 0, unit)
    _offer(sheet, "unit", f"='{name}'!$A$1:$A${len(units)}")
