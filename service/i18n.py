"""The words of every page and answer in every language: gettext catalogues, straight from the .po files."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final, Literal, get_args

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["id", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
LANGUAGE_NAMES: Final[dict[Language, str]] = {"id": "Bahasa Indonesia", "en": "English"}
LOCALE_DIR: Final = Path(__file__).parent / "locale"

# Older Androids and Java still send the code that ISO 639 withdrew in 1989.
_OLD_CODES: Final = {"in": "id"}


def N_(message: str) -> str:  # noqa: N802 - the marker's customary name, which the extractor knows
    """Mark a message for the catalogues where it is not translated yet."""
    return message


@cache
def translations(language: Language) -> gettext.GNUTranslations:
    with (LOCALE_DIR / language / "LC_MESSAGES" / "hadir.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(language: Language, message: str, **values: object) -> str:
    """The message in that language, its `%(name)s` placeholders filled from `values`."""
    translated = translations(language).gettext(message)
    return translated % values if values else translated


def known_language(name: str | None) -> Language | None:
    """The language a tag such as `id`, `en-GB` or `in_ID` means, when Hadir speaks it."""
    code = (name or "").strip().lower().replace("_", "-").split("-")[0]
    code = _OLD_CODES.get(code, code)
    return next((language for language in LANGUAGES if language == code), None)


def negotiate(chosen: str | None, accept_language: str | None, default: str) -> Language:
    """What the person chose, else the best that the browser accepts (RFC 9110, 12.5.4), else the default."""
    for name in (chosen, *_by_preference(accept_language or ""), default):
        if language := known_language(name):
            return language
    return LANGUAGES[0]


def _by_preference(accept_language: str) -> list[str]:
    ranked: list[tuple[float, str]] = []
    for entry in accept_language.split(","):
        name, _, weight = entry.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if quality > 0:
            ranked.append((quality, name))
    return [name for _, name in sorted(ranked, key=lambda pair: -pair[0])]
