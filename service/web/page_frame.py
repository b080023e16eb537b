"""What all pages share: who looks at them, which they may open, and how they are rendered."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.access_errors import NotAllowed
from service.errors import HadirError
from service.i18n import LANGUAGE_NAMES, N_, Language, translate, translations
from service.reach import Reach, reach_of
from service.sentences import sentences
from service.web.access import current_account, services_of
from service.web.account_mark import account_mark
from service.web.language import request_language
from service.web.menu import groups_of
from service.web.static_files import static_url
from service.wiring import Services
from service.workplaces import zone_of

EVERYONE: Final = frozenset({"employee", "hr", "auditor", "admin"})

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
        "day_in_words.js",
        "device.js",
        "hints.js",
        "kept_here.js",
        "link_speed.js",
        "movements.js",
        "next_action.js",
        "phone_clock.js",
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
        "compare.js",
        "details.js",
        "duty.js",
        "erase.js",
        "hints.js",
        "moves.js",
        "photo.js",
        "setup_link.js",
        "shots.js",
        "unit_choice.js",
    ),
    "employee_month.html": (
        "employee_month.js",
        "page.js",
        "api.js",
        "ask_absence.js",
        "ask_correction.js",
        "month_words.js",
        "photo.js",
        "request_words.js",
    ),
    "my_month.html": ("my_month.js", "page.js", "api.js", "month_words.js"),
    "schedules.html": ("schedules.js", "page.js", "api.js", "unit_choice.js"),
    "holidays.html": ("holidays.js", "page.js", "api.js", "unit_choice.js"),
    "my_data.html": ("my_data.js", "page.js", "api.js"),
    "enrolments.html": (
        "enrolments.js",
        "page.js",
        "api.js",
        "enrolment_lists.js",
        "job.js",
        "unit_choice.js",
    ),
    "roster.html": ("roster.js", "page.js", "api.js", "job.js"),
    "units.html": ("units.js", "page.js", "api.js", "unit_choice.js"),
    "sites.html": ("sites.js", "page.js", "api.js", "coordinates.js", "site_people.js", "unit_choice.js"),
    "connectivity.html": ("page.js", "api.js"),
    "kiosks.html": ("kiosks.js", "page.js", "api.js", "pager.js"),
    "kiosk.html": (
        "kiosk.js",
        "page.js",
        "api.js",
        "attempt.js",
        "camera.js",
        "challenge.js",
        "device.js",
        "drain.js",
        "kept_here.js",
        "kiosk_keypad.js",
        "kiosk_screen.js",
        "kiosk_send.js",
        "kiosk_waiting.js",
        "link.js",
        "movements.js",
        "outbox.js",
        "pass.js",
        "photo.js",
        "sealing.js",
        "store.js",
        "waking.js",
    ),
    "kiosk_pairing.html": ("kiosk_pairing.js", "page.js", "api.js"),
    "checkins.html": ("checkins.js", "page.js", "api.js", "findings.js", "pager.js"),
    "reviews.html": ("reviews.js", "page.js", "api.js", "pager.js"),
    "settings.html": ("page.js", "api.js"),
    "review.html": ("review.js", "page.js", "api.js", "findings.js", "whereabouts.js"),
    "my_requests.html": (
        "my_requests.js",
        "page.js",
        "api.js",
        "ask_absence.js",
        "ask_correction.js",
        "photo.js",
        "request_words.js",
    ),
    "requests.html": ("requests.js", "page.js", "api.js", "pager.js", "request_words.js", "unit_choice.js"),
    "manual_periods.html": (
        "manual_periods.js",
        "page.js",
        "api.js",
        "new_period.js",
        "pager.js",
        "request_words.js",
        "unit_choice.js",
    ),
    "today.html": ("today.js", "page.js", "api.js", "live.js", "pager.js", "unit_choice.js"),
    "closing.html": ("closing.js", "page.js", "api.js"),
    "closing_month.html": ("closing_month.js", "page.js", "api.js", "closing_words.js", "job.js"),
    "recap.html": ("recap.js", "page.js", "api.js"),
    "verify.html": ("verify.js", "page.js", "api.js"),
    "machines.html": (
        "machines.js",
        "page.js",
        "api.js",
        "job.js",
        "machine_form.js",
        "machine_imports.js",
        "machine_numbers.js",
        "pager.js",
        "unit_choice.js",
    ),
    "exports.html": (
        "exports.js",
        "page.js",
        "api.js",
        "export_columns.js",
        "export_editor.js",
        "job.js",
        "unit_choice.js",
    ),
    "webhooks.html": (
        "webhooks.js",
        "page.js",
        "api.js",
        "pager.js",
        "unit_choice.js",
        "webhook.js",
        "webhook_words.js",
    ),
    "message.html": ("page.js", "api.js"),
}

# What a page can be used without, and fetches after that: see static/kept_here.js. The page names it all the
# same, so that the worker keeps it for days without signal.
LATER: Final = {
    "checkin.html": (
        "offline.js",
        "drain.js",
        "link.js",
        "outbox.js",
        "pass.js",
        "sealing.js",
        "store.js",
        "waking.js",
    ),
}


@dataclass(frozen=True, slots=True)
class Page:
    path: str
    label: str
    roles: frozenset[str]
    of_employees: bool = False


PAGES: Final = (
    Page("/checkin", N_("Check in"), EVERYONE, of_employees=True),
    Page("/my-month", N_("My month"), EVERYONE, of_employees=True),
    Page("/my-requests", N_("My requests"), EVERYONE, of_employees=True),
    Page("/my-data", N_("My data"), EVERYONE, of_employees=True),
    Page("/employees", N_("Employees"), frozenset({"hr", "admin"})),
    Page("/units", N_("Units"), frozenset({"hr", "admin"})),
    Page("/sites", N_("Sites"), frozenset({"hr", "admin"})),
    Page("/connectivity", N_("Connectivity"), frozenset({"hr", "admin"})),
    Page("/today", N_("Today"), frozenset({"hr", "auditor", "admin"})),
    Page("/recap", N_("Recap"), frozenset({"hr", "auditor", "admin"})),
    Page("/requests", N_("Requests"), frozenset({"hr", "admin"})),
    Page("/manual-periods", N_("Manual periods"), frozenset({"hr", "admin"})),
    Page("/closing", N_("Closing"), frozenset({"hr", "admin"})),
    Page("/exports", N_("Exports"), frozenset({"hr", "admin"})),
    Page("/schedules", N_("Working time"), frozenset({"hr", "admin"})),
    Page("/holidays", N_("Holidays"), frozenset({"hr", "admin"})),
    Page("/kiosks", N_("Kiosks"), frozenset({"hr", "auditor", "admin"})),
    Page("/machines", N_("Fingerprint machines"), frozenset({"hr", "admin"})),
    Page("/reviews", N_("Reviews"), frozenset({"hr", "auditor", "admin"})),
    Page("/checkins", N_("Record"), frozenset({"hr", "auditor", "admin"})),
    Page("/webhooks", N_("Webhooks"), frozenset({"admin"})),
    Page("/settings", N_("Settings"), frozenset({"admin"})),
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who a page is made for.

    time_zone : by whose clock they see their own times.
    mark : stands for the account on a phone that several people use.
    """

    reach: Reach
    time_zone: str

    mark: str
    name: str
    role: str
    nip: str | None
    employee_id: int | None
    login: str
    has_second_factor: bool
    needs_second_factor: bool

    @property
    def pages(self) -> tuple[Page, ...]:
        return tuple(page for page in PAGES if self.may_open(page))

    @property
    def menu(self) -> tuple[tuple[str, tuple[Page, ...]], ...]:
        """Labels of groups and their pages; empty where there are too few pages for groups."""
        by_path = {page.path: page for page in self.pages}
        groups = groups_of(by_path.keys())
        return tuple((group.label, tuple(by_path[path] for path in group.paths)) for group in groups)

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
        mark=account_mark(services_of(request), account),
        time_zone=_time_zone(services_of(request), account.employee_id),
        name=employee.name if employee else account.login,
        role=account.role,
        nip=employee.nip if employee else None,
        employee_id=account.employee_id,
        login=account.login,
        has_second_factor=account.totp_confirmed_at is not None,
        needs_second_factor=services_of(request).second_factor.is_missing(account),
    )


def _time_zone(services: Services, employee_id: int | None) -> str:
    """IANA name: that of the site where they are expected, else that of the service."""
    if employee_id is None:
        return services.settings.time_zone
    with services.db.read() as session:
        return zone_of(session, employee_id, services.settings.zone).key


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
            time_zone=viewer.time_zone if viewer else request.app.state.settings.time_zone,
            viewer=viewer,
            here=_address(request),
            section=f"/{request.url.path.split('/')[1]}",
            modules=MODULES[template],
            later=LATER.get(template, ()),
            sentences=sentences(language),
            **values,
        )
    )
    return HTMLResponse(page, status)


def render_alone(language: Language, template: str, **values: object) -> str:
    """A page that is the same for everybody, without what the others share."""
    return _environment(language).get_template(template).render(language=language, **values)


def problem_page(request: Request, error: HadirError, viewer: Viewer | None = None) -> Response:
    """A problem for somebody who opened an address in the browser."""
    language = request_language(request)
    heading = translate(language, error.title)
    text = error.explain(lambda message: translate(language, message))
    return render(request, "message.html", viewer, error.status, heading=heading, text=text)


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def to(path: str) -> Response:
    return RedirectResponse(path, 303)


def to_login(request: Request) -> Response:
    return to(f"/login?{urlencode({'next': _address(request)})}")


def open_page(request: Request, path: str, make: Callable[[Viewer], Response]) -> Response:
    """The page for those who may open it; the others sign in first, or are told that they may not."""
    viewer = viewer_of(request)
    if viewer is None:
        return to_login(request)
    page = next((page for page in viewer.pages if page.path == path), None)
    if page is None:
        return problem_page(request, NotAllowed(), viewer)
    if viewer.needs_second_factor and not page.of_employees:
        return to("/account")
    return make(viewer)
