"""Rows of an export as a file: CSV or XLSX, in which nothing becomes a formula. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from service.export_definitions import DATE_FORMAT, TIME_FORMAT, TOKEN, Column, Definition
from service.export_fields import FIXED, ExportRow, Value
from service.safe_cells import harmless

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Rows, each with the clock that its times are told by.
Rows: TypeAlias = Iterable[tuple[ExportRow, ZoneInfo]]

_STRFTIME: Final = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_WIDTH: Final = 18


def as_file(definition: Definition, rows: Rows) -> bytes:
    return as_csv(definition, rows) if definition.file_type == "csv" else as_xlsx(definition, rows)


def values_of(definition: Definition, row: ExportRow, zone: ZoneInfo) -> list[Value]:
    """One for each column: what is to be written, not yet how. Times by the clock of `zone`."""
    return [_value(column, row, zone) for column in definition.columns]


def texts_of(definition: Definition, row: ExportRow, zone: ZoneInfo) -> list[str]:
    """The cells of a CSV."""
    values = values_of(definition, row, zone)
    return [
        _text(column, value, definition.decimal_mark)
        for column, value in zip(definition.columns, values, strict=True)
    ]


def as_csv(definition: Definition, rows: Rows) -> bytes:
    """RFC 4180 but for the delimiter."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=definition.delimiter)
    if definition.header:
        writer.writerow([harmless(column.header) for column in definition.columns])
    for row, zone in rows:
        writer.writerow(texts_of(definition, row, zone))
    return made.getvalue().encode("utf-8-sig" if definition.encoding == "utf-8-bom" else "utf-8")


def as_xlsx(definition: Definition, rows: Rows) -> bytes:
    """Numbers, dates and times are such, everything else is text."""
    # Slow to import, at every start, for what few ask for.
    import xlsxwriter

    made = io.BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, safe) as book:
        sheet = book.add_worksheet("Hadir")
        formats = [book.add_format({"num_format": _cell_format(column)}) for column in definition.columns]
        first = 0
        if definition.header:
            bold = book.add_format({"bold": True})
            for place, column in enumerate(definition.columns):
                sheet.write_string(0, place, column.header, bold)
            sheet.freeze_panes(1, 0)
            first = 1
        for place, style in enumerate(formats):
            sheet.set_column(place, place, _WIDTH, style)
        for number, (row, zone) in enumerate(rows, first):
            _write(sheet, number, definition.columns, values_of(definition, row, zone), formats)
    return made.getvalue()


def _write(
    sheet: Any, number: int, columns: Sequence[Column], values: Sequence[Value], formats: Sequence[Any]
) -> None:
    for place, (column, value, style) in enumerate(zip(columns, values, formats, strict=True)):
        if isinstance(value, datetime):
            # Without a zone, as spreadsheets have times; of a mere time of the clock without the day, too.
            shown = value.replace(tzinfo=None)
            with_day = any(token in _pattern(column) for token in ("YY", "DD", "MM"))
            sheet.write_datetime(number, place, shown if with_day else shown.time(), style)
        elif isinstance(value, date):
            sheet.write_datetime(number, place, value, style)
        elif isinstance(value, (int, Decimal)):
            sheet.write_number(number, place, value, style)
        elif value:
            sheet.write_string(number, place, value, style)


def _value(column: Column, row: ExportRow, zone: ZoneInfo) -> Value:
    if column.source == FIXED:
        return column.text
    value = column.field.value(row)
    if value is None or value == "":
        return column.empty
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if column.field.kind == "code":
        code = str(value)
        known = (column.values or {}).get(code)
        return known if known is not None else code if column.otherwise is None else column.otherwise
    return value


def _text(column: Column, value: Value, mark: str) -> str:
    if isinstance(value, (date, datetime)):
        return value.strftime(TOKEN.sub(lambda token: _STRFTIME[token[0]], _pattern(column)))
    if isinstance(value, (int, Decimal)):
        plain = f"{Decimal(value):f}" if column.decimals is None else f"{value:.{column.decimals}f}"
        return plain.replace(".", mark)
    return harmless(value or "")


def _pattern(column: Column) -> str:
    return column.format or (DATE_FORMAT if column.field.kind == "date" else TIME_FORMAT)


def _cell_format(column: Column) -> str:
    """As spreadsheets write it; `@` is text."""
    if column.field.kind in {"date", "time"}:
        return TOKEN.sub(lambda token: token[0].lower(), _pattern(column).replace("T", '"T"'))
    if column.field.kind == "number":
        return (
            "General"
            if column.decimals is None
            else f"0{'.' if column.decimals else ''}{'0' * column.decimals}"
        )
    return "@"
