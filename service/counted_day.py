"""An employee's day so far, from the check-ins that count."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.day import Day, Punch, summarise
from service.db.tables import Checkin


def day_of(session: Session, employee_id: int, day: date, zone: ZoneInfo) -> Day:
    """`zone`: by which the day begins and ends."""
    begins = datetime.combine(day, time.min, zone)
    ends = datetime.combine(day + timedelta(days=1), time.min, zone)
    rows = session.execute(
        select(Checkin.counted_at, Checkin.kind, Checkin.status).where(
            Checkin.employee_id == employee_id, Checkin.counted_at >= begins, Checkin.counted_at < ends
        )
    )
    return summarise(day, [Punch(at, kind, status) for at, kind, status in rows if at is not None])
