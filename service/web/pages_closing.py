"""The pages on which months are closed: all units, and one unit's month."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import HTMLResponse, Response

from service.attendance.day import local_date
from service.errors import HadirError, NotFound
from service.units import unit_row
from service.web.access import services_of
from service.web.page_frame import Viewer, open_page, problem_page, render
from service.written_words import LONGEST_WORDS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

FIRST_YEAR = 1900


@router.get("/closing")
def closing(request: Request) -> Response:
    return open_page(request, "/closing", lambda viewer: _overview(request, viewer))


@router.get("/closing/{unit}/{month}")
def closing_month(
    request: Request,
    unit: Annotated[str, Path(max_length=64)],
    month: Annotated[str, Path(max_length=16)],
    below: Annotated[str, Query(max_length=8)] = "",
) -> Response:
    return open_page(
        request, "/closing", lambda viewer: _one(request, viewer, unit, month, below=bool(below))
    )


def _overview(request: Request, viewer: Viewer) -> Response:
    services = services_of(request)
    today = local_date(services.clock(), services.settings.zone)
    before = date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
    return render(request, "closing.html", viewer, month=f"{before:%Y-%m}", this_month=f"{today:%Y-%m}")


def _one(request: Request, viewer: Viewer, unit: str, month: str, *, below: bool) -> Response:
    services = services_of(request)
    try:
        first = date.fromisoformat(f"{month}-01")
        if first.year < FIRST_YEAR:
            raise NotFound
        with services.db.read() as session:
            row = unit_row(session, unit, viewer.reach)
    except ValueError:
        return problem_page(request, NotFound(), viewer)
    except HadirError as error:
        return problem_page(request, error, viewer)
    return render(
        request,
        "closing_month.html",
        viewer,
        unit=row.code,
        unit_name=row.name,
        month=f"{first:%Y-%m}",
        below=below,
        longest_words=LONGEST_WORDS,
    )
