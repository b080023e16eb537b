"""Kiosks as HR keeps them, and the people at them whom nobody has named, over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from models import qr_code
from models.image import BadImage, sniff
from service import kiosk_attempts, kiosks
from service.db.kiosk_tables import AttemptStatus
from service.db.tables import Account
from service.kiosks import Pairing
from service.reach import reach_of
from service.web.access import Judge, TheServices, require
from service.web.api_reviews import MEDIA_TYPES
from service.web.api_second_factor import QrOut

router = APIRouter(prefix="/api", tags=["kiosks"])

KioskKeeper = Annotated[Account, Depends(require("hr", "admin"))]
# Ids of rows: databases count them in 64 bits.
KioskId = Annotated[int, Path(ge=1, le=2**53)]
UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "There is no such kiosk within reach"}
}
CODE_GROUP: Final = 5


class KioskRow(BaseModel):
    id: int
    name: str
    site: str = Field(description="Code of the site")
    site_name: str
    created_at: datetime
    paired_at: datetime | None
    used_at: datetime | None = Field(description="When the tablet was last seen, to the minute")
    revoked_at: datetime | None
    unnamed: int = Field(description="Attempts of the last seven days by people whom nobody has named")


class SiteChoice(BaseModel):
    code: str
    name: str


class KiosksOut(BaseModel):
    kiosks: list[KioskRow]
    sites: list[SiteChoice] = Field(description="Where a kiosk can be put")


class NewKiosk(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Pintu depan", "site": "KEC-01"}]})

    name: str = Field(max_length=2 * kiosks.LONGEST_NAME)
    site: str = Field(max_length=64, description="Code of the site")


class PairingOut(BaseModel):
    """By this a tablet becomes the kiosk, once. It is not shown again."""

    id: int
    code: str = Field(description="For `POST /api/kiosk/pair`")
    url: str = Field(description="What the tablet opens")
    qr: QrOut = Field(description="That address as a code to scan")
    expires_at: datetime


class AttemptOut(BaseModel):
    id: UUID
    kiosk: str
    site_name: str
    status: AttemptStatus
    reasons: list[str] = Field(description="Codes of why the picture could not be judged")
    received_at: datetime
    taken_at: datetime | None = Field(
        description="As the tablet said, of one that it had stored; null for one that was sent at once"
    )
    by_nip: bool = Field(description="A NIP was given that nobody has")
    disowned: bool = Field(description="They said that they were not the person named")
    image_kept: bool
    findings: dict[str, Any] | None = Field(description="The numbers of the search")


class AttemptsOut(BaseModel):
    total: int
    page: int
    pages: int
    attempts: list[AttemptOut]


def _pairing_out(request: Request, services: TheServices, pairing: Pairing) -> PairingOut:
    code = f"{pairing.code[:CODE_GROUP]}-{pairing.code[CODE_GROUP:]}"
    origin = services.settings.public_url or str(request.base_url).rstrip("/")
    address = f"{origin}/kiosk/pair/{code}"
    drawn = qr_code.drawn(address)
    return PairingOut(
        id=pairing.kiosk_id,
        code=code,
        url=address,
        qr=QrOut(size=drawn.size, path=drawn.path),
        expires_at=pairing.expires_at,
    )


@router.get("/kiosks")
def list_kiosks(services: TheServices, account: Judge) -> KiosksOut:
    """Kiosks at sites within reach, those in use first."""
    reach = reach_of(account)
    return KiosksOut(
        kiosks=[
            KioskRow.model_validate(asdict(one))
            for one in kiosks.listed(services.db, services.clock(), reach=reach)
        ],
        sites=[
            SiteChoice(code=one.code, name=one.name) for one in kiosks.open_sites(services.db, reach=reach)
        ],
    )


@router.post(
    "/kiosks", status_code=201, responses={404: {"description": "There is no such open site within reach"}}
)
def make_kiosk(wanted: NewKiosk, request: Request, services: TheServices, account: KioskKeeper) -> PairingOut:
    """A kiosk at a site. What pairs a tablet with it works once and for half an hour."""
    pairing = kiosks.make(
        services.db,
        name=wanted.name,
        site=wanted.site,
        now=services.clock(),
        reach=reach_of(account),
        by=account.id,
    )
    return _pairing_out(request, services, pairing)


@router.post(
    "/kiosks/{kiosk_id}/link",
    status_code=201,
    responses={**UNKNOWN, 409: {"description": "It was revoked"}},
)
def new_link(kiosk_id: KioskId, request: Request, services: TheServices, account: KioskKeeper) -> PairingOut:
    """For another tablet, or the same after a reset. The one that is paired works until the code is used."""
    pairing = kiosks.new_link(
        services.db, kiosk_id, now=services.clock(), reach=reach_of(account), by=account.id
    )
    return _pairing_out(request, services, pairing)


@router.delete("/kiosks/{kiosk_id}", status_code=204, responses=UNKNOWN)
def revoke_kiosk(kiosk_id: KioskId, services: TheServices, account: KioskKeeper) -> None:
    """Refuse the tablet from now on. Harmless again."""
    kiosks.revoke(services.db, kiosk_id, now=services.clock(), reach=reach_of(account), by=account.id)


@router.get("/kiosk-attempts")
def list_attempts(
    services: TheServices, account: Judge, page: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> AttemptsOut:
    """People at kiosks within reach whom nobody has named, the newest first."""
    found = kiosk_attempts.listed(services.db, services.clock(), page=page, reach=reach_of(account))
    return AttemptsOut(
        total=found.total,
        page=found.page,
        pages=found.pages,
        attempts=[AttemptOut.model_validate(asdict(one)) for one in found.attempts],
    )


@router.get(
    "/kiosk-attempts/{attempt_id}/image",
    response_class=Response,
    responses={
        200: {"content": {"image/*": {}}, "description": "The image as it was sent"},
        404: {"description": "There is no such attempt, or its image is kept no longer"},
    },
)
def attempt_image(attempt_id: UUID, services: TheServices, account: Judge) -> Response:
    """Whom nobody has named. The view goes on record."""
    data = kiosk_attempts.image_of(
        services.db,
        services.evidence,
        str(attempt_id),
        by=account.id,
        now=services.clock(),
        reach=reach_of(account),
    )
    try:
        media_type = MEDIA_TYPES[sniff(data)]
    except BadImage:
        media_type = "application/octet-stream"
    return Response(data, media_type=media_type)
