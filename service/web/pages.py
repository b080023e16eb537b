"""The pages people see: rendered here, filled by small scripts from the JSON API."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from service.checkin_records import row_within
from service.errors import UnknownCheckin
from service.i18n import known_language
from service.today import today
from service.web.access import services_of
from service.web.api_today import today_out
from service.web.language import language_cookie
from service.web.page_frame import (
    Viewer,
    local_path,
    open_page,
    problem_page,
    render,
    to,
    to_login,
    viewer_of,
)

LANGUAGE_KEPT_S: Final = 365 * 24 * 3600
START_PAGES: Final = {
    "employee": "/checkin",
    "hr": "/employees",
    "admin": "/employees",
    "auditor": "/reviews",
}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
def start(request: Request) -> Response:
    viewer = viewer_of(request)
    return to(START_PAGES[viewer.role] if viewer else "/login")


@router.get("/login")
def login(request: Request, next: str | None = None) -> Response:  # noqa: A002 - the customary query name
    if viewer_of(request):
        return to(local_path(next))
    return render(request, "login.html", None, next=local_path(next))


@router.get("/account")
def account(request: Request) -> Response:
    viewer = viewer_of(request)
    return render(request, "account.html", viewer) if viewer else to_login(request)


@router.get("/setup/{token}")
def setup(request: Request, token: str) -> Response:
    return render(request, "setup.html", None, token=token)


@router.post("/language")
def choose_language(
    request: Request,
    language: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    response = to(local_path(next))
    secure = request.app.state.settings.secure_cookies
    if chosen := known_language(language):
        response.set_cookie(
            language_cookie(secure),
            chosen,
            max_age=LANGUAGE_KEPT_S,
            path="/",
            httponly=True,
            samesite="lax",
            secure=secure,
        )
    return response


@router.get("/checkin")
def checkin(request: Request) -> Response:
    return open_page(request, "/checkin", lambda viewer: _checkin(request, viewer))


def _checkin(request: Request, viewer: Viewer) -> Response:
    services = services_of(request)
    assert viewer.employee_id is not None, "the page is of employees"
    so_far = today_out(today(services.checkins, viewer.employee_id, services.clock()))
    return render(
        request,
        "checkin.html",
        viewer,
        liveness=services.settings.liveness,
        today=so_far.model_dump(mode="json"),
    )


@router.get("/employees")
def employees(request: Request) -> Response:
    return open_page(request, "/employees", lambda viewer: render(request, "employees.html", viewer))


@router.get("/units")
def units(request: Request) -> Response:
    return open_page(request, "/units", lambda viewer: render(request, "units.html", viewer))


@router.get("/my-data")
def my_data(request: Request) -> Response:
    return open_page(request, "/my-data", lambda viewer: render(request, "my_data.html", viewer))


@router.get("/checkins")
def checkins(request: Request) -> Response:
    return open_page(request, "/checkins", lambda viewer: render(request, "checkins.html", viewer))


@router.get("/reviews")
def reviews(request: Request) -> Response:
    return open_page(request, "/reviews", lambda viewer: render(request, "reviews.html", viewer))


@router.get("/reviews/{checkin_id}")
def review(request: Request, checkin_id: UUID) -> Response:
    return open_page(
        request,
        "/reviews",
        lambda viewer: _review(request, viewer, str(checkin_id)),
    )


def _review(request: Request, viewer: Viewer, checkin_id: str) -> Response:
    try:
        with services_of(request).db.read() as session:
            row_within(session, checkin_id, viewer.reach)
    except UnknownCheckin as unknown:
        return problem_page(request, unknown, viewer)
    return render(request, "review.html", viewer, checkin_id=checkin_id)
