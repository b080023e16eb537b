"""The pages of working time: one's own month, and HR's schedules and holidays."""

from typing import get_args

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from service.db.request_tables import AbsenceKind
from service.web.page_frame import open_page, render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/my-month")
def my_month(request: Request) -> Response:
    return open_page(request, "/my-month", lambda viewer: render(request, "my_month.html", viewer))


@router.get("/schedules")
def schedules(request: Request) -> Response:
    kinds = get_args(AbsenceKind)
    return open_page(
        request, "/schedules", lambda viewer: render(request, "schedules.html", viewer, kinds=kinds)
    )


@router.get("/holidays")
def holidays(request: Request) -> Response:
    return open_page(request, "/holidays", lambda viewer: render(request, "holidays.html", viewer))
