"""Tables for spreadsheets: CSV as Excel opens it in Indonesia."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.responses import Response

# What spreadsheets take for a formula when a cell begins with it (OWASP, CSV injection).
FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value


def csv_answer(headings: Sequence[str], rows: Iterable[Sequence[object]], file_name: str) -> Response:
    """With a byte order mark, by which Excel knows that it is UTF-8, and semicolons, which it expects here."""
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=";")
    table.writerow(headings)
    table.writerows([harmless(value) for value in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(
        text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers
    )
