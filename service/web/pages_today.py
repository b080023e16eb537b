"""The page of how the staff stands just now."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from service.web.page_frame import open_page, render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/today")
def today(request: Request) -> Response:
    return open_page(request, "/today", lambda viewer: render(request, "today.html", viewer))
