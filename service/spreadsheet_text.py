"""Text that spreadsheets would take for a formula, made harmless."""

from typing import Final

# What spreadsheets take for a formula when a cell begins with it (OWASP, CSV injection).
FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: object) -> object:
    """For a cell of CSV; numbers are as they were."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value
