"""Recorded days computed again by the rules of now: first as a preview, then on purpose and with a reason."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from service.attendance.schedule import PlannedDay
from service.attendance_days import Planner, members, plan_ids, recorded_days, stored_plans
from service.audit_notes import note
from service.closed_months import closed_pairs, hold_units, pairs_of
from service.day_changes import days_changed
from service.db.schedule_tables import AttendanceDay, Recomputation
from service.db.tables import Employee
from service.errors import InvalidRequest
from service.reach import EVERYBODY, Reach
from service.schedule_errors import PreviewOutdated
from service.working_rules import load_rules
from service.working_time import WorkingTime

LONGEST_REASON: Final = 500
MOST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class Difference:
    """A recorded day that the rules of now see in another way."""

    employee_id: int
    nip: str
    name: str
    before: PlannedDay
    after: PlannedDay


@dataclass(frozen=True, slots=True)
class Preview:
    """fingerprint : of all differences; `apply` wants the one that was looked at.

    closed : how many days would differ, and stay as they are because their month is closed.
    """

    differences: tuple[Difference, ...]
    fingerprint: str
    closed: int = 0


def preview(time: WorkingTime, first: date, last: date, *, reach: Reach = EVERYBODY) -> Preview:
    """What would change from `first` to `last`, for those within reach but not for oneself."""
    _check_span(first, last)
    with time.changing() as session:  # so that all that is past is recorded
        return _differences(session, time, first, last, reach)


def apply(
    time: WorkingTime,
    first: date,
    last: date,
    *,
    fingerprint: str,
    reason: str,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> int:
    """Make the differences of a preview the record. Gives how many days changed.

    Raises PreviewOutdated, and InvalidRequest without a reason.
    """
    _check_span(first, last)
    tidy = " ".join(reason.split())
    if not tidy or len(tidy) > LONGEST_REASON:
        raise InvalidRequest(fields=[{"field": "reason", "problem": f"1 to {LONGEST_REASON} characters"}])
    now = time.clock()
    with time.changing() as session:
        found = _differences(session, time, first, last, reach)
        if found.fingerprint != fingerprint:
            raise PreviewOutdated
        ids = plan_ids(session, [one.after for one in found.differences])
        for one in found.differences:
            session.execute(
                update(AttendanceDay)
                .where(AttendanceDay.employee_id == one.employee_id, AttendanceDay.day == one.after.date)
                .values(plan_id=ids[one.after])
            )
        changed = ((one.employee_id, one.after.date) for one in found.differences)
        days_changed(session, changed, "recomputed", at=now)
        days = len(found.differences)
        values = {"first_day": first, "last_day": last, "days": days, "reason": tidy}
        done = session.execute(
            insert(Recomputation).values(**values, account_id=by, done_at=now).returning(Recomputation.id)
        ).scalar_one()
        span = {"first": first.isoformat(), "last": last.isoformat()}
        note(session, "days_recomputed", f"recomputation:{done}", by=by, at=now, days=days, **span)
    return days


def _differences(session: Session, time: WorkingTime, first: date, last: date, reach: Reach) -> Preview:
    planner, stored = Planner(load_rules(session)), stored_plans(session, first, last)
    recorded = recorded_days(session, first, last)
    staff = members(session, time.zones_of, time.zone, reach.people)
    names = {row.id: row for row in session.execute(select(Employee.id, Employee.nip, Employee.name))}
    hold_units(session)
    closed = closed_pairs(session, first, last)
    found, left = [], 0
    for member in staff:
        if member.id == reach.employee_id or not member.active:
            continue
        for before in sorted((stored[one] for one in recorded.get(member.id, ())), key=lambda one: one.date):
            after = planner.plan(member, before.date).planned
            if after == before:
                continue
            if pairs_of(member, before.date, before.date) & closed:
                left += 1
            else:
                person = names[member.id]
                found.append(Difference(member.id, person.nip, person.name, before, after))
    return Preview(tuple(found), _fingerprint(found), left)


def _fingerprint(differences: list[Difference]) -> str:
    text = "\n".join(repr((one.employee_id, one.before, one.after)) for one in differences)
    return hashlib.sha256(text.encode()).hexdigest()


def _check_span(first: date, last: date) -> None:
    if not 0 <= (last - first).days <= MOST_DAYS:
        raise InvalidRequest(fields=[{"field": "last", "problem": f"at most {MOST_DAYS} days from `first`"}])
