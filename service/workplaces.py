"""Who works where: the sites of a person's unit and of those above it, and others they were given."""

import logging
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.audit_notes import note
from service.db.session import Database
from service.db.site_tables import Site, SiteOfEmployee
from service.db.tables import Employee, Unit
from service.employee_rows import managed_row
from service.reach import EVERYBODY, Reach, unit_and_below
from service.sites import site_row

log = logging.getLogger(__name__)

PAGE_SIZE: Final = 50
# Deeper than any organisation; what it is for is that a circle in the table ends.
DEEPEST: Final = 64


@dataclass(frozen=True, slots=True)
class Worker:
    """`added`: given this site besides those of their unit, and can be taken off it."""

    nip: str
    name: str
    unit_name: str | None
    added: bool


@dataclass(frozen=True, slots=True)
class WorkerPage:
    total: int
    page: int
    pages: int
    workers: tuple[Worker, ...]


def _sites_of_employee() -> Select[Site]:
    """Of the one whose id is the parameter `employee_id`."""
    employee_id = bindparam("employee_id", type_=Integer)
    unit = select(Employee.unit_id).where(Employee.id == employee_id).scalar_subquery()
    line = (
        select(Unit.id, Unit.parent_id, literal(0).label("distance"))
        .where(Unit.id == unit)
        .cte(recursive=True)
    )
    line = line.union_all(
        select(Unit.id, Unit.parent_id, line.c.distance + 1).where(
            Unit.id == line.c.parent_id, line.c.distance < DEEPEST
        )
    )
    distances = select(line.c.id, func.min(line.c.distance).label("distance")).group_by(line.c.id).subquery()
    added = select(SiteOfEmployee.site_id).where(SiteOfEmployee.employee_id == employee_id)
    return (
        select(Site)
        .outerjoin(distances, distances.c.id == Site.unit_id)
        .where(Site.closed_at.is_(None), or_(distances.c.distance.is_not(None), Site.id.in_(added)))
        .order_by(func.coalesce(distances.c.distance, DEEPEST + 1), Site.code)
    )


# Every check-in asks several times: to put the statement together takes longer than to run it.
_SITES_OF: Final = _sites_of_employee()


def sites_of(session: Session, employee_id: int) -> Sequence[Site]:
    """The open sites where a person may check in: of their unit, of those above it from near to far, then others.

    The first is where they are expected.
    """
    return session.scalars(_SITES_OF, {"employee_id": employee_id}).all()


def zone_of(session: Session, employee_id: int, default: ZoneInfo) -> ZoneInfo:
    """By which clock a person's days are counted: that of the site where they are expected, else `default`."""
    sites = sites_of(session, employee_id)
    name = sites[0].time_zone if sites else None
    return default if name is None else ZoneInfo(name)


def zones_of(
    session: Session,
    employee_ids: Collection[int],
    in_units: Mapping[int, int | None] = MappingProxyType({}),
) -> dict[int, ZoneInfo]:
    """The same of many at once, by employee id; those whose site has no clock of its own are left out.

    in_units : the units to go by, in place of those in which these employees are now.
    """
    parents = {row.id: row.parent_id for row in session.execute(select(Unit.id, Unit.parent_id))}
    zone_of_unit: dict[int, str | None] = {}
    open_sites = (
        select(Site.id, Site.unit_id, Site.time_zone).where(Site.closed_at.is_(None)).order_by(Site.code)
    )
    names: dict[int, str | None] = {}
    for site_id, unit_id, name in session.execute(open_sites):
        zone_of_unit.setdefault(unit_id, name)
        names[site_id] = name
    if not any(names.values()):
        return {}
    added: dict[int, str | None] = {}
    given = select(SiteOfEmployee.employee_id, SiteOfEmployee.site_id).join(
        Site, Site.id == SiteOfEmployee.site_id
    )
    for employee_id, site_id in session.execute(given.order_by(Site.code)):
        if site_id in names:
            added.setdefault(employee_id, names[site_id])
    wanted = set(employee_ids)
    found: dict[int, ZoneInfo] = {}
    nearest_of: dict[int | None, int | None] = {}
    for employee_id, own in session.connection().execute(select(Employee.id, Employee.unit_id)).all():
        if employee_id not in wanted:
            continue
        counted = in_units.get(employee_id, own)
        if counted not in nearest_of:
            nearest_of[counted] = _nearest(counted, zone_of_unit, parents)
        nearest = nearest_of[counted]
        name = zone_of_unit[nearest] if nearest is not None else added.get(employee_id)
        if name is not None:
            found[employee_id] = ZoneInfo(name)
    return found


def _nearest(unit_id: int | None, having: Container[int], parents: Mapping[int, int | None]) -> int | None:
    """The unit itself or the first above it that is among those."""
    for _ in range(DEEPEST):
        if unit_id is None or unit_id in having:
            return unit_id
        unit_id = parents.get(unit_id)
    return None


def workers_at(db: Database, code: str, *, page: int = 1, reach: Reach = EVERYBODY) -> WorkerPage:
    """Employees within reach who work at a site, those given it first. Raises UnknownSite."""
    with db.read() as session:
        site = site_row(session, code, reach)
        added = _is_added(site)
        wanted = select(Employee, added).where(_works_at(site), reach.people).outerjoin(Employee.unit)
        total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        rows = session.execute(
            wanted.order_by(added.desc(), func.lower(Employee.name), Employee.nip)
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        )
        workers = tuple(
            Worker(person.nip, person.name, person.unit.name if person.unit else None, bool(given))
            for person, given in rows
        )
    return WorkerPage(total, page, max(1, -(-total // PAGE_SIZE)), workers)


def assign(
    db: Database, *, code: str, nip: str, now: datetime, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """Let an employee check in at a site too, beside those of their unit. Once more, it changes nothing.

    Raises UnknownSite, UnknownEmployee or OwnRecord.
    """
    try:
        with db.write() as session:
            site, employee = site_row(session, code, reach), managed_row(session, nip, reach)
            if session.get(SiteOfEmployee, (employee.id, site.id)) is None:
                session.add(SiteOfEmployee(employee_id=employee.id, site_id=site.id, added_at=now))
                note(session, "site_assigned", f"employee:{employee.id}", by=by, at=now, site=site.id)
    except IntegrityError:
        log.info("a site was given to the same person twice at once")


def release(
    db: Database, *, code: str, nip: str, now: datetime, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """Take an employee off a site that they were given. Raises as `assign`."""
    with db.write() as session:
        site, employee = site_row(session, code, reach), managed_row(session, nip, reach)
        given = session.get(SiteOfEmployee, (employee.id, site.id))
        if given is not None:
            session.delete(given)
            note(session, "site_released", f"employee:{employee.id}", by=by, at=now, site=site.id)


def _works_at(site: Site) -> ColumnElement[bool]:
    of_the_unit = Employee.unit_id.in_(unit_and_below(site.unit_id))
    return Employee.erased_at.is_(None) & (of_the_unit | Employee.id.in_(_given(site)))


def _is_added(site: Site) -> ColumnElement[bool]:
    return Employee.id.in_(_given(site)).label("added")


def _given(site: Site) -> Select[int]:
    return select(SiteOfEmployee.employee_id).where(SiteOfEmployee.site_id == site.id)
