"""An employee's day so far, from the check-ins and the machines' times that count."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.day import Day, Punch, summarise
from service.db.tables import Checkin
from service.machine_times import machine_of, machine_times


def day_of(session: Session, employee_id: int, day: date, zone: ZoneInfo) -> Day:
    """`zone`: by which the day begins and ends."""
    begins = datetime.combine(day, time.min, zone)
    ends = datetime.combine(day + timedelta(days=1), time.min, zone)
    rows = session.execute(
        select(Checkin.counted_at, Checkin.kind, Checkin.status).where(
            Checkin.employee_id == employee_id, Checkin.counted_at >= begins, Checkin.counted_at < ends
        )
    )
    punches = [Punch(at, kind, status) for at, kind, status in rows if at is not None]
    times = machine_times(session, begins, ends, [employee_id]).get(employee_id, [])
    found = summarise(day, [*punches, *(one.punch for one in times)])
    return replace(
        found,
        first_in_source=machine_of(times, found.first_in),
        last_out_source=machine_of(times, found.last_out),
    )
