"""The roster and the enrolment of faces over HTTP: for HR and administrators."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, File, Form, Path, Query, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from enrollment.likeness import Likeness
from models.engine import FaceReading
from models.image import MAX_BYTES
from models.quality import ENROLMENT_LIMITS
from service import people, people_search
from service.access_errors import NotAllowed
from service.consent import Consented
from service.db.tables import Account, EmploymentClass, Role
from service.enrolment import as_json
from service.errors import ConsentMissing, InvalidRequest
from service.people_search import Person
from service.reach import reach_of
from service.web.access import RosterKeeper, RosterReader, TheServices, is_of_program, session_token
from service.web.language import request_language
from service.web.uploads import read_upload
from service.wiring import Services

router = APIRouter(prefix="/api", tags=["employees"])

MOST_PHOTOS = 5
NOBODY: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "Nobody within your reach has this NIP"}
}
Nip = Annotated[str, Path(max_length=100, examples=["198503302003121002"])]
Photos = Annotated[
    list[UploadFile], File(description=f"1 to {MOST_PHOTOS} photos of one person, at most 10 MB each")
]

ConsentGiven = Annotated[
    bool,
    Form(
        description="The employee has agreed to their face being enrolled; needed unless it is recorded already"
    ),
]


class PersonOut(BaseModel):
    nip: str
    name: str
    active: bool
    enrolled: bool
    photos: int = Field(description="How many photos the template is made of")
    unit: str | None = Field(description="Code of the unit in which the employee works; null for none yet")
    unit_name: str | None
    position: str | None
    employment: EmploymentClass | None
    works_from: date | None = Field(description="First day of service; null where nobody has said")
    works_until: date | None = Field(description="Last day of service")


class PeopleOut(BaseModel):
    total: int
    page: int
    pages: int
    employees: list[PersonOut]


class NewEmployee(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"nip": "198503302003121002", "name": "Siti Rahmawati", "role": "employee", "unit": "KEC-01"}
            ]
        }
    )

    nip: str = Field(max_length=100)
    name: str = Field(max_length=400)
    role: Role = Field("employee", description="Only an administrator adds other than employees")
    unit: str | None = Field(
        None, max_length=100, description="Code of a unit; who is limited to a unit must give one within it"
    )


class SetupLinkOut(BaseModel):
    setup_url: str = Field(description="By this the employee sets a password, once. It is not shown again")
    expires_at: datetime


class Reset(BaseModel):
    second_factor: StrictBool = Field(
        False, description="Remove the authenticator app too: the phone is lost"
    )


class NewEmployeeOut(PersonOut, SetupLinkOut):
    pass


class PhotoOut(BaseModel):
    index: int
    accepted: bool
    problems: list[str]


class LookalikeOut(BaseModel):
    nip: str | None = Field(description="Null, and so the name and the unit: somebody outside your reach")
    name: str | None
    unit: str | None = Field(description="Name of the unit; null also for somebody in no unit")
    similarity: float
    likeness: Likeness = Field(description="`usual`: as alike as photos of one person usually are")


class ComparedOut(BaseModel):
    similarity: float
    likeness: Likeness


class PreviewOut(BaseModel):
    photos: list[PhotoOut]
    set_problems: list[str] = Field(description="Why these photos can't be enrolled together")
    template_photos: int = Field(description="How many of them the template would be made of")
    among: ComparedOut | None = Field(description="The two least alike of the fit photos; null for one photo")
    enrolled: ComparedOut | None = Field(description="With the template in use; null where there is none")
    lookalikes: list[LookalikeOut] = Field(description="To be looked at one by one before saving")
    may_be_saved: bool = Field(
        description="False where the set is unfit, or a look-alike is outside your reach"
    )


class EnrolmentOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "nip": "198503302003121002",
                    "photos": [
                        {"index": 0, "accepted": True, "problems": []},
                        {"index": 1, "accepted": False, "problems": ["blurred"]},
                    ],
                    "template_photos": 1,
                    "lookalikes": [],
                }
            ]
        }
    )

    nip: str
    photos: list[PhotoOut]
    template_photos: int
    lookalikes: list[LookalikeOut]


class PhotoCheckOut(BaseModel):
    problems: list[str] = Field(
        description="Codes of what keeps the photo from being enrolled; empty when fit"
    )
    quality: dict[str, Any] | None = Field(description="Null where there is no face to measure")


def may_manage(account: Account, role: Role) -> None:
    """HR keeps employees; only an administrator may give or take over an account of more rights."""
    if role != "employee" and account.role != "admin":
        raise NotAllowed


def refuse_program(request: Request, role: Role) -> None:
    """No program makes or takes over such an account: whoever found its token would have all those rights."""
    if role != "employee" and is_of_program(session_token(request)):
        raise NotAllowed


def _person(person: Person) -> PersonOut:
    return PersonOut.model_validate(asdict(person))


def _setup_url(services: Services, token: str) -> str:
    """A path alone where no public address is set: the page completes it with its own."""
    return f"{services.settings.public_url or ''}/setup/{token}"


def _read(uploads: Sequence[UploadFile]) -> list[bytes]:
    return [read_upload(upload, MAX_BYTES) for upload in uploads]


@router.get("/employees", responses={404: {"description": "No unit within your reach has this code"}})
def list_employees(
    services: TheServices,
    account: RosterReader,
    query: Annotated[
        str, Query(max_length=200, description="Part of the name, or beginning of the NIP")
    ] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    unit: Annotated[
        str | None,
        Query(max_length=100, description="Code of a unit: those in it and below it; `-`: those in no unit"),
    ] = None,
    face: Annotated[
        Literal["missing"] | None, Query(description="`missing`: who works here and has no face enrolled")
    ] = None,
) -> PeopleOut:
    """The roster within reach, by name."""
    found = people_search.find_people(
        services.db,
        query=query,
        page=page,
        unit=unit or None,
        without_face=face == "missing",
        reach=reach_of(account),
    )
    return PeopleOut(
        total=found.total,
        page=found.page,
        pages=found.pages,
        employees=[_person(person) for person in found.people],
    )


@router.post(
    "/employees",
    status_code=201,
    responses={
        403: {"description": "Only an administrator adds other than employees"},
        404: {"description": "No unit within your reach has this code"},
        409: {"description": "The NIP is taken"},
    },
)
def add_employee(
    wanted: NewEmployee, request: Request, services: TheServices, account: RosterKeeper
) -> NewEmployeeOut:
    """Add an employee, with an account that a one-time link sets the password of."""
    may_manage(account, wanted.role)
    refuse_program(request, wanted.role)
    person, link = people.add_employee(
        services.db,
        services.auth,
        by=account.id,
        nip=wanted.nip,
        name=wanted.name,
        role=wanted.role,
        now=services.clock(),
        unit=wanted.unit,
        reach=reach_of(account),
    )
    return NewEmployeeOut(
        **asdict(person), setup_url=_setup_url(services, link.token), expires_at=link.expires_at
    )


@router.get("/employees/{nip}", responses=NOBODY)
def one_employee(nip: Nip, services: TheServices, account: RosterReader) -> PersonOut:
    """One employee."""
    return _person(people_search.get_person(services.db, nip, reach=reach_of(account)))


@router.post(
    "/employees/{nip}/setup-link",
    status_code=201,
    responses={403: {"description": "An account of more rights than yours, or your own record"}, **NOBODY},
)
def renew_setup_link(
    nip: Nip, request: Request, services: TheServices, account: RosterKeeper, reset: Reset | None = None
) -> SetupLinkOut:
    """A new one-time link, for an employee who has lost the first or forgotten the password."""
    reach = reach_of(account)
    role = people.role_of(services.db, nip, reach=reach)
    may_manage(account, role)
    refuse_program(request, role)
    link = people.renew_setup_link(
        services.db,
        services.auth,
        nip=nip,
        now=services.clock(),
        by=account.id,
        second_factor=services.second_factor if reset is not None and reset.second_factor else None,
        reach=reach,
    )
    return SetupLinkOut(setup_url=_setup_url(services, link.token), expires_at=link.expires_at)


@router.post(
    "/employees/{nip}/photos",
    status_code=201,
    responses={
        403: {"description": "Your own record"},
        409: {
            "description": "Looks like somebody else; look at each, and name them in `looked_at`. With "
            "`looks_like_someone_outside` only somebody who reaches that person can confirm"
        },
        **NOBODY,
        422: {"description": "No photo is fit, or they show several people, or there is no consent"},
    },
)
def enrol(
    nip: Nip,
    request: Request,
    services: TheServices,
    account: RosterKeeper,
    photos: Photos,
    consent: ConsentGiven = False,
    looked_at: Annotated[
        list[str] | None,
        Form(
            max_length=100,
            description="NIPs of those it looks like: each was looked at, and is somebody else",
        ),
    ] = None,
) -> EnrolmentOut:
    """Enrol a face. The photos replace those of an earlier enrolment; nothing is stored unless it succeeds."""
    _refuse_unasked(services, account, nip, consent, photos)
    result = services.enrolment.enrol(
        nip,
        _read(photos),
        by=account.id,
        consent=Consented(request_language(request)) if consent else None,
        looked_at=looked_at or (),
        now=services.clock(),
        reach=reach_of(account),
    )
    return EnrolmentOut(
        nip=result.nip,
        photos=[PhotoOut.model_validate(as_json(photo)) for photo in result.photos],
        template_photos=result.template_photos,
        lookalikes=[LookalikeOut.model_validate(asdict(lookalike)) for lookalike in result.lookalikes],
    )


@router.post(
    "/employees/{nip}/photos/preview",
    responses={
        403: {"description": "Your own record"},
        **NOBODY,
        422: {"description": "There is no consent, or there are too many photos"},
    },
)
def preview(
    nip: Nip, services: TheServices, account: RosterKeeper, photos: Photos, consent: ConsentGiven = False
) -> PreviewOut:
    """What these photos would make: how alike they are, and whom they resemble. Nothing is stored."""
    _refuse_unasked(services, account, nip, consent, photos)
    found = services.enrolment_preview.preview(nip, _read(photos), reach=reach_of(account))
    return PreviewOut(
        photos=[PhotoOut.model_validate(as_json(photo)) for photo in found.photos],
        set_problems=list(found.set_problems),
        template_photos=found.template_photos,
        among=found.among and ComparedOut.model_validate(asdict(found.among)),
        enrolled=found.enrolled and ComparedOut.model_validate(asdict(found.enrolled)),
        lookalikes=[LookalikeOut.model_validate(asdict(one)) for one in found.lookalikes],
        may_be_saved=found.may_be_saved,
    )


def _refuse_unasked(
    services: Services, account: Account, nip: str, consent: bool, photos: Sequence[UploadFile]
) -> None:
    """No photo is looked at without consent, given now or recorded."""
    if not consent and services.enrolment.consented_at(nip, reach_of(account)) is None:
        raise ConsentMissing
    if len(photos) > MOST_PHOTOS:
        raise InvalidRequest(fields=[{"field": "photos", "problem": f"at most {MOST_PHOTOS}"}])


@router.post("/photos/check")
def check_photo(
    services: TheServices, _account: RosterKeeper, photo: Annotated[UploadFile, File()]
) -> PhotoCheckOut:
    """Is this photo fit to enrol? Nothing is stored."""
    outcome = services.enrolment.check(_read([photo])[0]).outcome
    if isinstance(outcome, FaceReading):
        return PhotoCheckOut(
            problems=list(outcome.quality.problems(ENROLMENT_LIMITS)), quality=asdict(outcome.quality)
        )
    return PhotoCheckOut(problems=list(outcome.codes), quality=None)
