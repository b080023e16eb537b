"""Employees as HR finds them: by name, by NIP, by unit."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from enrollment.nip import parse_nip
from service.db.session import Database
from service.db.tables import Employee, EmploymentClass, Template, Unit
from service.errors import InvalidRequest, UnknownEmployee
from service.reach import EVERYBODY, Reach, unit_and_below
from service.units import unit_row

PAGE_SIZE = 50
LAST_PAGE = 1_000_000  # databases count rows in 64 bits
# In place of a unit's code, which can't be this: those who are in no unit.
IN_NO_UNIT = "-"


@dataclass(frozen=True, slots=True)
class Person:
    """An employee as HR sees them. `photos`: how many the template is made of. `unit`: its code."""

    nip: str
    name: str
    active: bool
    enrolled: bool
    photos: int
    unit: str | None = None
    unit_name: str | None = None
    position: str | None = None
    employment: EmploymentClass | None = None
    works_from: date | None = None
    works_until: date | None = None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """`page` counts from 1; `pages` is at least 1."""

    total: int
    page: int
    pages: int
    people: tuple[Person, ...]


def find_people(
    db: Database,
    *,
    query: str = "",
    page: int = 1,
    unit: str | None = None,
    without_face: bool = False,
    reach: Reach = EVERYBODY,
) -> PeoplePage:
    """Employees whose name contains `query` or whose NIP begins with it, by name; a page past the end is empty.

    unit : only those in this unit or anywhere below it, or IN_NO_UNIT.
    without_face : only those who work here and have no template.

    Raises InvalidRequest or UnknownUnit.
    """
    if not 1 <= page <= LAST_PAGE:
        raise InvalidRequest(fields=[{"field": "page", "problem": "not valid"}])
    matching = _matching("".join(letter for letter in query.strip() if letter.isprintable()))
    with db.read() as session:
        wanted = and_(
            matching, reach.people, in_unit(session, unit, reach), _faceless() if without_face else true()
        )
        total = session.scalar(select(func.count()).select_from(Employee).where(wanted)) or 0
        rows = session.execute(
            _people()
            .where(wanted)
            .order_by(func.lower(Employee.name), Employee.nip)
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
        people = tuple(person_of(row.Employee, row.photos) for row in rows)
    return PeoplePage(total, page, max(1, -(-total // PAGE_SIZE)), people)


@dataclass(frozen=True, slots=True)
class Faceless:
    """Who works here and has no face enrolled, by unit and name. `staff`: how many work here."""

    staff: int
    people: tuple[Person, ...]


def without_face(db: Database, *, unit: str | None = None, reach: Reach = EVERYBODY) -> Faceless:
    """All of them. `unit`: as in `find_people`. Raises UnknownUnit."""
    with db.read() as session:
        within = and_(Employee.active, reach.people, in_unit(session, unit, reach))
        staff = session.scalar(select(func.count()).select_from(Employee).where(within)) or 0
        rows = session.scalars(
            select(Employee)
            .outerjoin(Employee.unit)
            .options(contains_eager(Employee.unit))
            .where(within, _faceless())
            .order_by(func.lower(Unit.name), func.lower(Employee.name), Employee.nip)
        )
        return Faceless(staff, tuple(person_of(row, None) for row in rows))


def get_person(db: Database, nip: str, *, reach: Reach = EVERYBODY) -> Person:
    """Raises UnknownEmployee."""
    with db.read() as session:
        row = session.execute(_people().where(*has_nip(nip), reach.people)).one_or_none()
        if row is None:
            raise UnknownEmployee
        return person_of(row.Employee, row.photos)


def has_nip(nip: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions of an employee who is there. Nobody has the pseudonym of somebody who was erased."""
    return Employee.nip == parse_nip(nip), Employee.erased_at.is_(None)


def _people() -> Select[tuple[Employee, int | None]]:
    """Each employee with the number of photos of their latest template, None without one."""
    photos = (
        select(Template.photos)
        .where(Template.employee_id == Employee.id)
        .order_by(Template.created_at.desc(), Template.id.desc())
        .limit(1)
        .correlate(Employee)
        .scalar_subquery()
        .label("photos")
    )
    return select(Employee, photos).options(joinedload(Employee.unit))


def _matching(query: str) -> ColumnElement[bool]:
    nip_query = "".join(query.split())
    return and_(
        Employee.erased_at.is_(None),
        or_(
            Employee.name.icontains(query, autoescape=True),
            Employee.nip.istartswith(nip_query, autoescape=True),
        ),
    )


def _faceless() -> ColumnElement[bool]:
    return and_(Employee.active, ~exists().where(Template.employee_id == Employee.id))


def in_unit(session: Session, unit: str | None, reach: Reach) -> ColumnElement[bool]:
    """Those in this unit or anywhere below it, or IN_NO_UNIT; everybody for None. Raises UnknownUnit."""
    if unit is None:
        return true()
    if unit == IN_NO_UNIT:
        return Employee.unit_id.is_(None)
    return Employee.unit_id.in_(unit_and_below(unit_row(session, unit, reach).id))


def person_of(employee: Employee, photos: int | None) -> Person:
    """`photos`: of the latest template; None without one."""
    unit = employee.unit
    return Person(
        nip=employee.nip,
        name=employee.name,
        active=employee.active,
        enrolled=photos is not None,
        photos=photos or 0,
        unit=unit.code if unit else None,
        unit_name=unit.name if unit else None,
        position=employee.position,
        employment=employee.employment,
        works_from=employee.works_from,
        works_until=employee.works_until,
    )
