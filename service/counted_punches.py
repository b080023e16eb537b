"""The check-ins that count, as the rules of the days take them: of one employee, or of all."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.day import NOT_COUNTED, Punch
from service.db.tables import Checkin

# Fewer at once are slower to read; all at once the collector of garbage walks over them again and again.
ROWS_AT_ONCE: Final = 2_000


def counted_punches(
    session: Session,
    since: datetime,
    before: datetime | None = None,
    employee_ids: Collection[int] | None = None,
) -> dict[int, list[Punch]]:
    """By employee id, those that count. before, employee_ids : None is without end, and everybody."""
    chosen = select(Checkin.employee_id, Checkin.counted_at, Checkin.kind, Checkin.status).where(
        Checkin.counted_at >= since, Checkin.status.not_in(NOT_COUNTED)
    )
    if before is not None:
        chosen = chosen.where(Checkin.counted_at < before)
    if employee_ids is not None:
        chosen = chosen.where(Checkin.employee_id.in_(employee_ids))
    found: dict[int, list[Punch]] = defaultdict(list)
    for rows in session.connection().execute(chosen).partitions(ROWS_AT_ONCE):
        for employee_id, counted_at, kind, status in rows:
            assert counted_at is not None  # it is compared
            found[employee_id].append(Punch(counted_at, kind, status))
    return found
