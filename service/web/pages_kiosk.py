"""The pages of kiosks: HR's list of them, and what a tablet shows at the door."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from service.kiosk_access import normal_code
from service.web.access import services_of
from service.web.kiosk_device import current_kiosk, keep_token, kiosk_mark, kiosk_token
from service.web.page_frame import open_page, render

LONGEST_SHOWN: Final = 20

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/kiosks")
def kiosks(request: Request) -> Response:
    return open_page(request, "/kiosks", lambda viewer: render(request, "kiosks.html", viewer))


@router.get("/kiosk")
def kiosk(request: Request) -> Response:
    """On a tablet that is not paired, where to type the code."""
    paired = current_kiosk(request)
    if paired is None:
        return render(request, "kiosk_pairing.html", None, code="")
    settings = services_of(request).settings
    response = render(
        request,
        "kiosk.html",
        None,
        mark=kiosk_mark(paired),
        kiosk=paired.name,
        site=paired.site.name,
        site_zone=paired.site.time_zone or settings.time_zone,
        liveness=settings.liveness,
    )
    if "authorization" not in request.headers and (token := kiosk_token(request)):
        keep_token(request, response, token)
    return response


@router.get("/kiosk/pair/{code}")
def pairing(request: Request, code: str) -> Response:
    """Opening the link uses nothing up: programs that look at links before people do must not pair."""
    return render(request, "kiosk_pairing.html", None, code=normal_code(code)[:LONGEST_SHOWN])
