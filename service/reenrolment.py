"""Whose enrolment no longer serves them: people whose check-ins keep coming close to the threshold."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from service.db.base import UtcDateTime
from service.db.session import Database
from service.db.tables import Checkin, CheckinStatus, Employee, Template, Unit
from service.people_search import in_unit
from service.reach import EVERYBODY, Reach

# Of so many days the last check-ins count, up to so many; from OFTEN close ones on somebody is named.
DAYS: Final = 60
LAST: Final = 10
OFTEN: Final = 3
# How far above the least similarity of the same person a check-in is close to it. One person's comparisons have
# a standard deviation of 0.031 (mean of 149 people of Labeled Faces in the Wild, four photos each, every one
# against a template of the other three): whoever is closer than this falls below before long.
CLOSE_MARGIN: Final = 0.05
COUNTED: Final[tuple[CheckinStatus, ...]] = ("accepted", "review")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody who should be enrolled again.

    unit : its name. compared : of the last check-ins, those with a comparison, at most LAST.
    close : of these, less than CLOSE_MARGIN above the threshold, or below it. below : of these, below it.
    since : when the present enrolment was made.
    """

    nip: str
    name: str
    unit: str | None
    compared: int
    close: int
    below: int
    since: datetime


def suggestions(
    db: Database, encoders: str, now: datetime, *, unit: str | None = None, reach: Reach = EVERYBODY
) -> tuple[Suggestion, ...]:
    """Those within reach, who need it most first. Two queries, whatever their number.

    encoders : of the templates in use; comparisons with earlier ones say nothing of them.
    unit : the code of a unit, those in it and below it; or IN_NO_UNIT.

    Raises UnknownUnit.
    """
    with db.read() as session:
        margins: dict[int, list[float]] = defaultdict(list)
        for row in session.execute(_comparisons(session, encoders, now - timedelta(days=DAYS), unit, reach)):
            if row.similarity is not None and row.threshold is not None:
                margins[row.employee_id].append(row.similarity - row.threshold)
        often = {
            employee_id: above
            for employee_id, above in margins.items()
            if sum(one < CLOSE_MARGIN for one in above) >= OFTEN
        }
        people = session.execute(_people(encoders, often)).all()
    found = [
        Suggestion(
            row.nip,
            row.name,
            row.unit,
            compared=len(often[row.id]),
            close=sum(one < CLOSE_MARGIN for one in often[row.id]),
            below=sum(one < 0 for one in often[row.id]),
            since=row.created_at,
        )
        for row in people
    ]
    return tuple(sorted(found, key=lambda one: (-one.below, -one.close, one.name, one.nip)))


def _comparisons(
    session: Session, encoders: str, since: datetime, unit: str | None, reach: Reach
) -> Select[Any]:
    """The last comparisons of everybody with the template that they have now."""
    recent = aliased(Checkin)
    # Of each the oldest of the last ones, by the index: of thousands of check-ins only those few are read.
    oldest = (
        select(recent.captured_at)
        .where(recent.employee_id == Employee.id, recent.captured_at >= since, _counts(recent.status))
        .order_by(recent.captured_at.desc())
        .limit(1)
        .offset(LAST - 1)
        .correlate(Employee)
        .scalar_subquery()
    )
    staff = (
        select(
            Employee.id,
            Template.created_at,
            func.coalesce(oldest, literal(since, UtcDateTime())).label("oldest"),
        )
        .join(Template, and_(Template.employee_id == Employee.id, Template.encoders == encoders))
        .where(Employee.active, reach.people, in_unit(session, unit, reach))
        .cte("staff")
        # Else SQLite begins with the check-ins, and reads every one.
        .prefix_with("MATERIALIZED")
    )
    return (
        select(
            Checkin.employee_id,
            Checkin.findings["similarity"].as_float().label("similarity"),
            Checkin.findings["threshold"].as_float().label("threshold"),
        )
        .join(
            staff,
            and_(
                Checkin.employee_id == staff.c.id,
                Checkin.captured_at >= staff.c.oldest,
                Checkin.captured_at >= staff.c.created_at,
            ),
        )
        .where(_counts(Checkin.status), Checkin.encoders == encoders)
    )


def _counts(status: InstrumentedAttribute[CheckinStatus]) -> ColumnElement[bool]:
    """Not as a plain condition: SQLite would take the index that begins with the status, and read every row."""
    return case((status.in_(COUNTED), 1), else_=0) == 1


def _people(encoders: str, employee_ids: Collection[int]) -> Select[int, str, str, str, datetime]:
    return (
        select(Employee.id, Employee.nip, Employee.name, Unit.name.label("unit"), Template.created_at)
        .join(Template, and_(Template.employee_id == Employee.id, Template.encoders == encoders))
        .outerjoin(Employee.unit)
        .where(Employee.id.in_(employee_ids))
    )
