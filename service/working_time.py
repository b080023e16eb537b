"""Working time: the months of employees, and changes of its rules that leave what is past as it was."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from service.attendance.approved import Approved
from service.attendance_days import Member, members, record_due
from service.attendance_months import Month, months_of
from service.db.session import Database
from service.db.tables import Employee
from service.stays import Zones
from service.working_rules import ensure_rules, load_rules

RECORD_AFTER_S: Final = 30.0
RECORD_EVERY_S: Final = 3600.0


# Employee ids, first and last day -> what was approved for each; who is missing has nothing.
ApprovedRequests: TypeAlias = Callable[[Session, Collection[int], date, date], Mapping[int, Approved]]


class WorkingTime:
    """The use cases of working time. Safe for use by many threads.

    zone : of those whom `zones_of` does not name.
    """

    def __init__(
        self,
        db: Database,
        *,
        zone: ZoneInfo,
        clock: Callable[[], datetime],
        zones_of: Zones,
        approved_of: ApprovedRequests,
    ) -> None:
        self.db = db
        self.zone = zone
        self.clock = clock
        self.zones_of = zones_of
        self._approved_of = approved_of

    def month(self, employee_id: int, first: date, last: date) -> Month:
        """One employee's days from `first` to `last`, with what waits for a decision."""
        return self.months(first, last, Employee.id == employee_id, with_waiting=True)[employee_id]

    def zone_of(self, employee_id: int) -> ZoneInfo:
        """By whose clock the employee works."""
        with self.db.read() as session:
            return self.zones_of(session, [employee_id]).get(employee_id, self.zone)

    def months(
        self,
        first: date,
        last: date,
        wanted: ColumnElement[bool] | None = None,
        *,
        with_waiting: bool = False,
    ) -> dict[int, Month]:
        """By employee id. wanted : a condition on Employee; None is everybody who is not erased.

        with_waiting : also why check-ins are under review, which costs a query more.
        """
        with self.reading() as session:
            return self.months_within(
                session,
                self.staff(session, wanted),
                first,
                last,
                everybody=wanted is None,
                with_waiting=with_waiting,
            )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One view, in which there are rules: for `months_within`."""
        ensure_rules(self.db, self.clock())
        with self.db.read() as session:
            yield session

    def staff(self, session: Session, wanted: ColumnElement[bool] | None = None) -> list[Member]:
        """Those who are not erased; wanted : a condition on Employee."""
        return members(session, self.zones_of, self.zone, wanted)

    def months_within(
        self,
        session: Session,
        staff: Sequence[Member],
        first: date,
        last: date,
        *,
        everybody: bool = False,
        with_waiting: bool = False,
    ) -> dict[int, Month]:
        """The same of these people, in a transaction that is open. everybody : they are all there are."""
        return months_of(
            session,
            load_rules(session),
            staff,
            first,
            last,
            approved=self._approved_of(session, [member.id for member in staff], first, last),
            everybody=everybody,
            with_waiting=with_waiting,
            now=self.clock(),
        )

    def record(self) -> int:
        """Record the days that are past. Gives how many."""
        now = self.clock()
        ensure_rules(self.db, now)
        with self.db.write() as session:
            return self._record_due(session, now)

    @contextmanager
    def changing(self) -> Iterator[Session]:
        """A transaction that may change the rules: before, every day that is past is recorded by the old ones."""
        now = self.clock()
        ensure_rules(self.db, now)
        with self.db.write() as session:
            self._record_due(session, now)
            yield session

    def _record_due(self, session: Session, now: datetime) -> int:
        return record_due(session, load_rules(session), self.staff(session), now)
