"""What a paired tablet may do: show who it is, ask for a challenge, and check people in."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service import challenges, kiosk_access
from service.kiosk_checkins import AnswerStatus, KioskAnswer
from service.web.access import TheServices, cookie_name
from service.web.api_challenges import ChallengeOut
from service.web.api_checkins import Frames, MetaField, Selfie, uploaded
from service.web.arrival import arrived_at
from service.web.kiosk_device import TheKiosk, keep_token
from service.web.offline_part import LONGEST_NIP

router = APIRouter(prefix="/api/kiosk", tags=["kiosk"])

UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "No attempt of this kiosk has this id"}
}


class Pair(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "K7QX2-M9PDA"}]})

    code: str = Field(max_length=100, description="As HR was shown it, in any case and spacing")
    kind: Literal["cookie", "bearer"] = Field(
        "cookie", description="Browsers keep a cookie that no script can read; programs take the token"
    )


class PairedOut(BaseModel):
    token: str | None = Field(description="For `kind: bearer`; it is not shown again")


class KioskOut(BaseModel):
    name: str
    site: str = Field(description="Name of the site")
    time_zone: str = Field(description="IANA name, of the site")


class GivenNip(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"nip": "198503302003121002"}]})

    nip: str = Field(max_length=LONGEST_NIP)


class KioskAnswerOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01",
                    "status": "accepted",
                    "name": "Siti Rahmawati",
                    "reasons": [],
                    "received_at": "2026-11-24T00:28:12.480000Z",
                }
            ]
        }
    )

    id: UUID
    status: AnswerStatus = Field(
        description="`unsure`: nobody was recognised; a NIP may be given. `review` after a NIP says nothing of it"
    )
    name: str | None = Field(description="Of the person recognised, for a moment on the screen")
    reasons: list[str] = Field(description="Codes of why a picture can't be judged")
    received_at: datetime


def answer_out(answer: KioskAnswer) -> KioskAnswerOut:
    return KioskAnswerOut.model_validate(asdict(answer))


@router.post(
    "/pair",
    status_code=201,
    responses={410: {"description": "The code is wrong, was used or has expired"}},
)
def pair(given: Pair, request: Request, response: Response, services: TheServices) -> PairedOut:
    """Make this tablet the kiosk that the code is for. Whoever is signed in on it is signed out of it."""
    token = kiosk_access.pair(services.db, given.code, services.clock())
    if given.kind == "bearer":
        return PairedOut(token=token)
    keep_token(request, response, token)
    # A shared tablet must not keep the session of the officer who set it up.
    response.delete_cookie(cookie_name(services.settings.secure_cookies), path="/")
    return PairedOut(token=None)


@router.get("")
def this_kiosk(services: TheServices, kiosk: TheKiosk) -> KioskOut:
    """Which kiosk this is. Tablets ask now and then, so that HR sees that they are there."""
    zone = kiosk.site.time_zone or services.settings.time_zone
    return KioskOut(name=kiosk.name, site=kiosk.site.name, time_zone=zone)


@router.post("/challenges", status_code=201)
def ask(services: TheServices, kiosk: TheKiosk) -> ChallengeOut:
    """A challenge for whoever checks in next. Asked again soon, before one has used it, it is the same."""
    issued = challenges.issue_at_kiosk(services.db, kiosk.id, services.clock())
    return ChallengeOut(id=issued.id, steps=list(issued.steps), expires_at=issued.expires_at)


@router.post(
    "/checkins",
    status_code=201,
    responses={
        409: {"description": "Another kiosk's attempt has this id"},
        503: {"description": "There was no room to store it; nothing was stored. Try again later"},
    },
)
def check_in(
    request: Request,
    services: TheServices,
    kiosk: TheKiosk,
    selfie: Selfie,
    meta: MetaField,
    frames: Frames = None,
) -> KioskAnswerOut:
    """Check in whoever is before the camera. `position` and `send_anyway` of `meta` are not looked at.

    The attempt is stored before anything is judged. Sent again with the same `id` it has the same answer.
    """
    return answer_out(
        services.kiosk_checkins.submit(kiosk, uploaded(selfie, meta, frames), arrived_at(request))
    )


@router.get("/checkins/{attempt_id}", responses=UNKNOWN)
def one_attempt(attempt_id: UUID, services: TheServices, kiosk: TheKiosk) -> KioskAnswerOut:
    """The present state of an attempt at this kiosk."""
    return answer_out(services.kiosk_checkins.answer(kiosk.id, str(attempt_id)))


@router.post(
    "/checkins/{attempt_id}/disown",
    responses={**UNKNOWN, 409: {"description": "The time for it is over, or somebody else has checked in"}},
)
def disown(attempt_id: UUID, services: TheServices, kiosk: TheKiosk) -> KioskAnswerOut:
    """ "Not me": the check-in just made counts no longer and goes to review; a NIP may be given instead."""
    return answer_out(services.kiosk_checkins.disown(kiosk.id, str(attempt_id)))


@router.post(
    "/checkins/{attempt_id}/nip",
    responses={**UNKNOWN, 409: {"description": "A face was recognised already"}},
)
def give_nip(attempt_id: UUID, given: GivenNip, services: TheServices, kiosk: TheKiosk) -> KioskAnswerOut:
    """Who it was, where no face said so. A NIP that is nobody's is answered as one of somebody else."""
    return answer_out(services.kiosk_checkins.by_nip(kiosk.id, str(attempt_id), given.nip))
