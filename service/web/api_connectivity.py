"""The survey of the sites' links over HTTP, as JSON or CSV."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from service.connectivity import DAYS, MOST_DAYS, SiteLink, survey
from service.reach import reach_of
from service.safe_cells import harmless_cell
from service.web.access import RosterReader, TheServices

router = APIRouter(prefix="/api/sites", tags=["sites"])

COLUMNS: Final = (
    "code",
    "name",
    "unit",
    "unit_name",
    "checkins",
    "uploads",
    "p50_ms",
    "p95_ms",
    "share_late",
    "last_contact",
)


class SiteLinkOut(BaseModel):
    code: str
    name: str
    unit: str
    unit_name: str
    checkins: int
    uploads: int = Field(description="Of which the phone measured the time")
    p50_ms: int | None = Field(description="Half of the uploads took no longer; null without a measured one")
    p95_ms: int | None = Field(description="19 of 20 uploads took no longer")
    share_late: float | None = Field(
        description="Of the check-ins, 0 to 1, that had waited on the phone for a connection"
    )
    last_contact: datetime | None = Field(description="To the hour, however long ago")
    trend_ms: list[int | None] = Field(description="Median time of each day, the oldest first")


class SurveyOut(BaseModel):
    days: int
    sites: list[SiteLinkOut] = Field(description="The worst first; those without a check-in last")


@router.get(
    "/connectivity",
    response_model=SurveyOut,
    responses={
        200: {"content": {"text/csv": {}}, "description": "With `format=csv` a table without the trend"}
    },
)
def connectivity(
    services: TheServices,
    account: RosterReader,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="So many days up to today")] = DAYS,
    format: Annotated[Literal["json", "csv"], Query()] = "json",  # noqa: A002 - the customary query name
) -> Response | SurveyOut:
    """How well the open sites within reach are served, by what check-ins have measured."""
    links = survey(services.db, services.settings.zone, services.clock(), days=days, reach=reach_of(account))
    if format == "csv":
        headers = {"Content-Disposition": 'attachment; filename="hadir-connectivity.csv"'}
        return Response(as_csv(links), media_type="text/csv; charset=utf-8", headers=headers)
    return SurveyOut(days=days, sites=[SiteLinkOut.model_validate(asdict(link)) for link in links])


def as_csv(links: Iterable[SiteLink]) -> str:
    """RFC 4180, with the mark by which spreadsheets see that it is UTF-8."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for link in links:
        values = asdict(link)
        values["last_contact"] = link.last_contact.isoformat() if link.last_contact else None
        values["share_late"] = None if link.share_late is None else round(link.share_late, 4)
        writer.writerow([harmless_cell(values[name]) for name in COLUMNS])
    return "\ufeff" + table.getvalue()
