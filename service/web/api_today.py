"""The day so far of whoever asks, for the check-in page: small enough to be asked for at every opening."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from service.errors import NotAnEmployee
from service.today import Today, today
from service.web.access import OwnDay, TheServices
from service.web.api_checkins import DayOut

router = APIRouter(prefix="/api/me", tags=["check-ins"])


class TodayOut(DayOut):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "now": "2026-11-24T08:59:12.480000Z",
                    "date": "2026-11-24",
                    "first_in": "2026-11-24T00:28:12.480000Z",
                    "last_out": None,
                    "provisional": False,
                    "next": "out",
                }
            ]
        }
    )

    now: datetime = Field(description="The service's clock, by which check-ins count")
    next: Literal["in", "out"] = Field(description="What the next check-in most likely is")


@router.get("/today", responses={404: {"description": "The account is no employee's"}})
def own_today(services: TheServices, account: OwnDay) -> TodayOut:
    """Arrival and departure so far, and which of the two comes next."""
    if account.employee_id is None:
        raise NotAnEmployee
    return today_out(today(services.checkins, account.employee_id, services.clock()))


def today_out(found: Today) -> TodayOut:
    day = found.day
    return TodayOut(
        now=found.now,
        date=day.date,
        first_in=day.first_in,
        last_out=day.last_out,
        provisional=day.provisional,
        first_in_source=day.first_in_source,
        last_out_source=day.last_out_source,
        next=found.next,
    )
