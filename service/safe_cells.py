"""Cells of tables that other programs open: no text of a person's may become a formula there."""

from typing import Final

# What spreadsheets take for a formula when a cell begins with it (OWASP, CSV injection), also in full width.
FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Often written where there is nothing to say; alone it is no formula.
DASH: Final = "-"


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_SIGNS) and text != DASH else text


def harmless_cell(value: object) -> object:
    """For a cell of CSV; numbers are as they were."""
    return harmless(value) if isinstance(value, str) else value
