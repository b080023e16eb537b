"""Who is still to be enrolled, and who should be again, over HTTP; and the newest work on many faces."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from service import enrolment_work, people_search, reenrolment
from service.i18n import N_, translate
from service.reach import reach_of
from service.reenrolment import CLOSE_MARGIN, DAYS, LAST, OFTEN
from service.roster_template import HEADINGS
from service.web.access import RosterReader, TheServices
from service.web.api_roster import JobOut
from service.web.csv_table import csv_answer
from service.web.language import request_language

router = APIRouter(prefix="/api/enrolments", tags=["roster"])

# A page shows no more; the file has all of them.
SHOWN: Final = 200
UnitCode = Annotated[
    str | None,
    Query(max_length=100, description="Code of a unit: those in it and below it; `-`: those in no unit"),
]
NO_UNIT: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "No unit within your reach has this code"}
}
UNIT_NAME: Final = N_("Unit")


class MissingOut(BaseModel):
    nip: str
    name: str
    unit: str | None = Field(description="Code of the unit")
    unit_name: str | None
    position: str | None


class MissingPeopleOut(BaseModel):
    staff: int = Field(description="How many work here, within the reach and the unit")
    missing: int = Field(description="How many of them have no face enrolled")
    people: list[MissingOut] = Field(description=f"The first {SHOWN}, by unit and name")


class SuggestionOut(BaseModel):
    nip: str
    name: str
    unit: str | None = Field(description="Name of the unit")
    compared: int = Field(description=f"Of the last {LAST} check-ins, those with a comparison")
    close: int = Field(description="Of these, those close to the threshold or below it")
    below: int = Field(description="Of these, those below it")
    since: datetime = Field(description="When the present enrolment was made")


class SuggestionsOut(BaseModel):
    days: int = DAYS
    often: int = Field(OFTEN, description="From so many close check-ins on somebody is named")
    margin: float = Field(CLOSE_MARGIN, description="How far above the threshold is close")
    people: list[SuggestionOut] = Field(description="Who needs it most first")


class LatestOut(BaseModel):
    job: JobOut | None = Field(description="Null where you have asked for none, or it ended long ago")


@router.get(
    "/missing",
    response_model=MissingPeopleOut,
    responses={200: {"content": {"text/csv": {}}, "description": "With `format=csv` all of them"}, **NO_UNIT},
)
def missing(
    request: Request,
    services: TheServices,
    account: RosterReader,
    unit: UnitCode = None,
    file_format: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response | MissingPeopleOut:
    """Who works here and has no face enrolled."""
    found = people_search.without_face(services.db, unit=unit or None, reach=reach_of(account))
    if file_format == "csv":
        language = request_language(request)
        titles = (HEADINGS["nip"], HEADINGS["name"], HEADINGS["unit"], UNIT_NAME, HEADINGS["position"])
        rows = [(one.nip, one.name, one.unit, one.unit_name, one.position) for one in found.people]
        return csv_answer([translate(language, title) for title in titles], rows, "hadir-not-enrolled.csv")
    return MissingPeopleOut(
        staff=found.staff,
        missing=len(found.people),
        people=[MissingOut.model_validate(one, from_attributes=True) for one in found.people[:SHOWN]],
    )


@router.get("/suggestions", responses=NO_UNIT)
def suggestions(services: TheServices, account: RosterReader, unit: UnitCode = None) -> SuggestionsOut:
    """Who should be enrolled again: their check-ins keep coming close to the threshold, or fall below it."""
    found = reenrolment.suggestions(
        services.db, services.gallery.encoders, services.clock(), unit=unit or None, reach=reach_of(account)
    )
    return SuggestionsOut(people=[SuggestionOut.model_validate(asdict(one)) for one in found])


@router.get("/latest")
def latest(services: TheServices, account: RosterReader) -> LatestOut:
    """The newest ZIP of photos that you have sent: how far it is, or what came of it."""
    found = services.jobs.latest(enrolment_work.KIND, of=account.id)
    return LatestOut(job=None if found is None else JobOut.model_validate(found, from_attributes=True))
