"""Printed recaps: issued with a code, and compared with the figures of today by whoever has it."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.attendance.recap import month_bounds
from service.audit_notes import note
from service.db.recap_tables import IssuedRecap, RecapStatus
from service.db.session import Database
from service.db.tables import Account, Unit
from service.errors import Json, UnknownRecap, UnknownUnit
from service.reach import EVERYBODY
from service.recap_code import in_groups, new_code, parse
from service.recap_figures import Recap, fingerprint, public_totals
from service.recaps import Recaps

# The figures of the whole staff take seconds, and anybody may ask: they are computed once in so long.
COMPARED_AGAIN_AFTER: Final = timedelta(minutes=10)
MOST_REMEMBERED: Final = 1000

# "unknown": the unit is gone. "later": others are being compared just now.
Comparison = Literal["same", "changed", "unknown", "later"]


@dataclass(frozen=True, slots=True)
class Issued:
    """What anybody may know of a printed recap. unit_name : as it was then; None is everybody.

    code : in groups. month : its first day. totals : as `recap_figures.public_totals` gives them.
    """

    code: str
    unit_name: str | None
    month: date
    issued_at: datetime
    status: RecapStatus
    people: int
    totals: dict[str, Any]
    file_sha256: str


@dataclass(frozen=True, slots=True)
class _Compared:
    at: datetime
    result: Comparison


class IssuedRecaps:
    """Safe for use by many threads."""

    def __init__(self, db: Database, recaps: Recaps, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._recaps = recaps
        self._clock = clock
        self._compared: dict[int, _Compared] = {}
        self._comparing = threading.Lock()

    def issue(self, recap: Recap, by: Account, draw: Callable[[str], bytes]) -> bytes:
        """The file that `draw` makes of a code, in groups; from now on the code is known."""
        figures = fingerprint(recap.rows)
        while True:
            code = new_code()
            file = draw(in_groups(code))
            try:
                self._remember(recap, by, code, figures, hashlib.sha256(file).hexdigest())
            except IntegrityError:
                continue  # somebody else has just been given the same one
            return file

    def find(self, code: str) -> Issued:
        """By a code as somebody types it. Raises UnknownRecap."""
        row = self._row(code)
        return Issued(
            code=in_groups(row.code),
            unit_name=row.unit_name,
            month=row.month,
            issued_at=row.issued_at,
            status=row.status,
            people=row.people,
            totals=row.totals,
            file_sha256=row.file_sha256,
        )

    def compare(self, code: str) -> Comparison:
        """Whether every figure of the recap still is as it was printed. Raises UnknownRecap."""
        row, now = self._row(code), self._clock()
        known = self._compared.get(row.id)
        if known is not None and now - known.at < COMPARED_AGAIN_AFTER:
            return known.result
        if not self._comparing.acquire(blocking=False):
            return "later"
        try:
            result = self._compare(row)
            self._compared[row.id] = _Compared(now, result)
            while len(self._compared) > MOST_REMEMBERED:
                del self._compared[next(iter(self._compared))]
        finally:
            self._comparing.release()
        return result

    def _compare(self, row: IssuedRecap) -> Comparison:
        if row.unit_id is None and row.unit_name is not None:
            return "unknown"
        with self._db.read() as session:
            unit = None if row.unit_id is None else session.get(Unit, row.unit_id)
        try:
            scope = self._recaps.scope_of(EVERYBODY, unit.code if unit else None)
        except UnknownUnit:
            return "unknown"  # removed a moment ago
        today = self._recaps.figures_of(scope, *month_bounds(row.month))
        return "same" if fingerprint(today.rows) == row.figures_sha256 else "changed"

    def _row(self, code: str) -> IssuedRecap:
        stored = parse(code)
        with self._db.read() as session:
            row = session.scalar(select(IssuedRecap).where(IssuedRecap.code == stored)) if stored else None
        if row is None:
            raise UnknownRecap
        return row

    def _remember(self, recap: Recap, by: Account, code: str, figures: str, file: str) -> None:
        now = self._clock()
        unit = recap.unit
        with self._db.write() as session:
            row = IssuedRecap(
                code=code,
                # Removed since it was read: then the name alone says which it was.
                unit_id=unit.id if unit and session.get(Unit, unit.id) else None,
                unit_name=unit.name if unit else None,
                month=recap.first,
                issued_at=now,
                issued_by=by.id,
                status=recap.status,
                people=recap.totals.people,
                totals=public_totals(recap.totals),
                figures_sha256=figures,
                file_sha256=file,
            )
            session.add(row)
            session.flush()
            note(
                session,
                "recap_issued",
                f"recap:{row.id}",
                by=by.id,
                at=now,
                unit=row.unit_id,
                month=f"{recap.first:%Y-%m}",
                people=row.people,
                status=row.status,
                # In groups: an entry takes no long number, which might be a NIP.
                file="-".join(file[start : start + 8] for start in range(0, len(file), 8)),
            )


def note_download(db: Database, recap: Recap, kind: str, *, by: int, now: datetime) -> None:
    """Put on record that names and figures were taken along. kind : csv or xlsx."""
    subject = f"unit:{recap.unit.id}" if recap.unit else "unit:all"
    facts: dict[str, Json] = {"month": f"{recap.first:%Y-%m}", "people": recap.totals.people, "format": kind}
    with db.write() as session:
        note(session, "exported", subject, by=by, at=now, what="recap", **facts)
