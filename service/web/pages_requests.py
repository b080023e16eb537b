"""The pages of requests: an employee's own, those that HR decides on, and manual periods."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from service.attendance.day import local_date
from service.letters import LETTER_BYTES
from service.request_dates import FARTHEST
from service.web.access import services_of
from service.web.page_frame import Viewer, open_page, render
from service.written_words import LONGEST_WORDS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/my-requests")
def my_requests(request: Request) -> Response:
    return open_page(request, "/my-requests", lambda viewer: _render(request, "my_requests.html", viewer))


@router.get("/requests")
def requests(request: Request) -> Response:
    return open_page(request, "/requests", lambda viewer: _render(request, "requests.html", viewer))


@router.get("/manual-periods")
def manual_periods(request: Request) -> Response:
    return open_page(
        request, "/manual-periods", lambda viewer: _render(request, "manual_periods.html", viewer)
    )


def _render(request: Request, template: str, viewer: Viewer) -> Response:
    services = services_of(request)
    today = local_date(services.clock(), services.settings.zone)
    return render(
        request,
        template,
        viewer,
        today=today.isoformat(),
        earliest=(today - FARTHEST).isoformat(),
        latest=(today + FARTHEST).isoformat(),
        longest_words=LONGEST_WORDS,
        letter_bytes=LETTER_BYTES,
    )
