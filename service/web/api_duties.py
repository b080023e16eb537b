"""Where an employee works and what they may do, over HTTP."""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from service import people_search, roles
from service.db.tables import Role
from service.placements import move_employee
from service.reach import reach_of
from service.roles import Duty
from service.web.access import Administrator, RosterKeeper, TheServices
from service.web.api_employees import NOBODY, Nip, PersonOut
from service.web.api_units import CODE_FIELD

router = APIRouter(prefix="/api/employees/{nip}", tags=["employees"])


class Placement(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"unit": "KEC-01"}]})

    unit: str | None = Field(
        max_length=CODE_FIELD,
        description="Code of a unit; null, of none, only by those who reach everybody",
    )


class DutyOut(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "hr", "unit": "KEC-01"}]})

    role: Role
    unit: str | None = Field(
        None,
        max_length=CODE_FIELD,
        description="Code of the unit that HR or an auditor is limited to, with all below it; null: everybody",
    )


@router.put(
    "/unit",
    responses={
        403: {"description": "Your own record"},
        404: {
            "description": "No employee within your reach has this NIP, or no unit within it has this code"
        },
        422: {"description": "No unit is given, by somebody who is limited to one"},
    },
)
def move(nip: Nip, wanted: Placement, services: TheServices, account: RosterKeeper) -> PersonOut:
    """Put an employee into a unit from today on, until the next planned move."""
    reach = reach_of(account)
    zone, now = services.settings.zone, services.clock()
    move_employee(services.db, nip=nip, unit=wanted.unit, now=now, zone=zone, reach=reach, by=account.id)
    return PersonOut.model_validate(asdict(people_search.get_person(services.db, nip, reach=reach)))


@router.get("/role", responses=NOBODY)
def see_role(nip: Nip, services: TheServices, _account: Administrator) -> DutyOut:
    """What an employee's account may do, and for whom."""
    return DutyOut.model_validate(asdict(roles.duty_of(services.db, nip)))


@router.put(
    "/role",
    responses={
        403: {"description": "Your own account"},
        404: {"description": "Nobody has this NIP, or no unit has this code"},
        409: {"description": "There would be no administrator left, or another account has the NIP"},
        422: {"description": "A limit for a role that has none"},
    },
)
def give_role(nip: Nip, wanted: DutyOut, services: TheServices, account: Administrator) -> DutyOut:
    """Give an employee's account a role and a limit. Its sessions end, and a one-time link of another role too."""
    roles.give_role(
        services.db,
        services.auth,
        nip=nip,
        duty=Duty(wanted.role, wanted.unit),
        now=services.clock(),
        reach=reach_of(account),
        by=account.id,
    )
    return DutyOut.model_validate(asdict(roles.duty_of(services.db, nip)))
