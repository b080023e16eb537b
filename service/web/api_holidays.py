"""Holidays and ceremonies over HTTP, one by one or by a file."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Query, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from service import work_calendar
from service.attendance.schedule import CalendarKind
from service.reach import Reach, reach_of
from service.units import LONGEST_CODE
from service.web.access import RosterKeeper, TheServices, UnitReader
from service.web.calendar_fields import Clock, Day
from service.web.uploads import read_upload
from service.wiring import Services
from service.work_calendar import EARLIEST, LATEST, LONGEST_NAME, Entry

router = APIRouter(prefix="/api/holidays", tags=["working time"])

FILE_BYTES = 1024 * 1024


class NewHoliday(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"day": "2026-12-25", "name": "Hari Raya Natal", "kind": "national"}]}
    )

    day: Day
    name: str = Field(max_length=2 * LONGEST_NAME)
    kind: CalendarKind
    unit: str | None = Field(
        None, max_length=2 * LONGEST_CODE, description="Code of the unit it is for, with all below it"
    )
    starts: Clock | None = Field(None, description="Of a ceremony")
    ends: Clock | None = Field(None, description="Of a ceremony; needed where the day is free otherwise")


class HolidayOut(BaseModel):
    id: int
    day: date
    name: str
    kind: CalendarKind
    unit: str | None
    unit_name: str | None
    starts: Clock | None
    ends: Clock | None


class HolidaysOut(BaseModel):
    year: int
    holidays: list[HolidayOut]


class RowOut(BaseModel):
    number: int
    text: str
    day: date | None
    name: str | None
    kind: CalendarKind | None
    problem: str | None = Field(description="`date`, `name`, `kind`, or `there`: it is in the calendar")


class ImportOut(BaseModel):
    dry_run: bool
    added: int = Field(description="How many rows were added, or would be")
    rows: list[RowOut]


@router.get("")
def list_holidays(
    services: TheServices,
    account: UnitReader,
    year: Annotated[int | None, Query(ge=EARLIEST.year, le=LATEST.year)] = None,
) -> HolidaysOut:
    """The calendar of a year, of everybody and of units within reach."""
    return _out(services, reach_of(account), year or services.clock().astimezone(services.settings.zone).year)


@router.post(
    "",
    status_code=201,
    responses={
        404: {"description": "No unit within reach has this code"},
        409: {"description": "The calendar has this already"},
    },
)
def add_holiday(wanted: NewHoliday, services: TheServices, account: RosterKeeper) -> HolidaysOut:
    """Add a holiday or a ceremony."""
    reach = reach_of(account)
    entry = Entry(wanted.day, wanted.name, wanted.kind, wanted.unit, wanted.starts, wanted.ends)
    work_calendar.add_entry(services.working_time, entry, reach=reach, by=account.id)
    return _out(services, reach, wanted.day.year)


@router.put(
    "/{holiday_id:int}",
    responses={
        404: {"description": "There is no such entry, or no unit with this code, within reach"},
        409: {"description": "The calendar has this already"},
    },
)
def change_holiday(
    holiday_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
    wanted: NewHoliday,
    services: TheServices,
    account: RosterKeeper,
) -> HolidaysOut:
    """Change an entry: its day, name, kind, unit or hours. Days that are past stay as they were."""
    reach = reach_of(account)
    entry = Entry(wanted.day, wanted.name, wanted.kind, wanted.unit, wanted.starts, wanted.ends)
    work_calendar.change_entry(services.working_time, holiday_id, entry, reach=reach, by=account.id)
    return _out(services, reach, wanted.day.year)


@router.delete(
    "/{holiday_id:int}",
    status_code=204,
    responses={404: {"description": "There is no such entry within reach"}},
)
def remove_holiday(
    holiday_id: Annotated[int, Path(ge=1, le=2**31 - 1)], services: TheServices, account: RosterKeeper
) -> None:
    """Take an entry out of the calendar. Days that are past stay as they were."""
    work_calendar.remove_entry(services.working_time, holiday_id, reach=reach_of(account), by=account.id)


@router.post("/import")
def import_holidays(
    services: TheServices,
    account: RosterKeeper,
    file: Annotated[UploadFile, File(description="CSV with date, name and kind, or iCalendar; UTF-8")],
    dry_run: Annotated[bool, Form(description="Only say what would happen")] = True,
) -> ImportOut:
    """Take holidays from a file. Rows with a problem are left out and named."""
    content = read_upload(file, FILE_BYTES)
    rows = work_calendar.import_entries(
        services.working_time, content, dry_run=dry_run, reach=reach_of(account), by=account.id
    )
    return ImportOut(
        dry_run=dry_run,
        added=sum(row.entry is not None for row in rows),
        rows=[
            RowOut(
                number=row.number,
                text=row.text,
                day=row.entry and row.entry.day,
                name=row.entry and row.entry.name,
                kind=row.entry and row.entry.kind,
                problem=row.problem,
            )
            for row in rows
        ],
    )


def _out(services: Services, reach: Reach, year: int) -> HolidaysOut:
    entries = work_calendar.list_entries(services.working_time, year, reach)
    return HolidaysOut(year=year, holidays=[HolidayOut.model_validate(asdict(entry)) for entry in entries])
