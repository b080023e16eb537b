"""Check-ins as HR and auditors see them: whose, and with every number behind the decision."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from service.audit_notes import note
from service.db.session import Database
from service.db.tables import Checkin, CheckinKind, CheckinStatus, Employee
from service.errors import UnknownCheckin

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class CheckinRecord:
    id: str
    nip: str
    name: str
    kind: CheckinKind
    status: CheckinStatus
    reasons: tuple[str, ...]
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
    db: Database, zone: ZoneInfo, *, status: CheckinStatus | None, on: date | None, page: int
) -> RecordPage:
    """The newest first, without findings. `on`: the day of arrival by the clock of `zone`."""
    chosen = select(Checkin)
    if status is not None:
        chosen = chosen.where(Checkin.status == status)
    if on is not None:
        begins = datetime.combine(on, time.min, zone)
        ends = datetime.combine(on + timedelta(days=1), time.min, zone)
        chosen = chosen.where(Checkin.received_at >= begins, Checkin.received_at < ends)
    with db.read() as session:
        total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
        rows = session.scalars(
            chosen.options(joinedload(Checkin.employee))
            .order_by(Checkin.received_at.desc(), Checkin.id)
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        )
        records = tuple(record_of(row) for row in rows)
    return RecordPage(total, page, max(1, -(-total // PAGE_SIZE)), records)


def view_record(db: Database, checkin_id: str, *, by: int, now: datetime) -> CheckinRecord:
    """One check-in with its findings, the people it resembles by name. That it was viewed goes on record.

    Raises UnknownCheckin.
    """
    with db.write() as session:
        row = session.get(Checkin, checkin_id, options=[joinedload(Checkin.employee)])
        if row is None:
            raise UnknownCheckin
        note(session, "evidence_viewed", f"checkin:{row.id}", by=by, at=now)
        return with_findings(session, row)


def with_findings(session: Session, row: Checkin) -> CheckinRecord:
    """The record of a row whose employee is loaded."""
    return replace(record_of(row), findings=_named(session, row.findings))


def record_of(row: Checkin) -> CheckinRecord:
    """The same without findings."""
    return CheckinRecord(
        id=row.id,
        nip=row.employee.nip,
        name=row.employee.name,
        kind=row.kind,
        status=row.status,
        reasons=tuple(row.reasons),
        captured_at=row.captured_at,
        received_at=row.received_at,
        counted_at=row.counted_at,
        decided_at=row.decided_at,
        findings=None,
    )


def _named(session: Session, findings: dict[str, Any] | None) -> dict[str, Any] | None:
    if not findings or not findings.get("rivals"):
        return findings
    ids = [rival["employee_id"] for rival in findings["rivals"]]
    people = {person.id: person for person in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
    rivals = [
        {"nip": people[rival["employee_id"]].nip, "name": people[rival["employee_id"]].name, **rival}
        for rival in findings["rivals"]
        if rival["employee_id"] in people
    ]
    return {**findings, "rivals": rivals}
