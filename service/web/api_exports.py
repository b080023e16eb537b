"""Exports to other applications over HTTP: profiles of how their files look, and the files."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from service import export_profiles
from service.db.tables import Account
from service.export_definitions import (
    MOST_COLUMNS,
    Column,
    DecimalMark,
    Definition,
    Delimiter,
    Encoding,
    FileType,
    templates,
)
from service.export_fields import FIELDS, FieldKind, RowKind
from service.export_files import KEPT, wanted_by
from service.export_formats import MEDIA_TYPES, texts_of
from service.export_profiles import Profile
from service.export_rows import PREVIEW_ROWS, preview
from service.i18n import translate
from service.reach import reach_of
from service.units import LONGEST_CODE
from service.web.access import MonthKeeper, MonthReader, TheServices, require
from service.web.calendar_fields import MONTH
from service.web.language import request_language
from service.web.request_forms import LARGEST_ID

router = APIRouter(prefix="/api", tags=["exports"])

# Longer ones are refused by `service.export_definitions`, which says where.
LONGEST: Final = 1000
MOST_CODES: Final = 50
Reader = Annotated[Account, Depends(require("hr", "admin", scope="checkins:read"))]
ProfileId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Version = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Field(max_length=LONGEST)]
UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {404: {"description": "There is no such profile"}}
CHANGED: Final[dict[int | str, dict[str, Any]]] = {
    **UNKNOWN,
    409: {"description": "Somebody has changed it meanwhile, or another profile has this name"},
}


class ColumnBody(BaseModel):
    source: Text = Field(
        description="Key of a field, see `GET /api/export-fields`; `fixed` is a text of your own"
    )
    header: Text = ""
    format: Text | None = Field(
        None,
        description="Of a date or time: YYYY, YY, MM, DD, HH, mm, ss and marks; null is YYYY-MM-DD or HH:mm",
    )
    decimals: int | None = Field(None, ge=-LARGEST_ID, le=LARGEST_ID, description="Of a number, 0 to 6")
    text: Text = Field("", description="The fixed one")
    values: dict[Text, Text] | None = Field(
        None, max_length=MOST_CODES, description="Of a code: what is written in its place"
    )
    otherwise: Text | None = Field(None, description="In place of all other codes; null is the code itself")
    empty: Text = Field("", description="Where there is no value")


class DefinitionBody(BaseModel):
    """How a file looks. Also what `.../definition` gives, to be taken to another installation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Absensi harian",
                    "row": "day",
                    "delimiter": ";",
                    "columns": [
                        {"source": "nip", "header": "NIP"},
                        {"source": "date", "header": "TANGGAL", "format": "DD/MM/YYYY"},
                        {"source": "status", "header": "KODE", "values": {"present": "H", "absent": "TK"}},
                    ],
                }
            ]
        }
    )

    name: Text
    row: RowKind
    file_type: FileType = "csv"
    delimiter: Delimiter = ";"
    encoding: Encoding = "utf-8-bom"
    decimal_mark: DecimalMark = Field(".", description="In a CSV")
    header: StrictBool = Field(True, description="Whether the first row holds the headers")
    working_days_only: StrictBool = Field(True, description="Without free days, where a row is a day")
    columns: list[ColumnBody] = Field(max_length=2 * MOST_COLUMNS)

    def definition(self) -> Definition:
        values = self.model_dump(exclude={"columns", "version", "unit", "month"})
        return Definition(**values, columns=tuple(Column(**column.model_dump()) for column in self.columns))


class ChangedDefinition(DefinitionBody):
    version: Version = Field(description="The one that was seen")


class PreviewBody(DefinitionBody):
    unit: str | None = Field(None, max_length=2 * LONGEST_CODE)
    month: str = Field(pattern=MONTH)


class ProfileOut(DefinitionBody):
    id: int
    version: int
    changed_at: datetime


class ProfilesOut(BaseModel):
    profiles: list[ProfileOut] = Field(description="By name")
    templates: list[DefinitionBody] = Field(description="To begin with")
    may_change: bool = Field(description="You may add, change and remove profiles")


class FieldOut(BaseModel):
    key: str
    label: str
    description: str
    kind: FieldKind
    rows: list[RowKind] = Field(description="For which kinds of rows it is")
    codes: list[str] = Field(description="All values of a code")


class FieldsOut(BaseModel):
    fields: list[FieldOut]


class PreviewOut(BaseModel):
    header: list[str]
    rows: list[list[str]] = Field(description=f"At most {PREVIEW_ROWS}, as a CSV would have them")


class NewFile(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"unit": "KEC-01", "month": "2026-11"}]})

    unit: str | None = Field(
        None, max_length=2 * LONGEST_CODE, description="Code, with everything below it; null is all you reach"
    )
    month: str = Field(pattern=MONTH)


class FileAsked(BaseModel):
    file: str | None = Field(description="For `GET /api/export-files/{id}`; null while it is being made")
    job: str | None = Field(description="For `GET /api/jobs/{id}`, whose report names the `file`")


@router.get("/export-profiles")
def list_profiles(request: Request, services: TheServices, account: Reader) -> ProfilesOut:
    """All profiles, and templates in your language."""
    return ProfilesOut(
        profiles=[_out(one) for one in export_profiles.list_profiles(services.db)],
        templates=[_body(one) for one in templates(request_language(request))],
        may_change=reach_of(account).everybody,
    )


@router.post("/export-profiles", status_code=201, responses={409: CHANGED[409]})
def add_profile(wanted: DefinitionBody, services: TheServices, account: MonthKeeper) -> ProfileOut:
    """A new profile, of your own making or one that was taken from another installation."""
    return _out(
        export_profiles.add_profile(
            services.db, wanted.definition(), services.clock(), reach=reach_of(account), by=account.id
        )
    )


@router.get("/export-profiles/{profile_id}", responses=UNKNOWN)
def one_profile(profile_id: ProfileId, services: TheServices, _account: Reader) -> ProfileOut:
    return _out(export_profiles.one_profile(services.db, profile_id))


@router.put("/export-profiles/{profile_id}", responses=CHANGED)
def change_profile(
    profile_id: ProfileId, wanted: ChangedDefinition, services: TheServices, account: MonthKeeper
) -> ProfileOut:
    """Another definition in place of the one that you have seen."""
    changed = export_profiles.change_profile(
        services.db,
        profile_id,
        wanted.definition(),
        services.clock(),
        version=wanted.version,
        reach=reach_of(account),
        by=account.id,
    )
    return _out(changed)


@router.delete("/export-profiles/{profile_id}", status_code=204, responses=CHANGED)
def remove_profile(
    profile_id: ProfileId,
    services: TheServices,
    account: MonthKeeper,
    version: Annotated[int, Query(ge=1, le=LARGEST_ID, description="The one that was seen")],
) -> None:
    export_profiles.remove_profile(
        services.db, profile_id, services.clock(), version=version, reach=reach_of(account), by=account.id
    )


@router.get("/export-profiles/{profile_id}/definition", responses=UNKNOWN)
def definition(
    profile_id: ProfileId, response: Response, services: TheServices, _account: Reader
) -> DefinitionBody:
    """The profile as a file, to be taken to another installation."""
    found = export_profiles.one_profile(services.db, profile_id)
    response.headers["Content-Disposition"] = f'attachment; filename="hadir-export-{profile_id}.json"'
    return _body(found.definition)


@router.post(
    "/export-profiles/{profile_id}/files",
    status_code=202,
    responses={
        202: {"description": "It is there, or being made; see which of the two is named"},
        404: {"description": "There is no such profile, or no unit within your reach has this code"},
        409: {"description": "Nobody has a day to export"},
    },
)
def make_file(profile_id: ProfileId, wanted: NewFile, services: TheServices, account: Reader) -> FileAsked:
    """A file of a unit and a month, up to today."""
    found = export_profiles.one_profile(services.db, profile_id)
    whom = wanted_by(services.db, account, wanted.unit or None, _month(wanted.month))
    asked = services.export_files.ask(services.jobs, account, found.definition, whom)
    return FileAsked(file=asked.file_id, job=asked.job_id)


@router.get(
    "/export-files/{file_id}",
    response_class=Response,
    responses={
        200: {
            "content": {kind.split(";")[0]: {} for kind in MEDIA_TYPES.values()},
            "description": "The file",
        },
        404: {"description": f"There is no such file of yours; they are kept for {KEPT.days} day"},
    },
)
def fetch_file(
    file_id: Annotated[str, Path(max_length=64)], services: TheServices, account: Reader
) -> Response:
    """A file that you have asked for."""
    found = services.export_files.fetch(account, file_id)
    headers = {"Content-Disposition": f'attachment; filename="{found.file_name}"'}
    return Response(found.data, media_type=found.media_type, headers=headers)


@router.get("/export-fields")
def list_fields(request: Request, _services: TheServices, _account: Reader) -> FieldsOut:
    """What a column can hold."""
    language = request_language(request)
    return FieldsOut(
        fields=[
            FieldOut(
                key=field.key,
                label=translate(language, field.label),
                description=translate(language, field.description),
                kind=field.kind,
                rows=sorted(field.rows),
                codes=list(field.codes),
            )
            for field in FIELDS.values()
        ]
    )


@router.post("/export-preview", responses={404: {"description": "No unit within your reach has this code"}})
def show_preview(wanted: PreviewBody, services: TheServices, account: MonthReader) -> PreviewOut:
    """The first rows of a profile that need not be saved yet."""
    checked = export_profiles.checked(wanted.definition())
    whom = wanted_by(services.db, account, wanted.unit or None, _month(wanted.month))
    rows = preview(services.working_time, checked, whom)
    return PreviewOut(
        header=[column.header for column in checked.columns],
        rows=[texts_of(checked, row, zone) for row, zone in rows],
    )


def _month(written: str) -> date:
    return date.fromisoformat(f"{written}-01")


def _body(one: Definition) -> DefinitionBody:
    return DefinitionBody.model_validate(asdict(one))


def _out(one: Profile) -> ProfileOut:
    known = {"id": one.id, "version": one.version, "changed_at": one.changed_at}
    return ProfileOut.model_validate({**asdict(one.definition), **known})
