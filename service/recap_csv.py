"""A recap as CSV, as the spreadsheets of the reader's country expect it."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from service.i18n import Language, translate
from service.recap_columns import FIGURES, PERSON, Value
from service.recap_figures import Recap
from service.safe_cells import harmless_cell

# Where the comma is the decimal sign, spreadsheets take semicolons between cells.
DELIMITERS: Final[dict[Language, str]] = {"id": ";", "en": ","}
DECIMAL_SIGNS: Final[dict[Language, str]] = {"id": ",", "en": "."}
ROWS_AT_ONCE: Final = 200


def as_csv(recap: Recap, language: Language) -> Iterator[bytes]:
    """Pieces of UTF-8, with the mark by which spreadsheets know it; a row for each person and unit."""
    columns = (*PERSON, *FIGURES)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=DELIMITERS[language])
    writer.writerow([translate(language, column.head) for column in columns])
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(recap.rows, start=1):
        writer.writerow([_cell(column.of(row), language) for column in columns])
        if number % ROWS_AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _cell(value: Value, language: Language) -> object:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}".replace(".", DECIMAL_SIGNS[language])
    return harmless_cell(value)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
