"""Text for the fonts that every PDF reader has: no font files are carried along, and these know Latin-1 alone."""

import unicodedata
from typing import Final

# What has no parts to take a mark from, and typographic signs.
_LIKE: Final = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "ʼ": "'",
        "ʻ": "'",
        "`": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "−": "-",
        "…": "...",
        "•": "·",
        "đ": "d",
        "Đ": "D",
        "ł": "l",
        "Ł": "L",
        "ı": "i",
        "œ": "oe",
        "Œ": "OE",
        "\u00a0": " ",
        "\u202f": " ",
    }
)
MISSING: Final = "?"


def printable(text: str) -> str:
    """In Latin-1: letters without marks where it lacks the marked ones, `?` for each sign that it lacks at all."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_sign(sign) for sign in unicodedata.normalize("NFC", text).translate(_LIKE))


def loses_signs(text: str) -> bool:
    """Whether `printable` gives a `?` that the text has not got."""
    return printable(text).count(MISSING) > text.count(MISSING)


def _sign(sign: str) -> str:
    if _fits(sign):
        return sign
    plain = "".join(one for one in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(one))
    plain = plain.translate(_LIKE)
    if all(map(_fits, plain)):
        return plain  # a mark alone is left out
    return MISSING


def _fits(sign: str) -> bool:
    return sign.isprintable() and ord(sign) < 256
