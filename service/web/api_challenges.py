"""What a phone is asked to see before a check-in, and what it takes along where there is no signal."""

import base64
from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from models.liveness.challenge import Step
from service import challenges, offline_passes
from service.challenges import Issued
from service.db.tables import Account
from service.errors import NotAnEmployee
from service.web.access import CheckingIn, TheServices
from service.web.account_mark import account_mark
from service.wiring import Services

router = APIRouter(prefix="/api", tags=["check-ins"])


class ChallengeOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "hJ2f0Vb3c1oK9mXq7sLwYA",
                    "steps": ["left", "blink", "right"],
                    "expires_at": "2026-11-24T00:38:12.480000Z",
                }
            ]
        }
    )

    id: str = Field(description="For `challenge` in the check-in's `meta`; of use once")
    steps: list[Step] = Field(
        description="In this order: `left` and `right` are turns of the head by about 30 degrees to one's own "
        "left and right, `up` lifts the chin, `blink` closes the eyes for a moment"
    )
    expires_at: datetime = Field(description="A check-in that arrives later goes to review")


class ItemKeyOut(BaseModel):
    id: str = Field(description="Goes into each item; hex digits")
    point: str = Field(description="The service's public point on P-256, uncompressed (SEC 1), in base64")


class OfflinePassOut(BaseModel):
    id: str = Field(description="For `pass` in `meta.offline`")
    account: str = Field(
        description="Whom it is for: what is stored on the phone for one account is not sent by another's session"
    )
    server_time: datetime = Field(description="For `last_contact` in `meta.offline`")
    look_back_h: float = Field(description="What comes later than this goes to review for that alone")
    key: ItemKeyOut = Field(description="What to seal stored check-ins to; see `POST /api/checkins/sealed`")
    challenges: list[ChallengeOut] = Field(
        description="To be used in this order, each once. A check-in that answers one goes to review: its steps "
        "were known in advance"
    )


@router.post("/challenges", status_code=201, responses={404: {"description": "The account is no employee's"}})
def ask(services: TheServices, account: CheckingIn) -> ChallengeOut:
    """A challenge for the next check-in. Asked again soon, before a check-in has used it, it is the same."""
    return _out(challenges.issue(services.db, _employee_id(account), services.clock()))


@router.get("/offline-pass", responses={404: {"description": "The account is no employee's"}})
def offline_pass(services: TheServices, account: CheckingIn) -> OfflinePassOut:
    """What a phone needs that may be without signal. Each call marks a contact, from which it counts the time.

    The challenges that were not used are the same when asked again.
    """
    now, employee_id = services.clock(), _employee_id(account)
    issued = challenges.issue_in_advance(services.db, employee_id, now)
    given = offline_passes.issue(services.db, employee_id, now)
    return pass_out(services, given.id, account_mark(services, account), now, issued)


def pass_out(
    services: Services, pass_id: str, owner: str, now: datetime, issued: Sequence[Issued]
) -> OfflinePassOut:
    key = services.item_keys.current
    return OfflinePassOut(
        id=pass_id,
        account=owner,
        server_time=now,
        look_back_h=services.settings.offline_h,
        key=ItemKeyOut(id=key.id.hex(), point=base64.b64encode(key.point).decode()),
        challenges=[_out(one) for one in issued],
    )


def _employee_id(account: Account) -> int:
    if account.employee_id is None:
        raise NotAnEmployee
    return account.employee_id


def _out(issued: Issued) -> ChallengeOut:
    return ChallengeOut(id=issued.id, steps=list(issued.steps), expires_at=issued.expires_at)
