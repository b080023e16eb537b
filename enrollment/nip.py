"""The number that names an employee (NIP), as people write it and as the roster keeps it."""

import re

# Letters, digits and three signs: a NIP is a folder name, a path segment of a URL and a login.
_NIP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def parse_nip(text: str) -> str | None:
    """The NIP meant by `text`, without the blanks people group its digits with; None when it is none.

    "19850330 200312 1 002" and "198503302003121002" are the same person.
    """
    nip = "".join(text.split())
    return nip if _NIP.fullmatch(nip) else None
