"""Tables for spreadsheets: CSV as Excel opens it in Indonesia."""

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from service.safe_cells import harmless_cell


def csv_answer(headings: Sequence[str], rows: Iterable[Sequence[object]], file_name: str) -> Response:
    """With a byte order mark, by which Excel knows that it is UTF-8, and semicolons, which it expects here."""
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=";")
    table.writerow(headings)
    table.writerows([harmless_cell(value) for value in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(
        text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers
    )
