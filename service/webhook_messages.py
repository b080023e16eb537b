"""What a message says: the day or the check-in as it is now, in a small record that has nothing of a face."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from service.attendance.day import Punch, local_date
from service.attendance.judging import JudgedDay
from service.attendance.punch_days import by_day
from service.attendance_days import ONE_DAY, Member, Planner, members, recorded_days, stored_plans
from service.db.tables import Checkin, Employee, Unit
from service.db.webhook_tables import Delivery
from service.reach import unit_and_below
from service.working_rules import ensure_rules, load_rules
from service.working_time import WorkingTime

Body = dict[str, Any]
OF_MONTHS: Final = frozenset({"month.closed", "month.unlocked"})


@dataclass(frozen=True, slots=True)
class _About:
    """A delivery with what it is about."""

    row: Delivery
    member: Member
    nip: str
    day: date
    unit: str | None
    checkin: Checkin | None


@dataclass(slots=True)
class _Known:
    """People, check-ins and units that the deliveries name."""

    members: dict[int, Member]
    nips: dict[int, str]
    checkins: dict[str, Checkin]
    codes: dict[int, str]
    within: dict[int, set[int]] = field(default_factory=dict)


def compose(time: WorkingTime, deliveries: Sequence[int]) -> dict[int, str | None]:
    """By the ids of deliveries their bodies; None for what is not for its webhook, or of nobody any more."""
    ensure_rules(time.db, time.clock())
    with time.db.read() as session:
        found = select(Delivery).where(Delivery.id.in_(deliveries)).options(joinedload(Delivery.webhook))
        rows = session.scalars(found).all()
        known = _known(session, time, rows)
        about = [one for row in rows if (one := _about(session, known, row)) is not None]
        bodies: dict[int, str | None] = {row.id: _without_people(session, known, row) for row in rows}
    judged = _judged(time, about)
    for one in about:
        data = _of_checkin(one) if one.row.event == "checkin.decided" else _of_day(one, judged)
        bodies[one.row.id] = None if data is None else _message(one.row, data)
    return bodies


def _message(row: Delivery, data: Body) -> str:
    shown = {"type": row.event, "timestamp": row.changed_at.isoformat(), "data": data}
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def _without_people(session: Session, known: _Known, row: Delivery) -> str | None:
    """Of a test, and of the closing of months."""
    if row.event == "ping":
        return _message(row, {"webhook": row.webhook.name})
    if row.event in OF_MONTHS:
        facts = dict(row.facts)
        if _is_within(session, known, row, facts.pop("unit_id")):
            return _message(row, {**facts, "changed_at": row.changed_at.isoformat()})
    return None


def _known(session: Session, time: WorkingTime, rows: Sequence[Delivery]) -> _Known:
    people = {row.employee_id for row in rows if row.employee_id is not None}
    staff = members(session, time.zones_of, time.zone, Employee.id.in_(people))
    named = select(Employee.id, Employee.nip).where(Employee.id.in_(people))
    ids = {row.facts["checkin"] for row in rows if "checkin" in row.facts}
    checkins = session.scalars(select(Checkin).where(Checkin.id.in_(ids)))
    return _Known(
        members={member.id: member for member in staff},
        nips={row.id: row.nip for row in session.execute(named)},
        checkins={checkin.id: checkin for checkin in checkins},
        codes={row.id: row.code for row in session.execute(select(Unit.id, Unit.code))},
    )


def _about(session: Session, known: _Known, row: Delivery) -> _About | None:
    """None for what is about nobody, or about somebody who was erased, or outside the unit of its webhook."""
    member = known.members.get(row.employee_id) if row.employee_id is not None else None
    if member is None:
        return None
    checkin = known.checkins.get(row.facts.get("checkin", ""))
    if row.day is not None:
        day = row.day
    elif row.moment is not None and checkin is not None:
        day = _day_of(session, member, Punch(row.moment, checkin.kind, "accepted"))
    else:
        return None
    unit_id = member.unit_on(day)
    if not _is_within(session, known, row, unit_id):
        return None
    unit = None if unit_id is None else known.codes.get(unit_id)
    return _About(row, member, known.nips[member.id], day, unit, checkin)


def _is_within(session: Session, known: _Known, row: Delivery, unit_id: int | None) -> bool:
    limit = row.webhook.unit_id
    if limit is None:
        return True
    if limit not in known.within:
        known.within[limit] = set(session.scalars(unit_and_below(limit)))
    return unit_id in known.within[limit]


def _day_of(session: Session, member: Member, punch: Punch) -> date:
    """The working day whose check-in it is: that of a night shift is the day on which it began."""
    today = local_date(punch.at, member.zone)
    days = [today - ONE_DAY, today, today + ONE_DAY]
    planner = Planner(load_rules(session))
    stored = stored_plans(session, days[0], days[-1])
    recorded = recorded_days(session, days[0], days[-1], [member.id]).get(member.id, ())
    plans = {day: planner.plan(member, day) for day in days}
    plans |= {stored[one].date: planner.ready(stored[one]) for one in recorded}
    frames = {day: plan.frame for day, plan in plans.items() if plan.frame is not None}
    return next(iter(by_day(frames, [punch], member.zone)))


def _judged(time: WorkingTime, about: Collection[_About]) -> dict[tuple[int, date], JudgedDay]:
    """By employee and day, as the months show it."""
    people: dict[date, set[int]] = defaultdict(set)
    for one in about:
        if one.row.event == "day.changed":
            people[one.day].add(one.member.id)
    return {
        (employee_id, day): month.days[0].judged
        for day, ids in people.items()
        for employee_id, month in time.months(day, day, Employee.id.in_(ids)).items()
    }


def _of_day(one: _About, judged: dict[tuple[int, date], JudgedDay]) -> Body | None:
    """None for somebody who was erased a moment ago."""
    day = judged.get((one.member.id, one.day))
    if day is None:
        return None
    zone = one.member.zone
    return {
        "nip": one.nip,
        "date": one.day.isoformat(),
        "unit": one.unit,
        "status": day.status,
        "first_in": _at(day.first_in, zone),
        "last_out": _at(day.last_out, zone),
        "late_min": day.late_min,
        "early_min": day.early_min,
        "provisional": day.provisional,
        "corrected": day.corrected,
        "over": day.over,
        "cause": one.row.cause,
        "changed_at": one.row.changed_at.isoformat(),
    }


def _of_checkin(one: _About) -> Body | None:
    row, zone = one.checkin, one.member.zone
    if row is None:
        return None
    return {
        "id": row.id,
        "nip": one.nip,
        "date": one.day.isoformat(),
        "unit": one.unit,
        "kind": row.kind,
        "status": row.status,
        "captured_at": _at(row.captured_at, zone),
        "received_at": _at(row.received_at, zone),
        "counted_at": _at(row.counted_at, zone),
        "cause": one.row.cause,
        "changed_at": one.row.changed_at.isoformat(),
    }


def _at(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """By the clock of where its employee works, with the difference from UTC."""
    return None if moment is None else moment.astimezone(zone).isoformat()
