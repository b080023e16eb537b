"""Public figures: those of a past month are computed once, kept, and shown to everybody as they were then."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access_errors import NotAllowed
from service.attendance.day import local_date
from service.attendance.recap import month_bounds
from service.audit_notes import note
from service.db.schedule_tables import AttendanceDay
from service.db.session import Database
from service.db.transparency_tables import PublishedFigure, PublishedMonth
from service.public_figures import Figures, figures_of
from service.reach import EVERYBODY, Reach
from service.transparency_errors import AlreadyPublished, MonthNotOver, NothingToPublish, NotPublished
from service.working_time import WorkingTime

log = logging.getLogger(__name__)

PUBLISH_AFTER_S: Final = 300.0
PUBLISH_EVERY_S: Final = 24 * 3600.0
# Shifts of the last day end on the next one.
OVER_AFTER: Final = timedelta(days=1)
# So long there is time to decide on check-ins and requests, before the service publishes by itself.
WAITS: Final = timedelta(days=7)
# Of the months before it was switched on.
MOST_MONTHS_BACK: Final = 12


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """`month`: its first day. `rows`: the agencies by name."""

    month: date
    published_at: datetime
    total: Figures
    rows: tuple[Figures, ...]


class Transparency:
    """The use cases of public figures. Safe for use by many threads and processes.

    What is read needs no computing: nobody from outside can make the service work.
    """

    def __init__(self, db: Database, work: WorkingTime, *, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._work = work
        self._clock = clock

    def months(self) -> tuple[date, ...]:
        """First days of those that are published, the latest first."""
        with self._db.read() as session:
            return tuple(session.scalars(select(PublishedMonth.month).order_by(PublishedMonth.month.desc())))

    def table(self, month: date) -> PublishedTable:
        """As it was published. month : any day of it. Raises NotPublished."""
        with self._db.read() as session:
            row = session.get(PublishedMonth, month.replace(day=1))
            if row is None:
                raise NotPublished
            figures = session.scalars(
                select(PublishedFigure)
                .where(PublishedFigure.month == row.month)
                .order_by(PublishedFigure.place)
            ).all()
            total, *rows = map(_figures, figures)
            return PublishedTable(row.month, row.published_at, total, tuple(rows))

    def publish(self, month: date, *, reach: Reach = EVERYBODY, by: int | None = None) -> PublishedTable:
        """Compute the figures of a month, and keep them for good.

        by : the account that wants it; None for the service itself.

        Raises
        ------
        NotAllowed : some people are out of reach.
        MonthNotOver, NothingToPublish
        AlreadyPublished : also when another process did it meanwhile. What is public is not changed.
        """
        if not reach.everybody:
            raise NotAllowed
        now = self._clock()
        first, last = month_bounds(month)
        if local_date(now, self._work.zone) <= last + OVER_AFTER:
            raise MonthNotOver
        with self._db.read() as session:
            if session.get(PublishedMonth, first) is not None:
                raise AlreadyPublished
        figures = figures_of(self._work, first)
        if not figures:
            raise NothingToPublish
        try:
            with self._db.write() as session:
                self._keep(session, first, figures, now, by)
        except IntegrityError:
            raise AlreadyPublished from None
        return self.table(first)

    def publish_due(self) -> int:
        """Publish every month that has waited long enough. Gives how many."""
        done = 0
        for month in self.due():
            try:
                self.publish(month)
                done += 1
            except (AlreadyPublished, NothingToPublish) as why:
                log.info("%s was not published: %s", month.isoformat()[:7], why.code)
        return done

    def due(self) -> tuple[date, ...]:
        """First days of past months that are to be published, the oldest first."""
        latest = _before(local_date(self._clock(), self._work.zone) - WAITS)
        known = set(self.months())
        with self._db.read() as session:
            begun = session.scalar(select(func.min(AttendanceDay.day)))
        found: list[date] = []
        month = latest
        while begun is not None and month >= begun.replace(day=1) and len(found) < MOST_MONTHS_BACK:
            found.append(month)
            month = _before(month)
        return tuple(month for month in reversed(found) if month not in known)

    def _keep(
        self, session: Session, month: date, figures: tuple[Figures, ...], now: datetime, by: int | None
    ) -> None:
        session.add(PublishedMonth(month=month, published_at=now, published_by=by))
        session.flush()
        session.add_all(
            PublishedFigure(
                month=month,
                place=place,
                unit_code=one.unit_code,
                unit_name=one.unit_name,
                withheld=one.withheld,
                people=one.people,
                working_days=one.working_days,
                attended_days=one.attended_days,
                present_days=one.present_days,
                on_time_days=one.on_time_days,
                median_upload_ms=one.median_upload_ms,
            )
            for place, one in enumerate(figures)
        )
        withheld = sum(one.withheld for one in figures)
        note(
            session,
            "figures_published",
            f"month:{month.isoformat()[:7]}",
            by=by,
            at=now,
            rows=len(figures),
            withheld=withheld,
        )


def _figures(row: PublishedFigure) -> Figures:
    return Figures(
        unit_code=row.unit_code,
        unit_name=row.unit_name,
        withheld=row.withheld,
        people=row.people,
        working_days=row.working_days,
        attended_days=row.attended_days,
        present_days=row.present_days,
        on_time_days=row.on_time_days,
        median_upload_ms=row.median_upload_ms,
    )


def _before(day: date) -> date:
    """The first day of the month before that of a day."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
