"""Devices that may still hold check-ins of a month that is over: what the service can know of them.

A phone: an item of it has come, but not the one before; or its owner was given an offline pass in the month, has
not been heard from since its end, and misses a check-in on the day of the last contact or later. A kiosk in use
that has not been in contact since the month's end.
"""

from collections import defaultdict
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.attendance.day import local_date
from service.attendance_days import ONE_DAY
from service.closing_checklist import Matter, Matters, Span, missing_of
from service.db.kiosk_tables import Kiosk
from service.db.offline_tables import OfflinePass, StoredItem
from service.db.site_tables import Site
from service.db.tables import Checkin
from service.working_time import WorkingTime


def waiting_devices(session: Session, working_time: WorkingTime, span: Span, now: datetime) -> Matters:
    """By unit; of a month that is not over none is known."""
    found: Matters = {unit_id: defaultdict(list) for unit_id in span.of_units}
    ends = datetime.combine(span.last + ONE_DAY, time.min, working_time.zone)
    if now < ends:
        return found
    phones = _with_a_gap(session, span)
    for employee_id, day in _silent(session, working_time, span, ends).items():
        phones.setdefault(employee_id, day)
    staff = span.staff
    for employee_id, day in sorted(phones.items(), key=lambda one: (one[1], one[0])):
        unit_id = span.unit_of(staff[employee_id], max(day, span.first))
        if unit_id is not None:
            found[unit_id]["devices"].append(Matter("phone", day, employee_id))
    for kiosk in _kiosks(session, span, ends):
        seen = local_date(kiosk.used_at or kiosk.created_at, working_time.zone)
        found[kiosk.site.unit_id]["devices"].append(Matter("kiosk", seen, kiosk_id=kiosk.id))
    return found


def _with_a_gap(session: Session, span: Span) -> dict[int, date]:
    """Employee ids, and the day of the first item whose predecessor has not come."""
    begins, ends = span.bounds
    rows = session.execute(
        select(StoredItem.employee_id, Checkin.captured_at)
        .join(Checkin, Checkin.id == StoredItem.checkin_id)
        .where(StoredItem.chain == "waiting", Checkin.captured_at >= begins, Checkin.captured_at < ends)
        .order_by(Checkin.captured_at)
    )
    staff, found = span.staff, dict[int, date]()
    for employee_id, captured_at in rows:
        member = staff.get(employee_id)
        if member is not None:
            day = local_date(captured_at, member.zone)
            if span.first <= day <= span.last:
                found.setdefault(employee_id, day)
    return found


def _silent(session: Session, working_time: WorkingTime, span: Span, ends: datetime) -> dict[int, date]:
    """Employee ids, and the day of the last contact, where a check-in is missing on that day or later."""
    begins = datetime.combine(span.first, time.min, working_time.zone)
    passes = (
        select(OfflinePass.employee_id, func.max(OfflinePass.issued_at))
        .where(OfflinePass.issued_at >= begins)
        .group_by(OfflinePass.employee_id)
        .having(func.max(OfflinePass.issued_at) < ends)
    )
    staff = span.staff
    last = {one: at for one, at in session.execute(passes) if one in staff}
    if not last:
        return {}
    received = (
        select(Checkin.employee_id, func.max(Checkin.received_at))
        .where(Checkin.employee_id.in_(last), Checkin.received_at >= begins)
        .group_by(Checkin.employee_id)
    )
    for employee_id, at in session.execute(received):
        last[employee_id] = max(last[employee_id], at)
    silent = [staff[one] for one, at in last.items() if at < ends]
    months = working_time.months_within(session, silent, span.first, span.last)
    found: dict[int, date] = {}
    for member in silent:
        since = local_date(last[member.id], member.zone)
        days = (day.judged for day in months[member.id].days)
        if any(day.over and day.date >= since and missing_of(day) is not None for day in days):
            found[member.id] = since
    return found


def _kiosks(session: Session, span: Span, ends: datetime) -> list[Kiosk]:
    """Those that were paired before the month's end."""
    wanted = (
        select(Kiosk)
        .join(Kiosk.site)
        .where(
            Kiosk.revoked_at.is_(None),
            Kiosk.paired_at < ends,
            Kiosk.used_at < ends,
            Site.closed_at.is_(None),
            Site.unit_id.in_(span.of_units),
        )
        .order_by(Kiosk.used_at, Kiosk.id)
    )
    return list(session.scalars(wanted))
