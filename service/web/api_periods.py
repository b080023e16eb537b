"""Manual periods over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from service import manual_periods
from service.units import LONGEST_CODE
from service.web.access import Approver, RequestReader, TheServices
from service.web.request_forms import (
    Clock,
    Day,
    InMonth,
    NewRevocation,
    Page,
    RequestId,
    WallTime,
    Words,
)
from service.written_words import LONGEST_WORDS

router = APIRouter(prefix="/api/periods", tags=["manual periods"])

# So many of the longest still fit into a body of JSON.
MOST_NIPS: Final = 500
LONGEST_NIP: Final = 100
UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "There is no such period of a unit within your reach"}
}


class NewPeriod(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "unit": "KEC-01",
                    "first": "2026-11-23",
                    "last": "2026-11-24",
                    "begins": "10:00",
                    "ends": "14:00",
                    "reason": "Listrik padam, berita acara 12/KEC-01",
                    "nips": None,
                }
            ]
        }
    )

    unit: str = Field(max_length=2 * LONGEST_CODE, description="Its code")
    first: Day
    last: Day = Field(description="Included")
    begins: Clock | None = Field(None, description="On the first day; null is from its beginning")
    ends: Clock | None = Field(None, description="On the last day; null is until its end")
    reason: Words = Field(description=f"1 to {LONGEST_WORDS} characters")
    nips: list[Annotated[str, Field(max_length=LONGEST_NIP)]] | None = Field(
        None,
        max_length=MOST_NIPS,
        description="For whom; null is everybody in the unit and below it, but for whoever enters it",
    )


class PeriodOut(BaseModel):
    """When people of a unit could not check in, by no fault of theirs."""

    id: int
    unit: str | None = Field(description="Code; null once the unit is removed")
    unit_name: str | None
    first: Day
    last: Day
    begins: WallTime | None
    ends: WallTime | None
    reason: str
    people: int = Field(description="How many it is for")
    entered_at: datetime
    entered_by: str
    revoked_at: datetime | None
    revoked_by: str | None
    revoke_reason: str | None


class PeriodsOut(BaseModel):
    total: int
    page: int
    pages: int
    periods: list[PeriodOut]


class PersonOut(BaseModel):
    nip: str
    name: str


class PeriodWithPeopleOut(BaseModel):
    period: PeriodOut
    people: list[PersonOut] = Field(description="By name")


@router.get("", responses={404: {"description": "No unit within your reach has this code"}})
def list_periods(
    services: TheServices,
    account: RequestReader,
    between: InMonth,
    unit: Annotated[
        str | None,
        Query(max_length=2 * LONGEST_CODE, description="Code of a unit: with everything below it"),
    ] = None,
    page: Page = 1,
) -> PeriodsOut:
    """Those of units within reach, the latest first."""
    found = manual_periods.list_periods(
        services.db, account, unit=unit or None, first=between.first, last=between.last, page=page
    )
    return PeriodsOut.model_validate(asdict(found))


@router.post(
    "",
    status_code=201,
    responses={
        404: {"description": "No unit within your reach has this code"},
        409: {"description": "For some of these people a day of it is of a closed month"},
    },
)
def enter(wanted: NewPeriod, services: TheServices, account: Approver) -> PeriodWithPeopleOut:
    """Enter when people could not check in. It counts for them as presence by `alasan teknis`."""
    period = manual_periods.NewPeriod(
        unit=wanted.unit,
        first=wanted.first,
        last=wanted.last,
        begins=wanted.begins,
        ends=wanted.ends,
        reason=wanted.reason,
        nips=wanted.nips,
    )
    entered = manual_periods.enter_period(
        services.db, services.settings.zone, account, period, services.clock()
    )
    return one_period(entered, services, account)


@router.get("/{period_id}", responses=UNKNOWN)
def one_period(period_id: RequestId, services: TheServices, account: RequestReader) -> PeriodWithPeopleOut:
    """One, and for whom it is."""
    period, people = manual_periods.one_period(services.db, account, period_id)
    return PeriodWithPeopleOut(
        period=PeriodOut.model_validate(asdict(period)),
        people=[PersonOut.model_validate(asdict(person)) for person in people],
    )


@router.post(
    "/{period_id}/revocation",
    responses={
        **UNKNOWN,
        409: {"description": "It was revoked already, or a day of it is of a closed month"},
    },
)
def revoke(
    period_id: RequestId, wanted: NewRevocation, services: TheServices, account: Approver
) -> PeriodWithPeopleOut:
    """Take it back: it counts for nobody any more. That it was entered stays on record."""
    manual_periods.revoke_period(services.db, account, period_id, words=wanted.note, now=services.clock())
    return one_period(period_id, services, account)
