"""Public figures over HTTP, as JSON or CSV: for everybody, and the same for everybody."""

import csv
import io
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.errors import NotFound
from service.public_figures import Figures
from service.reach import reach_of
from service.safe_cells import harmless
from service.suppression import LEAST_PEOPLE
from service.transparency import PublishedTable
from service.web.access import MonthKeeper, TheServices
from service.web.cacheable import cacheable
from service.web.calendar_fields import MONTH
from service.wiring import Services

COLUMNS: Final = (
    "month",
    "unit",
    "unit_name",
    "withheld",
    "people",
    "working_days",
    "attended_days",
    "attendance",
    "present_days",
    "on_time_days",
    "punctuality",
    "median_upload_ms",
)
DIGITS: Final = 4
WHOLE: Final = f"null where the row is withheld, since fewer than {LEAST_PEOPLE} people could be behind it"


def refuse_when_off(services: Services) -> None:
    """Raises NotFound where the operator has not chosen to publish."""
    if services.settings.transparency == "off":
        raise NotFound


router = APIRouter(prefix="/api/transparency", tags=["public figures"])
OFF: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "No figures of this month are public, or public figures are switched off"}
}


class FiguresOut(BaseModel):
    unit: str | None = Field(description="Code of the agency; null of the total")
    unit_name: str | None
    withheld: bool
    people: int | None = Field(description=f"Who had a working day; {WHOLE}")
    working_days: int | None = Field(description="Of all of them together")
    attended_days: int | None = Field(description="Present, or away for a reason that was approved")
    attendance: float | None = Field(description="`attended_days` of `working_days`, 0 to 1")
    present_days: int | None = Field(description="Days whose times of arrival are known to the service")
    on_time_days: int | None = Field(description="Of which nobody was late; without an arrival it is late")
    punctuality: float | None = Field(description="`on_time_days` of `present_days`, 0 to 1")
    median_upload_ms: int | None = Field(
        description=f"Half of the phones' uploads took no longer; null for fewer than {LEAST_PEOPLE}"
    )


class TransparencyOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "months": ["2026-11"],
                    "month": "2026-11",
                    "published_at": "2026-12-08T01:00:00Z",
                    "total": {
                        "unit": None,
                        "unit_name": None,
                        "withheld": False,
                        "people": 64,
                        "working_days": 1280,
                        "attended_days": 1254,
                        "attendance": 0.9797,
                        "present_days": 1190,
                        "on_time_days": 1101,
                        "punctuality": 0.9252,
                        "median_upload_ms": 2400,
                    },
                    "units": [],
                }
            ]
        }
    )

    months: list[str] = Field(description="All that are public, the latest first")
    month: str | None = Field(description="YYYY-MM; null as long as none is public")
    published_at: datetime | None = Field(description="Since then nothing of it has changed")
    total: FiguresOut | None
    units: list[FiguresOut] = Field(description="By name")


@router.get(
    "",
    response_model=TransparencyOut,
    responses={
        200: {
            "content": {"text/csv": {}},
            "description": "With `format=csv` a table, the total last. May be kept; see `ETag`",
        },
        304: {"description": "It is what `If-None-Match` names"},
        **OFF,
    },
)
def transparency(
    request: Request,
    services: TheServices,
    month: Annotated[
        str | None, Query(pattern=MONTH, examples=["2026-11"], description="YYYY-MM; without it the latest")
    ] = None,
    format: Annotated[Literal["json", "csv"], Query()] = "json",  # noqa: A002 - the customary query name
) -> Response:
    """Attendance, punctuality and upload times by agency, for a month that is over. Open to everybody."""
    refuse_when_off(services)
    months = services.transparency.months()
    table = None
    if month is not None or months:
        wanted = months[0] if month is None else date.fromisoformat(f"{month}-01")
        table = services.transparency.table(wanted)
    if format == "csv":
        name = f"hadir-{table.month:%Y-%m}.csv" if table else "hadir.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return cacheable(request, as_csv(table), "text/csv; charset=utf-8", headers)
    return cacheable(request, answer(months, table).model_dump_json(), "application/json")


class NewPublication(BaseModel):
    month: str = Field(pattern=MONTH, examples=["2026-11"], description="YYYY-MM")


@router.post(
    "",
    status_code=201,
    responses={
        **OFF,
        409: {"description": "The month is not over, is public already, or nobody worked in it"},
    },
)
def publish(wanted: NewPublication, services: TheServices, account: MonthKeeper) -> TransparencyOut:
    """Publish a month's figures before the service does it by itself. They can't be changed or taken back."""
    refuse_when_off(services)
    month = date.fromisoformat(f"{wanted.month}-01")
    table = services.transparency.publish(month, reach=reach_of(account), by=account.id)
    return answer(services.transparency.months(), table)


def answer(months: tuple[date, ...], table: PublishedTable | None) -> TransparencyOut:
    return TransparencyOut(
        months=[f"{month:%Y-%m}" for month in months],
        month=None if table is None else f"{table.month:%Y-%m}",
        published_at=None if table is None else table.published_at,
        total=None if table is None else _out(table.total),
        units=[] if table is None else [_out(row) for row in table.rows],
    )


def as_csv(table: PublishedTable | None) -> str:
    """RFC 4180, with the mark by which spreadsheets see that it is UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in (*table.rows, table.total) if table else ():
        values = {"month": f"{table.month:%Y-%m}" if table else "", **_out(row).model_dump()}
        values["withheld"] = int(row.withheld)
        writer.writerow([_cell(values[column]) for column in COLUMNS])
    return "\ufeff" + text.getvalue()


def _cell(value: object) -> object:
    return harmless(value) if isinstance(value, str) else value


def _out(row: Figures) -> FiguresOut:
    return FiguresOut(
        unit=row.unit_code,
        unit_name=row.unit_name,
        withheld=row.withheld,
        people=row.people,
        working_days=row.working_days,
        attended_days=row.attended_days,
        attendance=_rounded(row.attendance),
        present_days=row.present_days,
        on_time_days=row.on_time_days,
        punctuality=_rounded(row.punctuality),
        median_upload_ms=row.median_upload_ms,
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, DIGITS)
