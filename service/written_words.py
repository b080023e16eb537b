"""Words that people write to other people: why they ask, and why they decide so."""

from typing import Final

from service.request_errors import WordsRefused

LONGEST_WORDS: Final = 500


def tidy(words: str, field: str, *, needed: bool = True) -> str:
    """Without blanks at the ends or in a row, and without signs that nobody can see.

    field : of the request, for whoever is told that it is refused.

    Raises WordsRefused.
    """
    seen = "".join(sign if sign.isprintable() else " " for sign in words)
    tidied = " ".join(seen.split())
    if needed and not tidied:
        raise WordsRefused("missing", field=field, most=LONGEST_WORDS)
    if len(tidied) > LONGEST_WORDS:
        raise WordsRefused("too_long", field=field, most=LONGEST_WORDS)
    return tidied
