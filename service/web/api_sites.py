"""Sites over HTTP, and who works at them."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from service import sites, workplaces
from service.reach import reach_of
from service.sites import LARGEST_RADIUS_M, SMALLEST_RADIUS_M, FenceOfSite, SiteChange
from service.units import LONGEST_CODE, LONGEST_NAME
from service.web.access import RosterKeeper, RosterReader, TheServices, UnitReader
from service.web.api_employees import Nip

router = APIRouter(prefix="/api/sites", tags=["sites"])

CODE_FIELD = 2 * LONGEST_CODE
Code = Annotated[str, Path(max_length=CODE_FIELD, examples=["KEC-01"])]


class FenceModel(BaseModel):
    """A circle: whoever checks in clearly outside all of theirs is looked at by a person."""

    model_config = ConfigDict(strict=True)  # a text or a truth value is no number of degrees

    latitude: float = Field(ge=-90, le=90, description="Degrees north")
    longitude: float = Field(ge=-180, le=180, description="Degrees east")
    radius_m: float = Field(ge=SMALLEST_RADIUS_M, le=LARGEST_RADIUS_M)

    def plain(self) -> FenceOfSite:
        return FenceOfSite(self.latitude, self.longitude, self.radius_m)


class NewSite(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "KEC-01",
                    "name": "Kantor Kecamatan Cibinong",
                    "unit": "KEC-01",
                    "fence": {"latitude": -6.4817, "longitude": 106.8540, "radius_m": 100},
                    "time_zone": "Asia/Jakarta",
                }
            ]
        }
    )

    code: str = Field(
        max_length=CODE_FIELD,
        description=f"1 to {LONGEST_CODE} letters, digits, `.`, `_` and `-`; it can't be changed",
    )
    name: str = Field(max_length=2 * LONGEST_NAME)
    unit: str = Field(
        max_length=CODE_FIELD, description="Code of the unit: its people, and all below it, work there"
    )
    fence: FenceModel | None = Field(None, description="Null while nobody has measured it")
    time_zone: str | None = Field(None, max_length=64, description="IANA name; null is that of the service")


class SiteChangeIn(BaseModel):
    """What is named is changed, everything else stays. Null takes away a fence or a time zone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"closed": True}]})

    name: str | None = Field(None, max_length=2 * LONGEST_NAME)
    unit: str | None = Field(None, max_length=CODE_FIELD)
    fence: FenceModel | None = None
    time_zone: str | None = Field(None, max_length=64)
    closed: bool | None = Field(None, strict=True, description="Nobody checks in there any longer")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("names nothing to change")
        empty = {"name", "unit", "closed"} & {
            name for name in self.model_fields_set if getattr(self, name) is None
        }
        if empty:
            raise ValueError(f"`{min(empty)}` can't be null")
        return self

    def plain(self) -> SiteChange:
        return SiteChange(
            name=self.name,
            unit=self.unit,
            fence=self.fence.plain() if self.fence else None,
            time_zone=self.time_zone,
            closed=self.closed,
            named=frozenset(self.model_fields_set),
        )


class SiteOut(BaseModel):
    code: str
    name: str
    unit: str
    unit_name: str
    fence: FenceModel | None
    time_zone: str | None
    closed_at: datetime | None
    added: int = Field(description="Employees who were given this site besides those of their unit")


class SitesOut(BaseModel):
    sites: list[SiteOut] = Field(description="In the order of the tree of units, then by name")


class WorkerOut(BaseModel):
    nip: str
    name: str
    unit_name: str | None
    added: bool = Field(description="Given this site besides those of their unit")


class WorkersOut(BaseModel):
    total: int
    page: int
    pages: int
    workers: list[WorkerOut] = Field(description="Those who were given the site first")


@router.get("")
def list_sites(services: TheServices, account: UnitReader) -> SitesOut:
    """The sites of the units within reach."""
    found = sites.list_sites(services.db, reach_of(account))
    return SitesOut(sites=[SiteOut.model_validate(asdict(site)) for site in found])


@router.post(
    "",
    status_code=201,
    responses={
        404: {"description": "No unit within reach has this code"},
        409: {"description": "Another site has this code"},
    },
)
def add_site(wanted: NewSite, services: TheServices, account: RosterKeeper) -> SiteOut:
    """Add a site to a unit."""
    sites.add_site(
        services.db,
        code=wanted.code,
        name=wanted.name,
        unit=wanted.unit,
        fence=wanted.fence.plain() if wanted.fence else None,
        time_zone=wanted.time_zone,
        now=services.clock(),
        reach=reach_of(account),
        by=account.id,
    )
    return _out(services, account, wanted.code)


@router.patch("/{code}", responses={404: {"description": "No site, or no unit, within reach has this code"}})
def change_site(code: Code, wanted: SiteChangeIn, services: TheServices, account: RosterKeeper) -> SiteOut:
    """Change a site's name, unit, fence or time zone; close it or open it again."""
    sites.change_site(
        services.db,
        code=code,
        change=wanted.plain(),
        now=services.clock(),
        reach=reach_of(account),
        by=account.id,
    )
    return _out(services, account, code)


@router.get("/{code}/people", responses={404: {"description": "No site within reach has this code"}})
def list_people(
    code: Code,
    services: TheServices,
    account: RosterReader,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> WorkersOut:
    """Who works there: the people of its unit and of all below it, and those who were given it."""
    found = workplaces.workers_at(services.db, code, page=page, reach=reach_of(account))
    return WorkersOut.model_validate(asdict(found))


@router.put(
    "/{code}/people/{nip}",
    status_code=204,
    responses={
        403: {"description": "Your own record"},
        404: {"description": "No such site or employee within reach"},
    },
)
def assign(code: Code, nip: Nip, services: TheServices, account: RosterKeeper) -> None:
    """Let an employee check in there too, beside the sites of their unit."""
    workplaces.assign(
        services.db, code=code, nip=nip, now=services.clock(), reach=reach_of(account), by=account.id
    )


@router.delete(
    "/{code}/people/{nip}",
    status_code=204,
    responses={
        403: {"description": "Your own record"},
        404: {"description": "No such site or employee within reach"},
    },
)
def release(code: Code, nip: Nip, services: TheServices, account: RosterKeeper) -> None:
    """Take an employee off a site that they were given; those of their unit stay."""
    workplaces.release(
        services.db, code=code, nip=nip, now=services.clock(), reach=reach_of(account), by=account.id
    )


def _out(services: TheServices, account: RosterKeeper, code: str) -> SiteOut:
    found = sites.list_sites(services.db, reach_of(account))
    return SiteOut.model_validate(asdict(next(site for site in found if site.code == code.strip())))
