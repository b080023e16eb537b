"""The pages people see: rendered here, filled by small scripts from the JSON API."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service import consent, people
from service.access_errors import NotAllowed
from service.checkin_records import row_within
from service.errors import HadirError, UnknownCheckin, UnknownEmployee
from service.i18n import LANGUAGE_NAMES, N_, Language, known_language, translate, translations
from service.reach import Reach, reach_of
from service.sentences import sentences
from service.web.access import current_account, services_of
from service.web.language import language_cookie, request_language
from service.web.static_files import static_url

LANGUAGE_KEPT_S: Final = 365 * 24 * 3600
EVERYONE: Final = frozenset({"employee", "hr", "auditor", "admin"})
START_PAGES: Final = {
    "employee": "/checkin",
    "hr": "/employees",
    "admin": "/employees",
    "auditor": "/reviews",
}

# Each page's own script first, then those it imports: named so that the browser fetches them all at once.
MODULES: Final = {
    "account.html": ("account.js", "page.js", "api.js", "tokens.js"),
    "login.html": ("login.js", "page.js", "api.js"),
    "setup.html": ("setup.js", "page.js", "api.js"),
    "checkin.html": (
        "checkin.js",
        "page.js",
        "api.js",
        "attempt.js",
        "camera.js",
        "challenge.js",
        "movements.js",
        "photo.js",
        "position.js",
        "result.js",
    ),
    "employees.html": ("employees.js", "page.js", "api.js", "pager.js", "setup_link.js", "unit_choice.js"),
    "employee.html": (
        "enrol.js",
        "page.js",
        "api.js",
        "camera.js",
        "duty.js",
        "erase.js",
        "photo.js",
        "setup_link.js",
        "shots.js",
        "unit_choice.js",
    ),
    "my_data.html": ("my_data.js", "page.js", "api.js"),
    "units.html": ("units.js", "page.js", "api.js", "unit_choice.js"),
    "checkins.html": ("checkins.js", "page.js", "api.js", "findings.js", "pager.js"),
    "reviews.html": ("reviews.js", "page.js", "api.js", "pager.js"),
    "review.html": ("review.js", "page.js", "api.js", "findings.js"),
    "message.html": ("page.js", "api.js"),
}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Page:
    path: str
    label: str
    roles: frozenset[str]
    of_employees: bool = False


PAGES: Final = (
    Page("/checkin", N_("Check in"), EVERYONE, of_employees=True),
    Page("/my-data", N_("My data"), EVERYONE, of_employees=True),
    Page("/employees", N_("Employees"), frozenset({"hr", "admin"})),
    Page("/units", N_("Units"), frozenset({"hr", "admin"})),
    Page("/reviews", N_("Reviews"), frozenset({"hr", "auditor", "admin"})),
    Page("/checkins", N_("Record"), frozenset({"hr", "auditor", "admin"})),
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who a page is made for."""

    reach: Reach

    name: str
    role: str
    nip: str | None
    login: str
    has_second_factor: bool
    needs_second_factor: bool

    @property
    def pages(self) -> tuple[Page, ...]:
        return tuple(page for page in PAGES if self.may_open(page))

    def may_open(self, page: Page) -> bool:
        return self.role in page.roles and (self.nip is not None or not page.of_employees)


def local_path(address: str | None) -> str:
    """The address when it is a path on this site, else the start page.

    `//host` and `/\\host` are other sites to a browser, and it drops control characters before it looks.
    """
    if address and re.fullmatch(r"/(?!/)[!-\[\]-~]*", address):
        return address
    return "/"


def viewer_of(request: Request) -> Viewer | None:
    account = current_account(request)
    if account is None:
        return None
    employee = account.employee
    return Viewer(
        reach=reach_of(account),
        name=employee.name if employee else account.login,
        role=account.role,
        nip=employee.nip if employee else None,
        login=account.login,
        has_second_factor=account.totp_confirmed_at is not None,
        needs_second_factor=services_of(request).second_factor.is_missing(account),
    )


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translations(language))  # type: ignore[attr-defined]
    environment.globals["static"] = static_url
    return environment


def render(
    request: Request, template: str, viewer: Viewer | None, status: int = 200, **values: object
) -> Response:
    language = request_language(request)
    page = (
        _environment(language)
        .get_template(template)
        .render(
            language=language,
            languages=LANGUAGE_NAMES,
            time_zone=request.app.state.settings.time_zone,
            viewer=viewer,
            here=_address(request),
            section=f"/{request.url.path.split('/')[1]}",
            modules=MODULES[template],
            sentences=sentences(language),
            **values,
        )
    )
    return HTMLResponse(page, status)


def problem_page(request: Request, error: HadirError, viewer: Viewer | None = None) -> Response:
    """A problem for somebody who opened an address in the browser."""
    language = request_language(request)
    heading = translate(language, error.title)
    text = error.explain(lambda message: translate(language, message))
    return render(request, "message.html", viewer, error.status, heading=heading, text=text)


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _to(path: str) -> Response:
    return RedirectResponse(path, 303)


def _to_login(request: Request) -> Response:
    return _to(f"/login?{urlencode({'next': _address(request)})}")


def _page(request: Request, path: str, make: Callable[[Viewer], Response]) -> Response:
    """The page for those who may open it; the others sign in first, or are told that they may not."""
    viewer = viewer_of(request)
    if viewer is None:
        return _to_login(request)
    page = next((page for page in viewer.pages if page.path == path), None)
    if page is None:
        return problem_page(request, NotAllowed(), viewer)
    if viewer.needs_second_factor and not page.of_employees:
        return _to("/account")
    return make(viewer)


@router.get("/")
def start(request: Request) -> Response:
    viewer = viewer_of(request)
    return _to(START_PAGES[viewer.role] if viewer else "/login")


@router.get("/login")
def login(request: Request, next: str | None = None) -> Response:  # noqa: A002 - the customary query name
    if viewer_of(request):
        return _to(local_path(next))
    return render(request, "login.html", None, next=local_path(next))


@router.get("/account")
def account(request: Request) -> Response:
    viewer = viewer_of(request)
    return render(request, "account.html", viewer) if viewer else _to_login(request)


@router.get("/setup/{token}")
def setup(request: Request, token: str) -> Response:
    return render(request, "setup.html", None, token=token)


@router.post("/language")
def choose_language(
    request: Request,
    language: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    response = _to(local_path(next))
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
    return _page(request, "/checkin", lambda viewer: _checkin(request, viewer))


def _checkin(request: Request, viewer: Viewer) -> Response:
    return render(request, "checkin.html", viewer, liveness=services_of(request).settings.liveness)


@router.get("/employees")
def employees(request: Request) -> Response:
    return _page(request, "/employees", lambda viewer: render(request, "employees.html", viewer))


@router.get("/employees/{nip}")
def employee(request: Request, nip: str) -> Response:
    return _page(request, "/employees", lambda viewer: _employee(request, viewer, nip))


def _employee(request: Request, viewer: Viewer, nip: str) -> Response:
    try:
        person = people.get_person(services_of(request).db, nip, reach=viewer.reach)
    except UnknownEmployee as unknown:
        return problem_page(request, unknown, viewer)
    text = consent.text_of(consent.CURRENT_VERSION, request_language(request))
    own = viewer.nip == person.nip
    lost_phone = people.has_second_factor(services_of(request).db, person.nip)
    return render(
        request,
        "employee.html",
        viewer,
        nip=person.nip,
        own=own,
        consent_text=text,
        offer_lost_phone=lost_phone,
    )


@router.get("/units")
def units(request: Request) -> Response:
    return _page(request, "/units", lambda viewer: render(request, "units.html", viewer))


@router.get("/my-data")
def my_data(request: Request) -> Response:
    return _page(request, "/my-data", lambda viewer: render(request, "my_data.html", viewer))


@router.get("/checkins")
def checkins(request: Request) -> Response:
    return _page(request, "/checkins", lambda viewer: render(request, "checkins.html", viewer))


@router.get("/reviews")
def reviews(request: Request) -> Response:
    return _page(request, "/reviews", lambda viewer: render(request, "reviews.html", viewer))


@router.get("/reviews/{checkin_id}")
def review(request: Request, checkin_id: UUID) -> Response:
    return _page(
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
