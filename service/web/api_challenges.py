"""What a phone is asked to see before a check-in."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from models.liveness.challenge import Step
from service import challenges
from service.challenges import Issued
from service.db.tables import Account
from service.errors import NotAnEmployee
from service.web.access import CheckingIn, TheServices

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


class OfflinePassOut(BaseModel):
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
    """Challenges for a phone that expects to be without signal; asked again, the unused ones are the same."""
    issued = challenges.issue_in_advance(services.db, _employee_id(account), services.clock())
    return OfflinePassOut(challenges=[_out(one) for one in issued])


def _employee_id(account: Account) -> int:
    if account.employee_id is None:
        raise NotAnEmployee
    return account.employee_id


def _out(issued: Issued) -> ChallengeOut:
    return ChallengeOut(id=issued.id, steps=list(issued.steps), expires_at=issued.expires_at)
