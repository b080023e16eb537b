"""The signature of a message, after Standard Webhooks (https://www.standardwebhooks.com): pure.

`webhook-signature` holds "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body", once for each secret that
is valid, divided by blanks. A secret is shown as "whsec_" and the base64 of its bytes.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    return PREFIX + base64.b64encode(secret).decode()


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


def headers(valid: Sequence[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """valid : the secrets to sign with, the newest first. at : of this attempt."""
    timestamp = int(at.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Hadir-Webhooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(one, message_id, timestamp, body) for one in valid),
    }
