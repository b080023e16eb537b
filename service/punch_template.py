"""An empty file of times to fill in, for machines whose own files can't be used."""

import csv
import io
from typing import Final

from service.i18n import N_, Language, translate

HEADINGS: Final = (N_("Number"), N_("Date"), N_("Time"), N_("In or out"))
IN, OUT = N_("in"), N_("out")
WIDTH: Final = 22
OFFERED_ROWS: Final = 20_000


def headings(language: Language) -> list[str]:
    return [translate(language, heading) for heading in HEADINGS]


def csv_template(language: Language) -> bytes:
    """With a byte order mark, by which Excel knows that it is UTF-8, and semicolons, which it expects here."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerow(headings(language))
    return text.getvalue().encode("utf-8-sig")


def xlsx_template(language: Language) -> bytes:
    """Numbers are text, so that no digit is lost; dates and times have their formats, in and out are offered."""
    # Slow to import, at every start, for what few ask for.
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False}) as book:
        formats = [book.add_format({"num_format": one}) for one in ("@", "yyyy-mm-dd", "hh:mm:ss", "@")]
        sheet = book.add_worksheet(translate(language, N_("Times")))
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, headings(language), book.add_format({"bold": True}))
        for place, one in enumerate(formats):
            sheet.set_column(place, place, WIDTH, one)
        offered = [translate(language, IN), translate(language, OUT)]
        last = len(HEADINGS) - 1
        sheet.data_validation(1, last, OFFERED_ROWS, last, {"validate": "list", "source": offered})
    return made.getvalue()
