"""Check-ins as HR and auditors see them: whose, and with every number behind the decision."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from service.audit_notes import note
from service.db.session import Database
from service.db.tables import Checkin, CheckinKind, CheckinStatus, Employee
from service.errors import UnknownCheckin
from service.reach import EVERYBODY, Reach

PAGE_SIZE = 50
# In place of NIP and name, for those who do not reach the person.
OUTSIDE = "outside_your_units"


@dataclass(frozen=True, slots=True)
class CheckinRecord:
    id: str
    nip: str
    name: str
    kind: CheckinKind
    status: CheckinStatus
    reasons: tuple[str, ...]
    flags: tuple[str, ...]
    captured_at: datetime
    received_at: datetime
    counted_at: datetime | None
    decided_at: datetime | None
    findings: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class RecordPage:
    total: int
    page: int
    pages: int
    records: tuple[CheckinRecord, ...]


def list_records(
    db: Database,
    zone: ZoneInfo,
    *,
    status: CheckinStatus | None,
    on: date | None,
    page: int,
    reach: Reach = EVERYBODY,
) -> RecordPage:
    """Those within reach, the newest first, without findings. `on`: the day of arrival by the clock of `zone`."""
    chosen = select(Checkin).join(Checkin.employee).where(reach.people)
    if status is not None:
        chosen = chosen.where(Checkin.status == status)
    if on is not None:
        begins = datetime.combine(on, time.min, zone)
        ends = datetime.combine(on + timedelta(days=1), time.min, zone)
        chosen = chosen.where(Checkin.received_at >= begins, Checkin.received_at < ends)
    with db.read() as session:
        total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
        rows = session.scalars(
            chosen.options(contains_eager(Checkin.employee))
            .order_by(Checkin.received_at.desc(), Checkin.id)
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        )
        records = tuple(record_of(row) for row in rows)
    return RecordPage(total, page, max(1, -(-total // PAGE_SIZE)), records)


def view_record(
    db: Database, checkin_id: str, *, by: int, now: datetime, reach: Reach = EVERYBODY
) -> CheckinRecord:
    """One check-in with its findings, the people within reach that it resembles by name.

    That it was viewed goes on record. Raises UnknownCheckin.
    """
    with db.write() as session:
        row = row_within(session, checkin_id, reach)
        note(session, "evidence_viewed", f"checkin:{row.id}", by=by, at=now)
        return with_findings(session, row, reach)


def row_within(session: Session, checkin_id: str, reach: Reach, *, to_change: bool = False) -> Checkin:
    """With its employee; on PostgreSQL nobody else changes it meanwhile, where it is `to_change`.

    Raises UnknownCheckin, also for one of somebody outside the reach.
    """
    one = select(Checkin).join(Checkin.employee).where(Checkin.id == checkin_id, reach.people)
    if to_change:
        one = one.with_for_update(of=Checkin)
    row = session.scalar(one.options(contains_eager(Checkin.employee)))
    if row is None:
        raise UnknownCheckin
    return row


def with_findings(session: Session, row: Checkin, reach: Reach) -> CheckinRecord:
    """The record of a row whose employee is loaded; of the people that it resembles those within reach by name."""
    return replace(record_of(row), findings=_named(session, row.findings, reach))


def record_of(row: Checkin) -> CheckinRecord:
    """The same without findings but the flags among them."""
    return CheckinRecord(
        id=row.id,
        nip=row.employee.nip,
        name=row.employee.name,
        kind=row.kind,
        status=row.status,
        reasons=tuple(row.reasons),
        flags=tuple((row.findings or {}).get("flags", ())),
        captured_at=row.captured_at,
        received_at=row.received_at,
        counted_at=row.counted_at,
        decided_at=row.decided_at,
        findings=None,
    )


def _named(session: Session, findings: dict[str, Any] | None, reach: Reach) -> dict[str, Any] | None:
    if not findings or not findings.get("rivals"):
        return findings
    ids = [rival["employee_id"] for rival in findings["rivals"]]
    there = set(session.scalars(select(Employee.id).where(Employee.id.in_(ids))))
    within = session.scalars(select(Employee).where(Employee.id.in_(ids), reach.people))
    people = {person.id: person for person in within}
    rivals = [
        {"nip": people[rival["employee_id"]].nip, "name": people[rival["employee_id"]].name, **rival}
        if rival["employee_id"] in people
        else {"who": OUTSIDE, "similarity": rival["similarity"]}
        for rival in findings["rivals"]
        if rival["employee_id"] in there
    ]
    return {**findings, "rivals": rivals}
