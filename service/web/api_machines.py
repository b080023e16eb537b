"""Fingerprint machines over HTTP, and whom the numbers in them mean."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from service import machine_numbers, machines
from service.attendance.machine_file import (
    LONGEST_NUMBER,
    MOST_COLUMNS,
    MOST_HEADING_ROWS,
    DateOrder,
    Delimiter,
    FileFormat,
)
from service.machines import LONGEST_VALUE, MOST_VALUES, MachineChange
from service.reach import reach_of
from service.units import LONGEST_CODE, LONGEST_NAME
from service.web.access import RosterKeeper, RosterReader, TheServices

router = APIRouter(prefix="/api/machines", tags=["fingerprint machines"])

CODE_FIELD: Final = 2 * LONGEST_CODE
LONGEST_NIP: Final = 100
Code = Annotated[str, Path(max_length=CODE_FIELD, examples=["FP-KEC-01"])]
Column = Annotated[int, Field(ge=1, le=MOST_COLUMNS)]
Values = Annotated[
    list[Annotated[str, Field(max_length=LONGEST_VALUE)]], Field(default_factory=list, max_length=MOST_VALUES)
]
NO_MACHINE: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "There is no such fingerprint machine within your reach"}
}


class FormatModel(BaseModel):
    """How the machine's files are read. Columns count from 1."""

    model_config = ConfigDict(strict=True)

    number: Column = Field(1, description="Of the person's number in the machine")
    date_time: Column | None = Field(None, description="With date and time; null where they are two columns")
    date: Column | None = None
    time: Column | None = None
    direction: Column | None = Field(None, description="In or out; null where the file does not say")
    ins: Values = Field(description="What means in; every other value leaves the direction open")
    outs: Values
    date_order: DateOrder = Field("ymd", description="Of dates that are text")
    delimiter: Delimiter = Field("auto", description="Of CSV; `auto` looks at the first line")
    heading_rows: int = Field(0, ge=0, le=MOST_HEADING_ROWS, description="Rows at the top to leave out")

    def plain(self) -> FileFormat:
        said = self.model_dump()
        return FileFormat(**{**said, "ins": tuple(self.ins), "outs": tuple(self.outs)})


class NewMachine(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "FP-KEC-01",
                    "name": "Lobi Kecamatan Cibinong",
                    "site": "KEC-01",
                    "unit": None,
                    "file_format": {
                        "number": 1,
                        "date_time": 2,
                        "direction": 4,
                        "ins": ["0"],
                        "outs": ["1"],
                        "delimiter": "tab",
                    },
                }
            ]
        }
    )

    code: str = Field(
        max_length=CODE_FIELD,
        description=f"1 to {LONGEST_CODE} letters, digits, `.`, `_` and `-`; it can't be changed",
    )
    name: str = Field(max_length=2 * LONGEST_NAME)
    site: str | None = Field(
        None, max_length=CODE_FIELD, description="Code of the site where it stands, by whose clock it goes"
    )
    unit: str | None = Field(
        None, max_length=CODE_FIELD, description="Code of a unit, where no site is named"
    )
    file_format: FormatModel


class MachineChangeIn(BaseModel):
    """What is named is changed, everything else stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"closed": True}]})

    name: str | None = Field(None, max_length=2 * LONGEST_NAME)
    site: str | None = Field(None, max_length=CODE_FIELD)
    unit: str | None = Field(None, max_length=CODE_FIELD)
    file_format: FormatModel | None = None
    closed: bool | None = Field(None, strict=True, description="Nothing is imported from it any longer")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not any(getattr(self, name) is not None for name in type(self).model_fields):
            raise ValueError("names nothing to change")
        return self

    def plain(self) -> MachineChange:
        return MachineChange(
            name=self.name,
            site=self.site,
            unit=self.unit,
            file_format=self.file_format.plain() if self.file_format else None,
            closed=self.closed,
        )


class LatestImportOut(BaseModel):
    file_name: str
    imported_at: datetime
    added: int
    finished: bool = Field(description="False while it is imported, or when that was broken off")


class MachineOut(BaseModel):
    code: str
    name: str
    site: str | None
    site_name: str | None
    unit: str = Field(description="Of the site, or where the machine is")
    unit_name: str
    time_zone: str = Field(description="IANA name of its clock")
    file_format: FormatModel
    closed_at: datetime | None
    latest: LatestImportOut | None = Field(description="The last import that was not taken back")
    unmatched: int = Field(description="Numbers that came in its files and are nobody's")


class MachinesOut(BaseModel):
    machines: list[MachineOut] = Field(description="Those in use first, by name")


class NumberOut(BaseModel):
    number: str
    nip: str | None = Field(description="Of whom it means; null where it is nobody's, or somebody's outside")
    name: str | None
    outside: bool = Field(description="It is assigned to somebody who is not within your reach")
    rows: int = Field(description="In how many rows of the last file it came, while it is nobody's")
    last_at: datetime | None


class NumbersOut(BaseModel):
    numbers: list[NumberOut] = Field(description="Those that are nobody's first")


class NumberIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"number": "42", "nip": "198503302003121002"}]})

    number: str = Field(max_length=2 * LONGEST_NUMBER)
    nip: str | None = Field(max_length=LONGEST_NIP, description="Whom it means from now on; null is nobody")


@router.get("")
def list_machines(services: TheServices, account: RosterReader) -> MachinesOut:
    """The machines of the units within reach, each with its last import."""
    found = machines.list_machines(services.db, services.settings.zone, reach_of(account))
    return MachinesOut(machines=[_out(machine) for machine in found])


@router.post(
    "",
    status_code=201,
    responses={
        404: {"description": "No site or unit within your reach has this code"},
        409: {"description": "Another machine has this code"},
    },
)
def add(wanted: NewMachine, services: TheServices, account: RosterKeeper) -> MachineOut:
    """Add a machine, at a site or in a unit."""
    machines.add_machine(
        services.db,
        code=wanted.code,
        name=wanted.name,
        site=wanted.site,
        unit=wanted.unit,
        file_format=wanted.file_format.plain(),
        now=services.clock(),
        reach=reach_of(account),
        by=account.id,
    )
    return _one(services, account, wanted.code)


@router.patch("/{code}", responses=NO_MACHINE)
def change(code: Code, wanted: MachineChangeIn, services: TheServices, account: RosterKeeper) -> MachineOut:
    """Change name, place or format, or take a machine out of use. Times that were imported stay as they are."""
    machines.change_machine(
        services.db,
        code=code,
        change=wanted.plain(),
        now=services.clock(),
        reach=reach_of(account),
        by=account.id,
    )
    return _one(services, account, code)


@router.get("/{code}/numbers", responses=NO_MACHINE)
def numbers(code: Code, services: TheServices, account: RosterReader) -> NumbersOut:
    """Numbers in the machine that are no NIP: whose they are, and those that are nobody's yet."""
    found = machine_numbers.list_numbers(services.db, code, reach_of(account))
    return NumbersOut(numbers=[NumberOut.model_validate(asdict(one)) for one in found])


@router.put(
    "/{code}/numbers",
    status_code=204,
    responses={
        403: {"description": "Your own record"},
        404: {"description": "No such machine or employee within your reach"},
    },
)
def assign(code: Code, wanted: NumberIn, services: TheServices, account: RosterKeeper) -> None:
    """Say whom a number means. What was imported already stays as it is: import the file again after that."""
    machine_numbers.assign_number(
        services.db, account, code, number=wanted.number, nip=wanted.nip, now=services.clock()
    )


def _one(services: TheServices, account: RosterKeeper, code: str) -> MachineOut:
    found = machines.list_machines(services.db, services.settings.zone, reach_of(account))
    return _out(next(machine for machine in found if machine.code == code.strip()))


def _out(machine: machines.MachineRecord) -> MachineOut:
    said = asdict(machine)
    said["file_format"] |= {"ins": list(machine.file_format.ins), "outs": list(machine.file_format.outs)}
    return MachineOut.model_validate(said)
