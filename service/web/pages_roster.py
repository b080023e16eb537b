"""The page on which a roster file is taken over."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from enrollment.roster import CLASSES, COLUMNS
from service.roster_template import HEADINGS
from service.web.page_frame import open_page, render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/roster")
def roster(request: Request) -> Response:
    return open_page(
        request,
        "/employees",
        lambda viewer: render(
            request, "roster.html", viewer, columns=[HEADINGS[column] for column in COLUMNS], classes=CLASSES
        ),
    )
