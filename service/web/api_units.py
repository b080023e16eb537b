"""The tree of units over HTTP."""

from dataclasses import asdict
from typing import Annotated, Self

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from service import units
from service.reach import reach_of
from service.units import LONGEST_CODE, LONGEST_NAME
from service.web.access import Administrator, TheServices, UnitReader

router = APIRouter(prefix="/api/units", tags=["units"])

CODE_FIELD = 2 * LONGEST_CODE
Code = Annotated[str, Path(max_length=CODE_FIELD, examples=["KEC-01"])]


class NewUnit(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "KEC-01", "name": "Kecamatan Cibinong", "parent": "SETDA"}]}
    )

    code: str = Field(
        max_length=CODE_FIELD,
        description=f"1 to {LONGEST_CODE} letters, digits, `.`, `_` and `-`; it can't be changed",
    )
    name: str = Field(max_length=2 * LONGEST_NAME)
    parent: str | None = Field(
        None, max_length=CODE_FIELD, description="Code of the unit above; null at the top"
    )


class UnitChange(BaseModel):
    """Another name or another place: one at a time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"parent": "SETDA"}]})

    name: str | None = Field(None, max_length=2 * LONGEST_NAME)
    parent: str | None = Field(
        None, max_length=CODE_FIELD, description="Code of the unit above; null moves it to the top"
    )

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if len(self.model_fields_set) != 1 or (self.name is None and "name" in self.model_fields_set):
            raise ValueError("either `name` or `parent`")
        return self


class UnitOut(BaseModel):
    code: str
    name: str
    parent: str | None = Field(description="Code of the unit above, where that is within reach")
    depth: int = Field(description="0 at the top of what is within reach")
    employees: int = Field(description="In the unit itself; inactive ones too")
    employees_below: int = Field(description="In the unit and everywhere below it")


class UnitsOut(BaseModel):
    units: list[UnitOut] = Field(description="Each before those below it; beside each other by name")


@router.get("")
def list_units(services: TheServices, account: UnitReader) -> UnitsOut:
    """The tree of units, as far as the account reaches."""
    found = units.list_units(services.db, reach_of(account))
    return UnitsOut(units=[UnitOut.model_validate(asdict(unit)) for unit in found])


@router.post(
    "",
    status_code=201,
    responses={
        404: {"description": "No unit has the code of `parent`"},
        409: {"description": "Another unit has this code"},
    },
)
def add_unit(wanted: NewUnit, services: TheServices, account: Administrator) -> UnitOut:
    """Add a unit."""
    units.add_unit(
        services.db,
        code=wanted.code,
        name=wanted.name,
        parent=wanted.parent,
        now=services.clock(),
        by=account.id,
    )
    return _out(services, wanted.code)


@router.patch(
    "/{code}",
    responses={
        404: {"description": "No unit has this code, or that of `parent`"},
        409: {"description": "A unit can't be moved into itself or below itself"},
    },
)
def change_unit(code: Code, wanted: UnitChange, services: TheServices, account: Administrator) -> UnitOut:
    """Rename a unit, or move it with all below it."""
    if wanted.name is not None:
        units.rename_unit(services.db, code=code, name=wanted.name, now=services.clock(), by=account.id)
    else:
        units.move_unit(services.db, code=code, parent=wanted.parent, now=services.clock(), by=account.id)
    return _out(services, code)


@router.delete(
    "/{code}",
    status_code=204,
    responses={
        404: {"description": "No unit has this code"},
        409: {
            "description": "The unit has employees, units below it, sites, or accounts that are limited to it"
        },
    },
)
def remove_unit(code: Code, services: TheServices, account: Administrator) -> None:
    """Remove an empty unit."""
    units.remove_unit(services.db, code=code, now=services.clock(), by=account.id)


def _out(services: TheServices, code: str) -> UnitOut:
    found = units.list_units(services.db)
    return UnitOut.model_validate(asdict(next(unit for unit in found if unit.code == code.strip())))
