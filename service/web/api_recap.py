"""The monthly recap over HTTP: its figures, and its files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, PlainSerializer
from starlette.responses import Response

from service.attendance.day import local_date
from service.attendance.recap import month_bounds
from service.db.recap_tables import RecapStatus
from service.db.tables import Account, EmploymentClass
from service.issued_recaps import note_download
from service.people_search import LAST_PAGE
from service.reach import reach_of
from service.recap_csv import as_csv
from service.recap_figures import COUNTS, PersonRow, Recap, Totals, UnitTotals
from service.recap_pdf import Paper, as_pdf
from service.recap_xlsx import as_xlsx
from service.units import LONGEST_CODE
from service.web.access import Overseer, TheServices
from service.web.calendar_fields import Month, first_of
from service.web.language import request_language
from service.wiring import Services

router = APIRouter(prefix="/api", tags=["recap"])

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF: Final = "application/pdf"
PEOPLE_A_PAGE: Final = 200

Percent = Annotated[Decimal, PlainSerializer(float, return_type=float)]


class FiguresOut(BaseModel):
    """Days and minutes. `codes`: how often each of TL1 to TL4, PSW1 to PSW4 and TK occurred."""

    by_status: dict[str, int]
    codes: dict[str, int]
    working_days: int
    late_days: int
    late_min: int
    early_days: int
    early_min: int
    missing_in: int
    missing_out: int
    provisional: int = Field(description="Days that rest on a check-in which waits for a review")


class TotalsOut(FiguresOut):
    people: int
    average_deduction: Percent = Field(description="Percent of a person's allowance")


class UnitRow(BaseModel):
    """Of the unit itself, without what is below it; null for people who are in none."""

    unit: str | None
    unit_name: str | None
    closed: bool
    totals: TotalsOut


class PersonOut(FiguresOut):
    nip: str
    name: str
    employment: EmploymentClass | None
    unit: str | None
    unit_name: str | None
    deductions_sum: Percent
    deductions_total: Percent = Field(description="The sum, at most the cap")


class RecapOut(BaseModel):
    month: str
    unit: str | None = Field(description="Code; with everything below it. Null is everybody within reach")
    status: RecapStatus = Field(
        description="`provisional`: the month is not over or reviews are open; `complete`: it could be closed"
    )
    computed_at: datetime
    totals: TotalsOut
    units: list[UnitRow]
    page: int
    pages: int
    people: list[PersonOut] = Field(description=f"{PEOPLE_A_PAGE} a page, by unit and name")


@dataclass(frozen=True, slots=True)
class Asked:
    """The first and the last day of the month; the code of a unit, None for all of the reach."""

    first: date
    last: date
    unit: str | None


def asked(
    services: TheServices,
    month: Month = None,
    unit: Annotated[
        str | None,
        Query(max_length=2 * LONGEST_CODE, description="Code of a unit: with everything below it"),
    ] = None,
) -> Asked:
    first, last = month_bounds(first_of(month, local_date(services.clock(), services.settings.zone)))
    return Asked(first, last, unit or None)


AskedRecap = Annotated[Asked, Depends(asked)]


@router.get(
    "/recap",
    response_model=RecapOut,
    responses={
        200: {
            "content": {"text/csv": {}, XLSX: {}, PDF: {}},
            "description": "The figures, or with `format` the file. A PDF is issued: it has a code by which "
            "anybody can check it, and its SHA-256 is kept",
        },
        404: {"description": "No unit within your reach has this code"},
    },
)
def recap(
    request: Request,
    services: TheServices,
    account: Overseer,
    wanted: AskedRecap,
    format: Annotated[Literal["json", "csv", "xlsx", "pdf"], Query()] = "json",  # noqa: A002 - customary
    page: Annotated[int, Query(ge=1, le=LAST_PAGE, description="Of the people, as JSON")] = 1,
) -> Response | RecapOut:
    """The month of everybody in a unit and below it: by person, by unit, and in all."""
    scope = services.recaps.scope_of(reach_of(account), wanted.unit)
    if format == "json":
        return recap_out(services.recaps.recent(scope, wanted.first, wanted.last), wanted.unit, page)
    found = services.recaps.figures_of(scope, wanted.first, wanted.last)
    if format == "pdf":
        return _file(_issued(request, services, account, found), PDF, found, "pdf")
    note_download(services.db, found, format, by=account.id, now=services.clock())
    language = request_language(request)
    if format == "csv":
        return _file(as_csv(found, language), "text/csv; charset=utf-8", found, "csv")
    return _file(as_xlsx(found, language, services.settings.organisation), XLSX, found, "xlsx")


def _issued(request: Request, services: Services, account: Account, found: Recap) -> bytes:
    origin = services.settings.public_url or str(request.base_url).rstrip("/")

    def draw(code: str) -> bytes:
        paper = Paper(
            services.settings.organisation,
            code,
            f"{origin}/verify/{code}",
            request_language(request),
            services.settings.zone,
        )
        return as_pdf(found, paper)

    return services.issued_recaps.issue(found, account, draw)


def _file(content: bytes | Iterator[bytes], media_type: str, found: Recap, ending: str) -> Response:
    whose = f"-{found.unit.code}" if found.unit else ""
    name = f"rekap{whose}-{found.first:%Y-%m}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if isinstance(content, bytes):
        return Response(content, media_type=media_type, headers=headers)
    return StreamingResponse(content, media_type=media_type, headers=headers)


def recap_out(found: Recap, unit: str | None, page: int) -> RecapOut:
    start = (page - 1) * PEOPLE_A_PAGE
    return RecapOut(
        month=f"{found.first:%Y-%m}",
        unit=unit,
        status=found.status,
        computed_at=found.computed_at,
        totals=_totals(found.totals),
        units=[_unit(one) for one in found.units],
        page=page,
        pages=max(1, -(-len(found.rows) // PEOPLE_A_PAGE)),
        people=[_person(row) for row in found.rows[start : start + PEOPLE_A_PAGE]],
    )


def _unit(one: UnitTotals) -> UnitRow:
    code, name = (one.unit.code, one.unit.name) if one.unit else (None, None)
    return UnitRow(unit=code, unit_name=name, closed=one.closed, totals=_totals(one.totals))


def _totals(totals: Totals) -> TotalsOut:
    return TotalsOut(
        by_status=dict(totals.by_status),
        codes=dict(totals.codes),
        **totals.counts,
        people=totals.people,
        average_deduction=round(totals.average_deduction, 2),
    )


def _person(row: PersonRow) -> PersonOut:
    summary = row.summary
    count = partial(getattr, summary)
    return PersonOut(
        by_status=dict(summary.by_status),
        codes=dict(summary.codes),
        **{name: count(name) for name in COUNTS},
        nip=row.nip,
        name=row.name,
        employment=row.employment,
        unit=row.unit.code if row.unit else None,
        unit_name=row.unit.name if row.unit else None,
        deductions_sum=summary.deductions.sum,
        deductions_total=summary.deductions.total,
    )
