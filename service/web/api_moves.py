"""Moves of an employee between units, over HTTP."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from service import moves
from service.reach import reach_of
from service.web.access import RosterKeeper, RosterReader, TheServices
from service.web.api_employees import NOBODY, Nip
from service.web.api_units import CODE_FIELD
from service.web.calendar_fields import Day
from service.web.request_forms import RequestId, Words
from service.written_words import LONGEST_WORDS

router = APIRouter(prefix="/api/employees/{nip}/moves", tags=["employees"])

REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    403: {"description": "Your own record, or some of the days belong to a unit outside your reach"}
}


class NewMove(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"unit": "KEC-01", "first_day": "2026-12-01", "reason": "SK Bupati 821/118/2026"}]
        }
    )

    unit: str | None = Field(
        max_length=CODE_FIELD,
        description="Code of a unit; null, of none, only by those who reach everybody",
    )
    first_day: Day = Field(description="The first day in the unit, at most a year back or ahead")
    reason: Words = Field(description=f"Why, 1 to {LONGEST_WORDS} characters")


class MoveOut(BaseModel):
    """A stay of an employee in a unit, and the move it began with."""

    id: int
    unit: str | None = Field(description="Code; null for no unit")
    unit_name: str | None
    first_day: date | None = Field(description="Null: from the beginning on")
    last_day: date | None = Field(description="Null: for good")
    reason: str
    entered_at: datetime
    by: str | None = Field(description="Name of whoever entered it; null for the command line")
    planned: bool = Field(description="Its day has not come: it can be taken back")
    present: bool = Field(description="The employee is there today")


class MovesOut(BaseModel):
    """Empty for somebody who has never moved."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "moves": [
                        {
                            "id": 8,
                            "unit": "KEC-01",
                            "unit_name": "Kecamatan Ubud",
                            "first_day": "2026-12-01",
                            "last_day": None,
                            "reason": "SK Bupati 821/118/2026",
                            "entered_at": "2026-11-24T02:00:00Z",
                            "by": "Dewi",
                            "planned": True,
                            "present": False,
                        }
                    ]
                }
            ]
        }
    )

    moves: list[MoveOut]


@router.get("", responses=NOBODY)
def list_moves(nip: Nip, services: TheServices, account: RosterReader) -> MovesOut:
    """The units somebody was in, is in and will be in, the latest first."""
    found = moves.moves_of(services.db, services.settings.zone, nip, services.clock(), reach_of(account))
    return MovesOut(moves=[MoveOut.model_validate(asdict(one)) for one in found])


@router.post(
    "",
    status_code=201,
    responses={
        **REFUSED,
        404: {
            "description": "No employee within your reach has this NIP, or no unit within it has this code"
        },
        422: {
            "description": "The day is too far away, or no unit is given by somebody who is limited to one"
        },
    },
)
def move(nip: Nip, wanted: NewMove, services: TheServices, account: RosterKeeper) -> MovesOut:
    """Move somebody into a unit from a day on, past or future, until the next move there is after it.

    Another move of the same day takes its place. Days that are recorded keep what was expected of them.
    """
    moves.move(
        services.working_time,
        nip=nip,
        unit=wanted.unit,
        first_day=wanted.first_day,
        reason=wanted.reason,
        reach=reach_of(account),
        by=account.id,
    )
    found = moves.moves_of(services.db, services.settings.zone, nip, services.clock(), reach_of(account))
    return MovesOut(moves=[MoveOut.model_validate(asdict(one)) for one in found])


@router.delete(
    "/{move_id}",
    status_code=204,
    responses={
        **REFUSED,
        404: {"description": "Nobody within your reach has this NIP, or there is no such move of theirs"},
        409: {"description": "Its day has come"},
    },
)
def take_back(nip: Nip, move_id: RequestId, services: TheServices, account: RosterKeeper) -> None:
    """Take back a planned move."""
    moves.take_back(services.working_time, nip=nip, move_id=move_id, reach=reach_of(account), by=account.id)
