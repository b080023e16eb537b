"""Rows of requests: absences and corrections, as far as somebody may see them, and as others see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from service.db.request_tables import Absence, Correction, RequestDecision, RequestState
from service.db.tables import Account, Employee
from service.reach import Reach, reach_of, unit_and_below
from service.request_errors import UnknownRequest
from service.units import unit_row

PAGE_SIZE: Final = 50
# Those who decide; an auditor reads the trail, not what people write about their health.
APPROVERS: Final = frozenset({"hr", "admin"})
OPEN_OR_APPROVED: Final = ("asked", "approved")

Request: TypeAlias = Absence | Correction
Row = TypeVar("Row", Absence, Correction)


@dataclass(frozen=True, slots=True)
class Decision:
    """`by`: the name of whoever decided, or the login of an account that is no employee's."""

    state: RequestState
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """What absences and corrections have in common, as one reader sees it.

    entered_by : the name of whoever entered it on the employee's behalf; None where they asked themselves.
    may_decide, may_revoke, may_withdraw : whether the reader may do so now.
    """

    id: int
    nip: str
    name: str
    unit: str | None
    note: str
    state: RequestState
    asked_at: datetime
    entered_by: str | None
    decisions: tuple[Decision, ...]
    may_decide: bool
    may_revoke: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """unit : a code; with everything below it. first, last : only requests for any day between, both included."""

    state: RequestState | None = None
    unit: str | None = None
    first: date | None = None
    last: date | None = None


def own_rows(session: Session, table: type[Row], employee_id: int, page: int) -> tuple[int, Sequence[Row]]:
    """How many there are, and one page of them, the newest first."""
    mine = _with_people(table).where(table.employee_id == employee_id)
    return _page_of(session, mine, [table.asked_at.desc(), table.id.desc()], page)


def rows_of(
    session: Session, table: type[Row], employee_id: int, *conditions: ColumnElement[bool]
) -> Sequence[Row]:
    """All of one employee that fit."""
    mine = _with_people(table).where(table.employee_id == employee_id, *conditions)
    return session.scalars(mine).all()


def rows_within(
    session: Session,
    table: type[Row],
    reach: Reach,
    wanted: RequestFilter,
    page: int,
    *conditions: ColumnElement[bool],
) -> tuple[int, Sequence[Row]]:
    """Of everybody within reach: the open ones first, the longest waiting first; then the newest first.

    Raises UnknownUnit.
    """
    found = _with_people(table).where(reach.people, *conditions)
    if wanted.state is not None:
        found = found.where(table.state == wanted.state)
    if wanted.unit is not None:
        unit = unit_row(session, wanted.unit, reach)
        found = found.where(Employee.unit_id.in_(unit_and_below(unit.id)))
    waiting = case((table.state == "asked", table.asked_at))
    is_open = case((table.state == "asked", 0), else_=1)
    return _page_of(session, found, [is_open, waiting, table.asked_at.desc(), table.id.asc()], page)


def visible_row(session: Session, table: type[Row], request_id: int, reader: Account) -> Row:
    """One's own, or one within the reach of an approver. Raises UnknownRequest."""
    seen = table.employee_id == reader.employee_id
    if reader.role in APPROVERS:
        seen = or_(seen, reach_of(reader).people)
    return _one(session, table, _with_people(table).where(seen), request_id)


def row_to_decide(session: Session, table: type[Row], request_id: int, approver: Account) -> Row:
    """One within reach; on PostgreSQL nobody else changes it meanwhile. Raises UnknownRequest."""
    within = _with_people(table).where(reach_of(approver).people)
    return _one(session, table, within.with_for_update(of=table), request_id)


def own_row(session: Session, table: type[Row], request_id: int, owner: Account) -> Row:
    """To be changed by its owner, or by whoever has entered it. Raises UnknownRequest."""
    own = or_(table.employee_id == owner.employee_id, table.entered_by == owner.id)
    mine = _with_people(table).where(own)
    return _one(session, table, mine.with_for_update(of=table), request_id)


def info_of(row: Request, reader: Account) -> RequestInfo:
    own = row.employee_id == reader.employee_id
    entered = row.entered_by == reader.id
    decides = reader.role in APPROVERS and not own and not entered
    return RequestInfo(
        id=row.id,
        nip=row.employee.nip,
        name=row.employee.name,
        unit=row.employee.unit.name if row.employee.unit else None,
        note=row.note,
        state=row.state,
        asked_at=row.asked_at,
        entered_by=display_name(row.author) if row.author else None,
        decisions=tuple(
            Decision(one.state, one.note, display_name(one.account), one.at) for one in row.decisions
        ),
        may_decide=decides and row.state == "asked",
        may_revoke=decides and row.state == "approved",
        may_withdraw=(own or entered) and row.state == "asked",
    )


def display_name(account: Account) -> str:
    return account.employee.name if account.employee else account.login


def subject_of(row: Request) -> str:
    """For the audit trail."""
    kind: Literal["absence", "correction"] = "absence" if isinstance(row, Absence) else "correction"
    return f"{kind}:{row.id}"


def pages_of(total: int) -> int:
    return max(1, -(-total // PAGE_SIZE))


def _with_people(table: type[Row]) -> Select[Row]:
    """All of them, with what `info_of` reads."""
    return (
        select(table)
        .join(table.employee)
        .options(
            contains_eager(table.employee).joinedload(Employee.unit),
            joinedload(table.author).joinedload(Account.employee),
            selectinload(table.decisions).joinedload(RequestDecision.account).joinedload(Account.employee),
        )
    )


def _page_of(
    session: Session, query: Select[Row], order: Sequence[ColumnElement[Any]], page: int
) -> tuple[int, Sequence[Row]]:
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(query.order_by(*order).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE))
    return total, rows.all()


def _one(session: Session, table: type[Row], query: Select[Row], request_id: int) -> Row:
    row = session.scalar(query.where(table.id == request_id))
    if row is None:
        raise UnknownRequest
    return row
