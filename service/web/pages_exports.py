"""The page of exports: profiles for other applications, and their files."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from service.attendance.day import local_date
from service.export_definitions import LONGEST_NAME, LONGEST_TEXT, MOST_COLUMNS, MOST_DECIMALS
from service.web.access import services_of
from service.web.page_frame import Viewer, open_page, render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/exports")
def exports(request: Request) -> Response:
    return open_page(request, "/exports", lambda viewer: _exports(request, viewer))


def _exports(request: Request, viewer: Viewer) -> Response:
    services = services_of(request)
    today = local_date(services.clock(), services.settings.zone)
    return render(
        request,
        "exports.html",
        viewer,
        month=f"{today:%Y-%m}",
        may_change=viewer.reach.everybody,
        everybody=viewer.reach.everybody,
        longest_name=LONGEST_NAME,
        longest_text=LONGEST_TEXT,
        most_columns=MOST_COLUMNS,
        most_decimals=MOST_DECIMALS,
    )
