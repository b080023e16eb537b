"""Check-ins that a kiosk had stored: what is believed of their time, by passes that prove themselves.

A tablet's items are of many people, so that their order says nothing of anybody's, and is not looked at.
"""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from service import offline_rules
from service.db.offline_tables import StoredItem
from service.db.tables import Checkin
from service.offline_items import claim_of

PURPOSE: Final = "offline pass of a kiosk"
SEAL_DIGITS: Final = 32
MILLISECOND: Final = timedelta(milliseconds=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class KioskItems:
    """Passes, and what comes with them later. Nothing of a pass is stored."""

    __slots__ = ("_look_back", "_mac")

    def __init__(self, mac: Callable[[str, str], str], look_back: timedelta) -> None:
        """
        mac : of a purpose and a text, hex digits that this installation alone can make.
        look_back : how long after it was taken an item may come without that being a doubt.
        """
        self._mac = mac
        self._look_back = look_back

    def issue_pass(self, kiosk_id: int, now: datetime) -> str:
        """Its id: when it was given, and a seal over that and over whom it is for."""
        written = str((now - EPOCH) // MILLISECOND)
        return f"{written}.{self._seal(kiosk_id, written)}"

    def issued_at(self, pass_id: str, kiosk_id: int) -> datetime | None:
        """When this kiosk was given the pass; None when it was not."""
        written, _, seal = pass_id.partition(".")
        if not hmac.compare_digest(seal.encode(), self._seal(kiosk_id, written).encode()):
            return None
        return EPOCH + int(written) * MILLISECOND

    def judge(self, session: Session, row: Checkin, kiosk_id: int) -> None:
        """In the transaction that makes a check-in of an attempt: the time that counts, and what is in doubt."""
        offline = row.meta.get("offline")
        if offline is None:
            return
        given = self.issued_at(offline["pass"], kiosk_id)
        claim = claim_of(row.captured_at, offline)
        row.counted_at = offline_rules.counted_at(row.captured_at, given, row.received_at, self._look_back)
        reasons = offline_rules.doubts(claim, given, row.received_at, self._look_back)
        session.add(StoredItem(checkin_id=row.id, employee_id=row.employee_id, reasons=list(reasons)))

    def _seal(self, kiosk_id: int, written: str) -> str:
        return self._mac(PURPOSE, f"{kiosk_id} {written}")[:SEAL_DIGITS]
