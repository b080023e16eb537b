"""What HR changes of an employee, over HTTP."""

from dataclasses import asdict
from typing import cast

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from service import people, people_search
from service.db.tables import EmploymentClass
from service.employee_details import LONGEST_POSITION, Detail, change_details
from service.people import LONGEST_NAME
from service.reach import reach_of
from service.web.access import RosterKeeper, TheServices
from service.web.api_employees import NOBODY, Nip, PersonOut, may_manage, refuse_program
from service.web.calendar_fields import Day

router = APIRouter(prefix="/api/employees", tags=["employees"])


class ChangedDetails(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"position": "Kepala Seksi", "works_until": "2026-12-31"}]}
    )

    name: str = Field("", max_length=2 * LONGEST_NAME)
    position: str | None = Field(None, max_length=2 * LONGEST_POSITION)
    employment: EmploymentClass | None = None
    works_from: Day | None = Field(None, description="First day of service; null where nobody can say")
    works_until: Day | None = Field(None, description="Last day of service; null where it is not known")
    active: StrictBool = Field(True, description="Works here; who does not can't sign in")


@router.patch(
    "/{nip}",
    responses={
        403: {"description": "Your own record, or an account of more rights than yours"},
        **NOBODY,
        409: {"description": "There would be no administrator left"},
    },
)
def change(
    nip: Nip, wanted: ChangedDetails, request: Request, services: TheServices, account: RosterKeeper
) -> PersonOut:
    """Change what is named of an employee. Days that are recorded keep what was expected of them."""
    reach, changes = reach_of(account), wanted.model_dump(exclude_unset=True)
    if "active" in changes:
        role = people.role_of(services.db, nip, reach=reach)
        may_manage(account, role)
        refuse_program(request, role)
    change_details(
        services.working_time,
        nip=nip,
        changes=cast("dict[Detail, object]", changes),
        reach=reach,
        by=account.id,
    )
    return PersonOut.model_validate(asdict(people_search.get_person(services.db, nip, reach=reach)))
