"""What was asked for and approved, turned into what the rules of the days take."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from service.approved_requests import (
    ApprovedCorrection,
    CoveredPeriod,
    approved_absences,
    approved_corrections,
    covered_periods,
    is_away,
)
from service.attendance.approved import Absence, Approved, Correction, Presence
from service.stays import stays_of, zones_of_stays
from service.workplaces import zone_of, zones_of

# More ids than this in one statement, and reading everybody's is quicker.
MOST_IDS: Final = 500
ONE_DAY: Final = timedelta(days=1)


class ApprovedOfDays:
    """zone : of those whose site has none of its own."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def __call__(
        self, session: Session, employee_ids: Collection[int], first: date, last: date
    ) -> Mapping[int, Approved]:
        """By employee id; those of whom nothing was approved are left out."""
        absences: dict[int, list[Absence]] = defaultdict(list)
        corrections: dict[int, list[Correction]] = defaultdict(list)
        presences: dict[int, list[Presence]] = defaultdict(list)
        ids = None if len(employee_ids) > MOST_IDS else employee_ids
        for absence in approved_absences(session, ids, first, last):
            absences[absence.employee_id].append(Absence(absence.kind, absence.first, absence.last))
        corrected = approved_corrections(session, ids, first, last)
        # A night shift that began the day before is over on the first day.
        covered = covered_periods(session, ids, first - ONE_DAY, last + ONE_DAY)
        of_whom = {one.employee_id for one in corrected} | {one.employee_id for one in covered}
        zone_on = self._zones_on(session, of_whom)
        for one in corrected:
            corrections[one.employee_id].append(_correction(one, zone_on(one.employee_id, one.day)))
        for period in covered:
            zone = zone_on(period.employee_id, period.first)
            presences[period.employee_id].append(_presence(period, zone))
        return {
            employee_id: Approved(absences[employee_id], corrections[employee_id], presences[employee_id])
            for employee_id in {*absences, *corrections, *presences}
        }

    def _zones_on(self, session: Session, employee_ids: Collection[int]) -> Callable[[int, date], ZoneInfo]:
        """By whose clock somebody worked on a day."""
        now, stays = zones_of(session, employee_ids), stays_of(session, employee_ids)
        of_stays = zones_of_stays(session, zones_of, self._zone, stays)

        def zone_on(employee_id: int, day: date) -> ZoneInfo:
            if employee_id in of_stays:
                return of_stays[employee_id][stays[employee_id].unit_on(day)]
            return now.get(employee_id, self._zone)

        return zone_on

    def away(self, session: Session, employee_id: int, at: datetime) -> bool:
        """Whether somebody works elsewhere on the day of this moment, by an approved dinas luar or WFH."""
        zone = zone_of(session, employee_id, self._zone)
        return is_away(session, employee_id, at.astimezone(zone).date())


def _correction(one: ApprovedCorrection, zone: ZoneInfo) -> Correction:
    departs_on = one.day + ONE_DAY if one.departs_next_day else one.day
    return Correction(
        one.day,
        None if one.arrival is None else datetime.combine(one.day, one.arrival, zone),
        None if one.departure is None else datetime.combine(departs_on, one.departure, zone),
    )


def _presence(period: CoveredPeriod, zone: ZoneInfo) -> Presence:
    ends = (
        datetime.combine(period.last + ONE_DAY, time.min, zone)
        if period.ends is None
        else datetime.combine(period.last, period.ends, zone)
    )
    return Presence(datetime.combine(period.first, period.begins or time.min, zone), ends)
