"""Devices on which the owner of an account has signed in before: they carry a mark that nobody can forge.

After OWASP's device cookies: whoever has no mark may guess without end, and never keeps the owner out on a device
that has one. A mark says nothing of anybody, opens nothing, and ends with the password it was given for.
"""

import hmac
import re
import secrets
from typing import Final

from service.audit import AuditKeys
from service.db.tables import Account

NAME_BYTES: Final = 16
_MARK: Final = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{64})")


class KnownDevices:
    """Safe for use by many threads."""

    def __init__(self, keys: AuditKeys) -> None:
        self._keys = keys

    def mark(self, account: Account) -> str:
        """A new mark for the device on which the account's owner has just shown who they are."""
        name = secrets.token_hex(NAME_BYTES)
        return f"{name}.{self._seal(account, name)}"

    def name_of(self, account: Account | None, mark: str | None) -> str | None:
        """What the device is counted by; None where it has no mark that was made for this account."""
        parts = _MARK.fullmatch(mark or "")
        if account is None or parts is None:
            return None
        name, seal = parts.groups()
        return name if hmac.compare_digest(seal, self._seal(account, name)) else None

    def _seal(self, account: Account, name: str) -> str:
        # With the stored password in it: one who has learnt it and loses it again keeps no mark.
        return self._keys.mac("device", f"{name}:{account.id}:{account.password_hash}")
