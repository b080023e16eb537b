"""One-time codes by the clock (RFC 6238, over the HOTP of RFC 4226): pure, `now` is an argument.

SHA-1, six digits and 30 seconds are what every authenticator app can do; several ignore other choices.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

STEP_S: Final = 30
DIGITS: Final = 6
# RFC 4226, section 4, R6: 160 bits recommended.
SECRET_BYTES: Final = 20
# RFC 6238, section 5.2: at most one step for a slow hand or a clock that is off.
DRIFT_STEPS: Final = 1


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP_S


def code(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """HOTP of the step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, typed: str, now: datetime, *, after: int | None) -> int | None:
    """The step whose code was typed, None where it is none that may be used.

    `after`: the step of the last code that was used. It and all earlier ones are refused: a code that
    somebody watched being typed is worth nothing.
    """
    current = step_at(now)
    fitting = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        fits = hmac.compare_digest(code(secret, step).encode(), typed.encode("utf-8", "surrogatepass"))
        if fits and (after is None or step > after):
            fitting = step
    return fitting


def in_base32(secret: bytes) -> str:
    """As it is typed into an app that can't open the address."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, login: str, issuer: str = "Hadir") -> str:
    """The `otpauth://` address that authenticator apps open."""
    label = quote(f"{issuer}:{login}", safe=":")
    parameters = {"secret": in_base32(secret), "issuer": issuer, "digits": DIGITS, "period": STEP_S}
    return f"otpauth://totp/{label}?{urlencode(parameters)}"
