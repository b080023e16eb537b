"""The audit trail: to read it, to verify it, and to take a signed checkpoint of it."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from service import audit_checkpoints, audit_entries, audit_verification
from service.access_errors import NotAllowed
from service.audit import Action
from service.audit_decisions import check_decisions
from service.auth import LONGEST_LOGIN
from service.db.tables import Account
from service.reach import reach_of
from service.web.access import TheServices, require

router = APIRouter(prefix="/api/audit", tags=["audit"])

LARGEST_SEQUENCE = 2**31 - 1


def _reaches_everybody(account: Annotated[Account, Depends(require("auditor", "admin"))]) -> Account:
    """The trail is of everybody: whoever is limited to a unit does not read it."""
    if not reach_of(account).everybody:
        raise NotAllowed
    return account


TrailReader = Annotated[Account, Depends(_reaches_everybody)]


class EntryOut(BaseModel):
    sequence: int
    at: str = Field(description="RFC 3339, UTC: the very text that was hashed")
    actor: str | None = Field(
        description="Login of whoever did it; null for the service itself and its command line"
    )
    action: str
    subject: str = Field(description="`kind:id`", examples=["checkin:6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01"])
    facts: dict[str, Any] = Field(description="Codes, numbers, and pseudonyms (`~...`) of personal values")


class EntriesOut(BaseModel):
    entries: list[EntryOut]
    next_before: int | None = Field(description="For `before`, to go on with the next page; null on the last")


class BreakOut(BaseModel):
    kind: str
    first: int
    last: int
    origin: int | None


class DecisionsOut(BaseModel):
    checked: int
    before_the_trail: int = Field(description="Check-ins that were decided before there was a trail")
    found: int = Field(description="How many of the following there are in all")
    changed: list[str] = Field(description="Check-ins that are not as they were decided")
    unwritten: list[str] = Field(description="Decided check-ins of which the trail says nothing")
    deleted: list[str] = Field(description="Check-ins that the trail knows and that are gone")


class VerificationOut(BaseModel):
    intact: bool
    entries: int
    began_at: str | None
    ended_at: str | None
    breaks_found: int
    breaks: list[BreakOut]
    decisions: DecisionsOut


@router.get("")
def list_entries(
    services: TheServices,
    _account: TrailReader,
    action: Action | None = None,
    subject: Annotated[str | None, Query(max_length=100, description="As in the entries")] = None,
    actor: Annotated[str | None, Query(max_length=LONGEST_LOGIN, description="A login")] = None,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_SEQUENCE)] = None,
) -> EntriesOut:
    """What was done, the newest first."""
    page = audit_entries.find_entries(services.db, action=action, subject=subject, actor=actor, before=before)
    return EntriesOut.model_validate(asdict(page))


@router.get("/verify")
def verify(services: TheServices, _account: TrailReader) -> VerificationOut:
    """Was anything changed, in the trail or in the decisions it tells of? Reads all of it.

    Whether the trail as a whole was replaced only a checkpoint kept elsewhere shows: `hadir audit verify
    --checkpoint FILE`.
    """
    result = audit_verification.verify(services.db, services.audit)
    decisions = check_decisions(services.db, services.audit)
    return VerificationOut.model_validate(
        {
            **asdict(result),
            "decisions": asdict(decisions),
            "intact": result.intact and decisions.intact,
        }
    )


@router.get(
    "/checkpoint",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}}, "description": "One line for a file of checkpoints"},
        409: {"description": "The trail was changed: no checkpoint is made of it"},
    },
)
def checkpoint(services: TheServices, _account: TrailReader) -> Response:
    """Sign where the trail stands now. Kept elsewhere, nothing before it can be changed unseen."""
    taken = audit_checkpoints.take(services.db, services.audit, services.signing, services.clock())
    headers = {"Content-Disposition": 'attachment; filename="hadir-checkpoint.jsonl"'}
    return Response(taken.to_line(), media_type="application/json", headers=headers)


@router.get("/public-key", response_class=PlainTextResponse)
def public_key(services: TheServices, _account: TrailReader) -> str:
    """The key, in PEM, by which anybody can check the signatures of checkpoints."""
    return services.signing.public_pem()
