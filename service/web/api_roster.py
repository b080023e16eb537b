"""The roster as a file, and the long work that takes it over."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from service import enrolment_work
from service.db.job_tables import JobState
from service.errors import ConsentMissing
from service.reach import reach_of
from service.roster_template import csv_template, xlsx_template
from service.roster_work import KIND, Mode
from service.units import list_units
from service.web.access import RosterKeeper, RosterReader, TheServices
from service.web.language import request_language
from service.web.uploads import read_upload

router = APIRouter(prefix="/api", tags=["roster"])

MIB = 1024 * 1024
ROSTER_BYTES = 8 * MIB
PHOTOS_ZIP_BYTES = 64 * MIB
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class JobAsked(BaseModel):
    id: str = Field(description="For `GET /api/jobs/{id}`")


class JobOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0b8f0e5d1c2a4f6e8a9b7c6d5e4f3a2b",
                    "kind": "roster",
                    "state": "done",
                    "done": 2,
                    "total": 2,
                    "report": {
                        "applied": False,
                        "added": 1,
                        "changed": 0,
                        "unchanged": 0,
                        "wrong": 1,
                        "changes": [],
                        "problems": [{"row": 3, "column": "nip", "code": "rounded_number"}],
                    },
                    "asked_at": "2026-11-24T02:00:00Z",
                    "ended_at": "2026-11-24T02:00:01Z",
                }
            ]
        }
    )

    id: str
    kind: str
    state: JobState
    done: int = Field(description="Steps done")
    total: int = Field(description="Of how many; 0 while that is not known")
    report: dict[str, Any] | None = Field(
        description="Numbers of rows, and by row what changes and what is wrong; or `refused`, why the file is "
        "no roster. Null until the work has ended, and where it failed"
    )
    asked_at: datetime
    ended_at: datetime | None


@router.post("/roster", status_code=202, responses={202: {"description": "To be done; see the job"}})
def import_roster(
    response: Response,
    services: TheServices,
    account: RosterKeeper,
    file: Annotated[UploadFile, File(description="CSV or XLSX, at most 8 MB and 20,000 rows")],
    mode: Annotated[
        Mode,
        Form(
            description="`check` changes nothing; `all` takes the file over unless a row has a problem; "
            "`good_rows` leaves out those that have one"
        ),
    ] = "check",
) -> JobAsked:
    """Take over a file of employees, or see what that would do.

    Who is new is added, of the others what the file says is taken over; an empty cell says nothing, and nobody
    is removed. Columns: NIP, name, unit code, position, class (PNS, PPPK, THL), first and last day of work.
    """
    job_id = services.jobs.ask(KIND, read_upload(file, ROSTER_BYTES), {"mode": mode}, by=account.id)
    response.headers["Location"] = f"/api/jobs/{job_id}"
    return JobAsked(id=job_id)


@router.post("/enrolments", status_code=202, responses={202: {"description": "To be done; see the job"}})
def enrol_many(
    request: Request,
    response: Response,
    services: TheServices,
    account: RosterKeeper,
    photos: Annotated[
        UploadFile, File(description="ZIP of `NIP/photo.jpg`, at most 64 MB and five photos a person")
    ],
    consent: Annotated[
        bool, Form(description="All of them have agreed to their face being enrolled")
    ] = False,
) -> JobAsked:
    """Enrol the faces of many people who are on the roster, from a ZIP with a folder for each.

    Who is enrolled by the same photos already is skipped, so the same file can be sent again. The report says
    of everybody else why not, and which photos were left out.
    """
    if not consent:
        raise ConsentMissing
    options = {"language": request_language(request)}
    data = read_upload(photos, PHOTOS_ZIP_BYTES)
    job_id = services.jobs.ask(enrolment_work.KIND, data, options, by=account.id)
    response.headers["Location"] = f"/api/jobs/{job_id}"
    return JobAsked(id=job_id)


@router.get("/jobs/{job_id}", tags=["jobs"], responses={404: {"description": "No such work of yours"}})
def job(job_id: Annotated[str, Path(max_length=64)], services: TheServices, account: RosterReader) -> JobOut:
    """How far a piece of long work is that you have asked for."""
    return JobOut.model_validate(services.jobs.status(job_id, of=account.id), from_attributes=True)


@router.get(
    "/roster/template",
    response_class=Response,
    responses={200: {"content": {XLSX: {}, "text/csv": {}}, "description": "The file"}},
)
def template(
    request: Request,
    services: TheServices,
    account: RosterReader,
    file_format: Annotated[Literal["xlsx", "csv"], Query(alias="format")] = "xlsx",
) -> Response:
    """An empty file to fill in."""
    language = request_language(request)
    if file_format == "csv":
        data, media_type = csv_template(language), "text/csv; charset=utf-8"
    else:
        units = [(unit.code, unit.name) for unit in list_units(services.db, reach_of(account))]
        data, media_type = xlsx_template(language, units), XLSX
    disposition = f'attachment; filename="hadir-roster.{file_format}"'
    return Response(data, media_type=media_type, headers={"content-disposition": disposition})
