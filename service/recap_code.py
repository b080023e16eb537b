"""The code of a printed recap: Crockford's base 32, which nobody misreads."""

import re
import secrets
from typing import Final

SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 12  # 60 bits: not to be guessed one look-up after the other
GROUP: Final = 4
# What is written in place of the sign meant.
_MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))


def in_groups(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def parse(text: str) -> str | None:
    """As it is stored, from what somebody has typed; None where it can't be a code."""
    code = re.sub(r"[\s-]", "", text).upper().translate(_MISREAD)
    return code if len(code) == LENGTH and set(code) <= set(SIGNS) else None
