"""Manual periods: HR enters that people of a unit could not check in, with the power or the network down.

It counts for them as presence by alasan teknis. Nobody enters it for themselves, and it is never changed: what was
wrong is revoked, for a reason, and entered anew.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from service.attendance.day import local_date
from service.attendance_days import ONE_DAY
from service.audit_notes import note
from service.closed_months import refuse_closed_days
from service.day_changes import Cause, days_changed
from service.db.request_tables import ManualPeriod, ManualPeriodPerson
from service.db.session import Database
from service.db.tables import Account, Employee, Unit
from service.people import Named
from service.places_of_days import was_in
from service.reach import Reach, reach_of, unit_and_below
from service.request_dates import check_distance
from service.request_errors import AlreadyDecided, DatesRefused, NobodyThere, PeopleOutside, UnknownPeriod
from service.request_rows import PAGE_SIZE, display_name, pages_of
from service.units import held_unit, unit_row
from service.written_words import tidy

LONGEST_DAYS: Final = 31
NOON: Final = time(12)


@dataclass(frozen=True, slots=True)
class NewPeriod:
    """From `begins` on the `first` day to `ends` on the `last` one; None is all of that day.

    unit : its code.
    nips : for whom; None is everybody who was in the unit or below it on one of the days and is employed now.
    """

    unit: str
    first: date
    last: date
    begins: time | None
    ends: time | None
    reason: str
    nips: Collection[str] | None


@dataclass(frozen=True, slots=True)
class PeriodInfo:
    """`unit`, `unit_name`: None once the unit is removed. `people`: how many.

    entered_by, revoked_by : names, or logins of accounts that are no employee's.
    """

    id: int
    unit: str | None
    unit_name: str | None
    first: date
    last: date
    begins: time | None
    ends: time | None
    reason: str
    people: int
    entered_at: datetime
    entered_by: str
    revoked_at: datetime | None
    revoked_by: str | None
    revoke_reason: str | None


@dataclass(frozen=True, slots=True)
class PeriodPage:
    total: int
    page: int
    pages: int
    periods: tuple[PeriodInfo, ...]


def enter_period(db: Database, zone: ZoneInfo, author: Account, wanted: NewPeriod, now: datetime) -> int:
    """Enter a period that has begun, and give its id. Its author is left out, whoever else is in the unit.

    zone : of the clock by which it is today.

    Raises
    ------
    UnknownUnit : also for one outside the reach.
    WordsRefused, DatesRefused
    OwnRecord : the author is among the NIPs.
    PeopleOutside : some of the NIPs are nobody's who was in the unit or below it on one of the days.
    NobodyThere : there is nobody to enter it for.
    MonthClosed : for some of them a day of it is of a closed month.
    """
    reason = tidy(wanted.reason, "reason")
    _check_dates(wanted, local_date(now, zone))
    reach = reach_of(author)
    with db.write() as session:
        unit = held_unit(session, wanted.unit, reach)
        people = (
            _everybody(session, unit, wanted, reach)
            if wanted.nips is None
            else _named(session, unit, wanted, reach, wanted.nips)
        )
        refuse_closed_days(session, people, wanted.first, wanted.last)
        row = ManualPeriod(
            unit_id=unit.id,
            first=wanted.first,
            last=wanted.last,
            begins=wanted.begins,
            ends=wanted.ends,
            reason=reason,
            entered_at=now,
            entered_by=author.id,
        )
        session.add(row)
        session.flush()
        session.add_all(ManualPeriodPerson(period_id=row.id, employee_id=one) for one in sorted(people))
        note(
            session,
            "period_entered",
            f"period:{row.id}",
            by=author.id,
            at=now,
            unit=unit.id,
            first=wanted.first.isoformat(),
            last=wanted.last.isoformat(),
            begins=None if wanted.begins is None else f"{wanted.begins:%H:%M}",
            ends=None if wanted.ends is None else f"{wanted.ends:%H:%M}",
            people=len(people),
            everybody=wanted.nips is None,
        )
        _tell(session, row, sorted(people), "manual_period", now)
        return row.id


def revoke_period(db: Database, author: Account, period_id: int, *, words: str, now: datetime) -> None:
    """Take a period back, for a reason: it counts for nobody any more.

    Raises
    ------
    UnknownPeriod : also for one of a unit outside the reach.
    AlreadyDecided : it was revoked already, maybe a moment ago by somebody else.
    MonthClosed : for some of its people a day of it is of a closed month.
    WordsRefused
    """
    reason = tidy(words, "note")
    with db.write() as session:
        row = _row_within(session, period_id, reach_of(author), to_change=True)
        if row.revoked_at is not None:
            raise AlreadyDecided("revoked")
        mine = select(ManualPeriodPerson.employee_id).where(ManualPeriodPerson.period_id == row.id)
        people = session.scalars(mine.order_by(ManualPeriodPerson.employee_id)).all()
        refuse_closed_days(session, people, row.first, row.last)
        row.revoked_at, row.revoked_by, row.revoke_reason = now, author.id, reason
        note(session, "period_revoked", f"period:{row.id}", by=author.id, at=now)
        _tell(session, row, people, "manual_period_revoked", now)


def _tell(session: Session, row: ManualPeriod, people: Collection[int], cause: Cause, now: datetime) -> None:
    """A night shift of the day before may last into a morning."""
    since = -1 if row.begins is None or row.begins < NOON else 0
    days = [row.first + ONE_DAY * number for number in range(since, (row.last - row.first).days + 1)]
    days_changed(session, ((one, day) for one in people for day in days), cause, at=now)


def list_periods(
    db: Database,
    reader: Account,
    *,
    unit: str | None = None,
    first: date | None = None,
    last: date | None = None,
    page: int = 1,
) -> PeriodPage:
    """Those of units within reach, the latest first.

    unit : a code; with everything below it.
    first, last : only those that have any day between, both included.

    Raises UnknownUnit.
    """
    reach = reach_of(reader)
    fitting: list[ColumnElement[bool]] = []
    if first is not None:
        fitting.append(ManualPeriod.last >= first)
    if last is not None:
        fitting.append(ManualPeriod.first <= last)
    with db.read() as session:
        if unit is not None:
            below = unit_and_below(unit_row(session, unit, reach).id)
            fitting.append(ManualPeriod.unit_id.in_(below))
        found = _within(reach).where(*fitting)
        total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
        rows = session.scalars(
            found.options(*_WITH_NAMES)
            .order_by(ManualPeriod.first.desc(), ManualPeriod.id.desc())
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        ).all()
        counts = _counts(session, [row.id for row in rows])
        return PeriodPage(
            total, page, pages_of(total), tuple(_info(row, counts.get(row.id, 0)) for row in rows)
        )


def one_period(db: Database, reader: Account, period_id: int) -> tuple[PeriodInfo, tuple[Named, ...]]:
    """One period, and for whom it is, by name. Raises UnknownPeriod."""
    with db.read() as session:
        row = _row_within(session, period_id, reach_of(reader))
        people = session.scalars(
            select(Employee)
            .join(ManualPeriodPerson, ManualPeriodPerson.employee_id == Employee.id)
            .where(ManualPeriodPerson.period_id == row.id)
            .order_by(func.lower(Employee.name), Employee.nip)
        )
        named = tuple(Named(person.nip, person.name) for person in people)
        return _info(row, len(named)), named


def _check_dates(wanted: NewPeriod, today: date) -> None:
    """Raises DatesRefused."""
    if wanted.last < wanted.first:
        raise DatesRefused("end_before_start")
    check_distance(wanted.first, today)
    if wanted.first > today:
        raise DatesRefused("not_yet")
    if (wanted.last - wanted.first).days >= LONGEST_DAYS:
        raise DatesRefused("too_long", days=LONGEST_DAYS)
    if wanted.first == wanted.last and wanted.begins and wanted.ends and wanted.ends <= wanted.begins:
        raise DatesRefused("times_in_disorder")


def _employed(unit: Unit, wanted: NewPeriod, reach: Reach) -> Select[Employee]:
    """Who had a day of the period in the unit or below it, and is within reach now: it holds on all its days."""
    return select(Employee).where(
        was_in([unit.id], wanted.first, wanted.last),
        Employee.active,
        Employee.erased_at.is_(None),
        reach.people,
    )


def _everybody(session: Session, unit: Unit, wanted: NewPeriod, reach: Reach) -> set[int]:
    """Ids of all but whoever asks. Raises NobodyThere."""
    people = set(session.scalars(_employed(unit, wanted, reach).with_only_columns(Employee.id)))
    people -= {reach.employee_id}
    if not people:
        raise NobodyThere
    return people


def _named(session: Session, unit: Unit, wanted: NewPeriod, reach: Reach, nips: Collection[str]) -> set[int]:
    """Raises PeopleOutside, OwnRecord and NobodyThere."""
    asked = {nip.strip() for nip in nips}
    possible = [nip for nip in asked if nip.isprintable()]  # PostgreSQL refuses what is not text to it
    rows = session.scalars(_employed(unit, wanted, reach).where(Employee.nip.in_(possible))).all()
    if missing := sorted(asked - {row.nip for row in rows}):
        raise PeopleOutside(missing)
    for row in rows:
        reach.refuse_own(row)
    if not rows:
        raise NobodyThere
    return {row.id for row in rows}


_WITH_NAMES: Final = (
    joinedload(ManualPeriod.unit),
    joinedload(ManualPeriod.author).joinedload(Account.employee),
    joinedload(ManualPeriod.revoker).joinedload(Account.employee),
)


def _within(reach: Reach) -> Select[ManualPeriod]:
    """Of a unit that is gone only for those who reach everybody."""
    found = select(ManualPeriod)
    return found if reach.everybody else found.join(ManualPeriod.unit).where(reach.units)


def _row_within(session: Session, period_id: int, reach: Reach, *, to_change: bool = False) -> ManualPeriod:
    """Raises UnknownPeriod."""
    one = _within(reach).where(ManualPeriod.id == period_id).options(*_WITH_NAMES)
    row = session.scalar(one.with_for_update(of=ManualPeriod) if to_change else one)
    if row is None:
        raise UnknownPeriod
    return row


def _counts(session: Session, period_ids: Collection[int]) -> dict[int, int]:
    found = session.execute(
        select(ManualPeriodPerson.period_id, func.count())
        .where(ManualPeriodPerson.period_id.in_(period_ids))
        .group_by(ManualPeriodPerson.period_id)
    )
    return dict(found.all())


def _info(row: ManualPeriod, people: int) -> PeriodInfo:
    return PeriodInfo(
        id=row.id,
        unit=row.unit.code if row.unit else None,
        unit_name=row.unit.name if row.unit else None,
        first=row.first,
        last=row.last,
        begins=row.begins,
        ends=row.ends,
        reason=row.reason,
        people=people,
        entered_at=row.entered_at,
        entered_by=display_name(row.author),
        revoked_at=row.revoked_at,
        revoked_by=display_name(row.revoker) if row.revoker else None,
        revoke_reason=row.revoke_reason,
    )
