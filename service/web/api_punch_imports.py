"""Files of fingerprint machines over HTTP: looked at, imported, and taken back."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile
from pydantic import BaseModel, Field, ValidationError

from enrollment.table_file import BadTable
from service import punch_imports
from service.attendance.machine_file import PunchKind, ReadProblem, ReadRow, first_rows
from service.errors import InvalidRequest, TooDeep
from service.machine_errors import MachineClosed, PunchFileRefused
from service.machines import machine_row, parse_format
from service.punch_imports import KIND, LONGEST_FILE_NAME, Mode
from service.punch_template import csv_template, xlsx_template
from service.reach import reach_of
from service.web.access import RosterKeeper, RosterReader, TheServices
from service.web.api_machines import NO_MACHINE, Code, FormatModel
from service.web.api_roster import XLSX, JobAsked
from service.web.body_limit import PUNCH_FILE_BYTES
from service.web.json_depth import JsonDepth
from service.web.language import request_language
from service.web.request_forms import LARGEST_ID, NewRevocation, Page
from service.web.uploads import read_upload

router = APIRouter(prefix="/api", tags=["fingerprint machines"])

PREVIEWED: Final = 8
LONGEST_FORMAT: Final = 8_000
ImportId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
MachineFileUpload = Annotated[UploadFile, File(description="CSV or XLSX, at most 16 MB and 200,000 rows")]
NO_IMPORT: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "There is no such machine within your reach, or no such import of it"}
}


class ReadRowOut(BaseModel):
    row: int = Field(description="As the file's own program numbers it")
    cells: list[str] = Field(description="What the file shows")
    number: str | None
    at: str | None = Field(description="By the machine's clock, as `2026-11-24T07:28:10`")
    kind: PunchKind | None = Field(description="`any` leaves the direction open")
    problem: ReadProblem | None = Field(description="Why the row can't be read")


class PreviewOut(BaseModel):
    rows: list[ReadRowOut] = Field(description="The first ones that are not empty, after the headings")


class ImportOut(BaseModel):
    id: int
    file_name: str
    sha256: str = Field(description="Of the file")
    imported_at: datetime
    imported_by: str
    finished_at: datetime | None = Field(description="Null while it is imported, or when that was broken off")
    added: int = Field(description="Times that it brought")
    there: int = Field(description="Times that an earlier import had brought")
    wrong: int = Field(description="Rows left out")
    first_at: datetime | None
    last_at: datetime | None
    taken_back_at: datetime | None
    taken_back_by: str | None
    taken_back_reason: str | None
    again: bool = Field(
        description="What it left out as there was taken back since: the file has to be imported again"
    )


class ImportsOut(BaseModel):
    total: int
    page: int
    pages: int
    imports: list[ImportOut] = Field(description="The newest first")


class ImportWithReportOut(BaseModel):
    record: ImportOut
    report: dict[str, Any] | None = Field(
        description="Numbers of rows by what became of them, and the first rows with a problem; null until it is "
        "finished"
    )


class TakenBackOut(BaseModel):
    import_again: list[str] = Field(
        description="Files that left out what this import had brought: import them again"
    )


@router.post("/machine-files/preview")
def preview(
    _account: RosterKeeper,
    file: MachineFileUpload,
    file_format: Annotated[
        str, Form(max_length=LONGEST_FORMAT, description="JSON, as `file_format` of a machine")
    ],
) -> PreviewOut:
    """How the first rows of a file are read. Nothing is kept of it."""
    wanted = parse_format(_format(file_format).plain())
    try:
        rows = first_rows(read_upload(file, PUNCH_FILE_BYTES), wanted, PREVIEWED)
    except BadTable as bad:
        raise PunchFileRefused(bad.reason) from bad
    if not rows:
        raise PunchFileRefused("no_rows")
    return PreviewOut(rows=[_read_row(row) for row in rows])


@router.get(
    "/machine-files/template",
    response_class=Response,
    responses={200: {"content": {XLSX: {}, "text/csv": {}}, "description": "The file"}},
)
def template(
    request: Request,
    _account: RosterReader,
    file_format: Annotated[Literal["xlsx", "csv"], Query(alias="format")] = "xlsx",
) -> Response:
    """An empty file to fill in, for machines whose own files can't be used."""
    language = request_language(request)
    data, media_type = (
        (csv_template(language), "text/csv; charset=utf-8")
        if file_format == "csv"
        else (xlsx_template(language), XLSX)
    )
    disposition = f'attachment; filename="hadir-machine.{file_format}"'
    return Response(data, media_type=media_type, headers={"content-disposition": disposition})


@router.post(
    "/machines/{code}/imports",
    status_code=202,
    responses={
        **NO_MACHINE,
        202: {"description": "To be done; see the job"},
        409: {"description": "The machine is not in use any more"},
    },
)
def import_file(
    response: Response,
    code: Code,
    services: TheServices,
    account: RosterKeeper,
    file: MachineFileUpload,
    mode: Annotated[
        Mode,
        Form(
            description="`check` changes nothing; `all` takes the file over unless a row has a problem; "
            "`good_rows` leaves out those that have one"
        ),
    ] = "check",
) -> JobAsked:
    """Take over a file of a machine, or see what that would do.

    Times that are there already are counted and left alone, so the same file, or one that overlaps, doubles
    nothing. The report of the job says of each row with a problem why it is left out.
    """
    with services.db.read() as session:
        machine = machine_row(session, code, reach_of(account))
    if machine.closed_at is not None:
        raise MachineClosed
    options = {"machine": machine.code, "mode": mode, "file_name": _name_of(file)}
    job_id = services.jobs.ask(KIND, read_upload(file, PUNCH_FILE_BYTES), options, by=account.id)
    response.headers["Location"] = f"/api/jobs/{job_id}"
    return JobAsked(id=job_id)


@router.get("/machines/{code}/imports", responses=NO_MACHINE)
def list_imports(code: Code, services: TheServices, account: RosterReader, page: Page = 1) -> ImportsOut:
    """What was imported of a machine, the newest first."""
    found = punch_imports.list_imports(services.db, code, reach_of(account), page)
    return ImportsOut.model_validate(asdict(found))


@router.get("/machines/{code}/imports/{import_id}", responses=NO_IMPORT)
def one_import(
    code: Code, import_id: ImportId, services: TheServices, account: RosterReader
) -> ImportWithReportOut:
    """One import, with its report."""
    record, report = punch_imports.one_import(services.db, code, import_id, reach_of(account))
    return ImportWithReportOut(record=ImportOut.model_validate(asdict(record)), report=report)


@router.post(
    "/machines/{code}/imports/{import_id}/taking-back",
    responses={
        **NO_IMPORT,
        403: {"description": "It has times of people outside your reach"},
        409: {"description": "It was taken back already"},
    },
)
def take_back(
    code: Code, import_id: ImportId, wanted: NewRevocation, services: TheServices, account: RosterKeeper
) -> TakenBackOut:
    """Let an import count for nothing any more, for a reason. Its times stay on record."""
    again = punch_imports.take_back(
        services.db, services.settings.zone, account, code, import_id, words=wanted.note, now=services.clock()
    )
    return TakenBackOut(import_again=list(again))


def _format(text: str) -> FormatModel:
    """Raises InvalidRequest and TooDeep."""
    if JsonDepth().too_deep(text.encode("utf-8", "surrogatepass")):
        raise TooDeep
    try:
        return FormatModel.model_validate_json(text)
    except ValidationError as refused:
        fields = [
            {"field": ".".join(["file_format", *(str(part) for part in item["loc"])]), "problem": item["msg"]}
            for item in refused.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise InvalidRequest(fields=fields) from None


def _read_row(row: ReadRow) -> ReadRowOut:
    read = row.read
    return ReadRowOut(
        row=row.row,
        cells=list(row.cells),
        number=read.number if read else None,
        at=f"{read.at:%Y-%m-%dT%H:%M:%S}" if read else None,
        kind=read.kind if read else None,
        problem=row.problem,
    )


def _name_of(file: UploadFile) -> str:
    """Without signs that nobody can see, which a database may refuse."""
    name = "".join(sign for sign in file.filename or "" if sign.isprintable())
    return name.strip()[:LONGEST_FILE_NAME] or "-"
