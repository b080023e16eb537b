"""Who may use which route, and on whom. A route that is not in the tables fails the tests."""

import itertools
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute

from service.api_tokens import SCOPES
from service.db.tables import Checkin
from service.sites import add_site
from service.wiring import Services
from tests.service.org_tree import plant, put
from tests.service.web.conftest import Visitor, add_person, sign_in
from tests.service.web.kiosk_tablet import paired_tablet

EVERYBODY = frozenset({"visitor", "employee", "hr", "auditor", "admin"})
SIGNED_IN = EVERYBODY - {"visitor"}
OVERSEERS = frozenset({"hr", "auditor", "admin"})
ROSTER_KEEPERS = frozenset({"hr", "admin"})
ADMINS = frozenset({"admin"})
TRAIL_READERS = frozenset({"auditor", "admin"})

ROUTES = {
    ("GET", "/health/live"): EVERYBODY,
    ("GET", "/health/ready"): EVERYBODY,
    ("POST", "/api/login"): EVERYBODY,
    ("POST", "/api/logout"): EVERYBODY,
    ("POST", "/api/setup"): EVERYBODY,
    ("POST", "/api/account/password"): SIGNED_IN,
    ("GET", "/api/account/second-factor"): SIGNED_IN,
    ("POST", "/api/account/second-factor"): SIGNED_IN,
    ("POST", "/api/account/second-factor/confirm"): SIGNED_IN,
    ("POST", "/api/account/second-factor/recovery-codes"): SIGNED_IN,
    ("POST", "/api/account/second-factor/remove"): SIGNED_IN,
    ("GET", "/api/tokens"): ADMINS,
    ("POST", "/api/tokens"): ADMINS,
    ("DELETE", "/api/tokens/{token_id}"): ADMINS,
    ("GET", "/api/me"): SIGNED_IN,
    ("GET", "/api/me/data"): SIGNED_IN,
    ("GET", "/api/me/today"): SIGNED_IN,
    ("GET", "/api/me/data.zip"): SIGNED_IN,
    ("POST", "/api/me/consent/withdraw"): SIGNED_IN,
    ("POST", "/api/challenges"): SIGNED_IN,
    ("GET", "/api/offline-pass"): SIGNED_IN,
    ("POST", "/api/checkins"): SIGNED_IN,
    ("POST", "/api/checkins/sealed"): SIGNED_IN,
    ("GET", "/api/checkins/{checkin_id:uuid}"): SIGNED_IN,
    ("GET", "/api/checkins"): OVERSEERS,
    ("GET", "/api/employees"): ROSTER_KEEPERS,
    ("POST", "/api/employees"): ROSTER_KEEPERS,
    ("GET", "/api/employees/{nip}"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/setup-link"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/photos"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/photos/preview"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/erase"): ROSTER_KEEPERS,
    ("PUT", "/api/employees/{nip}/unit"): ROSTER_KEEPERS,
    ("GET", "/api/employees/{nip}/role"): ADMINS,
    ("PUT", "/api/employees/{nip}/role"): ADMINS,
    ("GET", "/api/kiosks"): OVERSEERS,
    ("POST", "/api/kiosks"): ROSTER_KEEPERS,
    ("POST", "/api/kiosks/{kiosk_id}/link"): ROSTER_KEEPERS,
    ("DELETE", "/api/kiosks/{kiosk_id}"): ROSTER_KEEPERS,
    ("GET", "/api/kiosk-attempts"): OVERSEERS,
    ("GET", "/api/kiosk-attempts/{attempt_id}/image"): OVERSEERS,
    ("POST", "/api/kiosk/pair"): EVERYBODY,
    ("GET", "/api/units"): OVERSEERS,
    ("POST", "/api/units"): ADMINS,
    ("PATCH", "/api/units/{code}"): ADMINS,
    ("DELETE", "/api/units/{code}"): ADMINS,
    ("GET", "/api/sites"): OVERSEERS,
    ("POST", "/api/sites"): ROSTER_KEEPERS,
    ("PATCH", "/api/sites/{code}"): ROSTER_KEEPERS,
    ("GET", "/api/sites/{code}/people"): ROSTER_KEEPERS,
    ("PUT", "/api/sites/{code}/people/{nip}"): ROSTER_KEEPERS,
    ("DELETE", "/api/sites/{code}/people/{nip}"): ROSTER_KEEPERS,
    ("GET", "/api/sites/connectivity"): ROSTER_KEEPERS,
    ("POST", "/api/photos/check"): ROSTER_KEEPERS,
    ("POST", "/api/roster"): ROSTER_KEEPERS,
    ("POST", "/api/enrolments"): ROSTER_KEEPERS,
    ("GET", "/api/enrolments/missing"): ROSTER_KEEPERS,
    ("GET", "/api/enrolments/suggestions"): ROSTER_KEEPERS,
    ("GET", "/api/enrolments/latest"): ROSTER_KEEPERS,
    ("GET", "/api/roster/template"): ROSTER_KEEPERS,
    ("GET", "/api/jobs/{job_id}"): ROSTER_KEEPERS,
    ("GET", "/api/me/attendance"): SIGNED_IN,
    ("GET", "/api/employees/{nip}/attendance"): OVERSEERS,
    ("PATCH", "/api/employees/{nip}"): ROSTER_KEEPERS,
    ("GET", "/api/employees/{nip}/moves"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/moves"): ROSTER_KEEPERS,
    ("DELETE", "/api/employees/{nip}/moves/{move_id}"): ROSTER_KEEPERS,
    ("GET", "/api/employees/{nip}/requests"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/absences"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/corrections"): ROSTER_KEEPERS,
    ("GET", "/api/today/staff"): OVERSEERS,
    ("GET", "/api/schedules"): OVERSEERS,
    ("POST", "/api/schedules"): ROSTER_KEEPERS,
    ("POST", "/api/schedules/{code}/versions"): ROSTER_KEEPERS,
    ("POST", "/api/schedules/{code}/assignments"): ROSTER_KEEPERS,
    ("DELETE", "/api/schedules/assignments/{assignment_id}"): ROSTER_KEEPERS,
    ("POST", "/api/schedules/ramadan"): ROSTER_KEEPERS,
    ("DELETE", "/api/schedules/ramadan/{first}"): ROSTER_KEEPERS,
    ("POST", "/api/schedules/deductions"): ROSTER_KEEPERS,
    ("DELETE", "/api/schedules/deductions/{valid_from}"): ROSTER_KEEPERS,
    ("GET", "/api/schedules/recomputation"): ROSTER_KEEPERS,
    ("POST", "/api/schedules/recomputation"): ROSTER_KEEPERS,
    ("GET", "/api/holidays"): OVERSEERS,
    ("POST", "/api/holidays"): ROSTER_KEEPERS,
    ("POST", "/api/holidays/import"): ROSTER_KEEPERS,
    ("PUT", "/api/holidays/{holiday_id:int}"): ROSTER_KEEPERS,
    ("DELETE", "/api/holidays/{holiday_id:int}"): ROSTER_KEEPERS,
    ("GET", "/api/reviews"): OVERSEERS,
    ("GET", "/api/reviews/{checkin_id}"): OVERSEERS,
    ("GET", "/api/reviews/{checkin_id}/images/{name}"): OVERSEERS,
    ("POST", "/api/reviews/{checkin_id}/verdict"): OVERSEERS,
    ("GET", "/api/absences"): SIGNED_IN,
    ("POST", "/api/absences"): SIGNED_IN,
    ("GET", "/api/absences/staff"): ROSTER_KEEPERS,
    ("GET", "/api/absences/{absence_id}"): SIGNED_IN,
    ("GET", "/api/absences/{absence_id}/letter"): SIGNED_IN,
    ("POST", "/api/absences/{absence_id}/decision"): ROSTER_KEEPERS,
    ("POST", "/api/absences/{absence_id}/revocation"): ROSTER_KEEPERS,
    ("POST", "/api/absences/{absence_id}/withdrawal"): SIGNED_IN,
    ("GET", "/api/corrections"): SIGNED_IN,
    ("POST", "/api/corrections"): SIGNED_IN,
    ("GET", "/api/corrections/staff"): ROSTER_KEEPERS,
    ("GET", "/api/corrections/{correction_id}"): SIGNED_IN,
    ("POST", "/api/corrections/{correction_id}/decision"): ROSTER_KEEPERS,
    ("POST", "/api/corrections/{correction_id}/revocation"): ROSTER_KEEPERS,
    ("POST", "/api/corrections/{correction_id}/withdrawal"): SIGNED_IN,
    ("GET", "/api/periods"): ROSTER_KEEPERS,
    ("POST", "/api/periods"): ROSTER_KEEPERS,
    ("GET", "/api/periods/{period_id}"): ROSTER_KEEPERS,
    ("POST", "/api/periods/{period_id}/revocation"): ROSTER_KEEPERS,
    ("GET", "/api/closing"): ROSTER_KEEPERS,
    ("GET", "/api/closing/{unit}/{month}"): ROSTER_KEEPERS,
    ("POST", "/api/closing/{unit}/{month}"): ROSTER_KEEPERS,
    ("POST", "/api/closing/{unit}/{month}/checklist"): ROSTER_KEEPERS,
    ("POST", "/api/closing/{unit}/{month}/unlock"): ROSTER_KEEPERS,
    ("GET", "/api/recap"): OVERSEERS,
    ("GET", "/api/machines"): ROSTER_KEEPERS,
    ("POST", "/api/machines"): ROSTER_KEEPERS,
    ("PATCH", "/api/machines/{code}"): ROSTER_KEEPERS,
    ("GET", "/api/machines/{code}/numbers"): ROSTER_KEEPERS,
    ("PUT", "/api/machines/{code}/numbers"): ROSTER_KEEPERS,
    ("POST", "/api/machine-files/preview"): ROSTER_KEEPERS,
    ("GET", "/api/machine-files/template"): ROSTER_KEEPERS,
    ("GET", "/api/machines/{code}/imports"): ROSTER_KEEPERS,
    ("POST", "/api/machines/{code}/imports"): ROSTER_KEEPERS,
    ("GET", "/api/machines/{code}/imports/{import_id}"): ROSTER_KEEPERS,
    ("POST", "/api/machines/{code}/imports/{import_id}/taking-back"): ROSTER_KEEPERS,
    ("GET", "/api/transparency"): EVERYBODY,
    ("POST", "/api/transparency"): ROSTER_KEEPERS,
    ("GET", "/api/export-profiles"): ROSTER_KEEPERS,
    ("POST", "/api/export-profiles"): ROSTER_KEEPERS,
    ("GET", "/api/export-profiles/{profile_id}"): ROSTER_KEEPERS,
    ("PUT", "/api/export-profiles/{profile_id}"): ROSTER_KEEPERS,
    ("DELETE", "/api/export-profiles/{profile_id}"): ROSTER_KEEPERS,
    ("GET", "/api/export-profiles/{profile_id}/definition"): ROSTER_KEEPERS,
    ("POST", "/api/export-profiles/{profile_id}/files"): ROSTER_KEEPERS,
    ("GET", "/api/export-files/{file_id}"): ROSTER_KEEPERS,
    ("GET", "/api/export-fields"): ROSTER_KEEPERS,
    ("POST", "/api/export-preview"): ROSTER_KEEPERS,
    ("GET", "/api/webhooks"): ADMINS,
    ("POST", "/api/webhooks"): ADMINS,
    ("GET", "/api/webhooks/{webhook_id}"): ADMINS,
    ("PATCH", "/api/webhooks/{webhook_id}"): ADMINS,
    ("DELETE", "/api/webhooks/{webhook_id}"): ADMINS,
    ("POST", "/api/webhooks/{webhook_id}/secret"): ADMINS,
    ("POST", "/api/webhooks/{webhook_id}/ping"): ADMINS,
    ("GET", "/api/webhooks/{webhook_id}/deliveries"): ADMINS,
    ("POST", "/api/webhooks/{webhook_id}/deliveries/resend"): ADMINS,
    ("POST", "/api/webhooks/{webhook_id}/deliveries/{delivery_id}/resend"): ADMINS,
    ("GET", "/api/audit"): TRAIL_READERS,
    ("GET", "/api/audit/verify"): TRAIL_READERS,
    ("GET", "/api/audit/checkpoint"): TRAIL_READERS,
    ("GET", "/api/audit/public-key"): TRAIL_READERS,
}
# Open to paired tablets, which are nobody's account, and to no account.
KIOSK_ROUTES = {
    ("GET", "/api/kiosk"),
    ("POST", "/api/kiosk/challenges"),
    ("GET", "/api/kiosk/offline-pass"),
    ("POST", "/api/kiosk/checkins"),
    ("POST", "/api/kiosk/checkins/sealed"),
    ("GET", "/api/kiosk/checkins/{attempt_id}"),
    ("POST", "/api/kiosk/checkins/{attempt_id}/disown"),
    ("POST", "/api/kiosk/checkins/{attempt_id}/nip"),
}
# The scope by which a program's token gets in. Nowhere else any token does.
SCOPES_OF_ROUTES = {
    ("POST", "/api/challenges"): "checkins:write",
    ("GET", "/api/offline-pass"): "checkins:write",
    ("POST", "/api/checkins"): "checkins:write",
    ("POST", "/api/checkins/sealed"): "checkins:write",
    ("GET", "/api/checkins/{checkin_id:uuid}"): "checkins:read",
    ("GET", "/api/checkins"): "checkins:read",
    ("GET", "/api/employees"): "employees:read",
    ("POST", "/api/employees"): "employees:write",
    ("GET", "/api/employees/{nip}"): "employees:read",
    ("POST", "/api/employees/{nip}/setup-link"): "employees:write",
    ("POST", "/api/employees/{nip}/photos"): "employees:write",
    ("POST", "/api/employees/{nip}/photos/preview"): "employees:write",
    ("PUT", "/api/employees/{nip}/unit"): "employees:write",
    ("PATCH", "/api/employees/{nip}"): "employees:write",
    ("GET", "/api/employees/{nip}/moves"): "employees:read",
    ("POST", "/api/employees/{nip}/moves"): "employees:write",
    ("DELETE", "/api/employees/{nip}/moves/{move_id}"): "employees:write",
    ("GET", "/api/units"): "employees:read",
    ("GET", "/api/sites"): "employees:read",
    ("POST", "/api/sites"): "employees:write",
    ("PATCH", "/api/sites/{code}"): "employees:write",
    ("GET", "/api/sites/{code}/people"): "employees:read",
    ("PUT", "/api/sites/{code}/people/{nip}"): "employees:write",
    ("DELETE", "/api/sites/{code}/people/{nip}"): "employees:write",
    ("GET", "/api/sites/connectivity"): "employees:read",
    ("POST", "/api/photos/check"): "employees:write",
    ("POST", "/api/roster"): "employees:write",
    ("POST", "/api/enrolments"): "employees:write",
    ("GET", "/api/enrolments/missing"): "employees:read",
    ("GET", "/api/enrolments/suggestions"): "employees:read",
    ("GET", "/api/enrolments/latest"): "employees:read",
    ("GET", "/api/roster/template"): "employees:read",
    ("GET", "/api/jobs/{job_id}"): "employees:read",
    ("GET", "/api/machines"): "employees:read",
    ("POST", "/api/machines"): "employees:write",
    ("PATCH", "/api/machines/{code}"): "employees:write",
    ("GET", "/api/machines/{code}/numbers"): "employees:read",
    ("PUT", "/api/machines/{code}/numbers"): "employees:write",
    ("POST", "/api/machine-files/preview"): "employees:write",
    ("GET", "/api/machine-files/template"): "employees:read",
    ("GET", "/api/machines/{code}/imports"): "employees:read",
    ("POST", "/api/machines/{code}/imports"): "employees:write",
    ("GET", "/api/machines/{code}/imports/{import_id}"): "employees:read",
    ("GET", "/api/me/attendance"): "checkins:read",
    ("GET", "/api/employees/{nip}/attendance"): "checkins:read",
    ("GET", "/api/today/staff"): "checkins:read",
    ("GET", "/api/recap"): "checkins:read",
    ("GET", "/api/export-profiles"): "checkins:read",
    ("GET", "/api/export-profiles/{profile_id}"): "checkins:read",
    ("GET", "/api/export-profiles/{profile_id}/definition"): "checkins:read",
    ("POST", "/api/export-profiles/{profile_id}/files"): "checkins:read",
    ("GET", "/api/export-files/{file_id}"): "checkins:read",
    ("GET", "/api/export-fields"): "checkins:read",
    ("GET", "/api/schedules"): "employees:read",
    ("POST", "/api/schedules"): "employees:write",
    ("POST", "/api/schedules/{code}/versions"): "employees:write",
    ("POST", "/api/schedules/{code}/assignments"): "employees:write",
    ("DELETE", "/api/schedules/assignments/{assignment_id}"): "employees:write",
    ("POST", "/api/schedules/ramadan"): "employees:write",
    ("DELETE", "/api/schedules/ramadan/{first}"): "employees:write",
    ("POST", "/api/schedules/deductions"): "employees:write",
    ("DELETE", "/api/schedules/deductions/{valid_from}"): "employees:write",
    ("GET", "/api/schedules/recomputation"): "employees:write",
    ("POST", "/api/schedules/recomputation"): "employees:write",
    ("GET", "/api/holidays"): "employees:read",
    ("POST", "/api/holidays"): "employees:write",
    ("POST", "/api/holidays/import"): "employees:write",
    ("GET", "/api/employees/{nip}/requests"): "requests:read",
    ("POST", "/api/employees/{nip}/absences"): "requests:write",
    ("POST", "/api/employees/{nip}/corrections"): "requests:write",
    ("POST", "/api/machines/{code}/imports/{import_id}/taking-back"): "employees:write",
    ("GET", "/api/closing"): "months:read",
    ("GET", "/api/closing/{unit}/{month}"): "months:read",
    ("POST", "/api/closing/{unit}/{month}/checklist"): "months:read",
    ("POST", "/api/closing/{unit}/{month}"): "months:write",
    ("POST", "/api/closing/{unit}/{month}/unlock"): "months:write",
    ("POST", "/api/export-preview"): "months:read",
    ("POST", "/api/export-profiles"): "months:write",
    ("PUT", "/api/export-profiles/{profile_id}"): "months:write",
    ("DELETE", "/api/export-profiles/{profile_id}"): "months:write",
    ("POST", "/api/transparency"): "months:write",
    ("GET", "/api/webhooks"): "webhooks:read",
    ("POST", "/api/webhooks"): "webhooks:write",
    ("GET", "/api/webhooks/{webhook_id}"): "webhooks:read",
    ("PATCH", "/api/webhooks/{webhook_id}"): "webhooks:write",
    ("DELETE", "/api/webhooks/{webhook_id}"): "webhooks:write",
    ("POST", "/api/webhooks/{webhook_id}/secret"): "webhooks:write",
    ("POST", "/api/webhooks/{webhook_id}/ping"): "webhooks:write",
    ("GET", "/api/webhooks/{webhook_id}/deliveries"): "webhooks:read",
    ("POST", "/api/webhooks/{webhook_id}/deliveries/resend"): "webhooks:write",
    ("POST", "/api/webhooks/{webhook_id}/deliveries/{delivery_id}/resend"): "webhooks:write",
    ("GET", "/api/me/today"): "checkins:read",
    ("GET", "/api/reviews"): "checkins:read",
    ("GET", "/api/absences/staff"): "requests:read",
    ("GET", "/api/absences/{absence_id}"): "requests:read",
    ("POST", "/api/absences/{absence_id}/decision"): "requests:write",
    ("POST", "/api/absences/{absence_id}/revocation"): "requests:write",
    ("GET", "/api/corrections/staff"): "requests:read",
    ("GET", "/api/corrections/{correction_id}"): "requests:read",
    ("POST", "/api/corrections/{correction_id}/decision"): "requests:write",
    ("POST", "/api/corrections/{correction_id}/revocation"): "requests:write",
    ("GET", "/api/periods"): "requests:read",
    ("GET", "/api/periods/{period_id}"): "requests:read",
    ("POST", "/api/periods"): "requests:write",
    ("POST", "/api/periods/{period_id}/revocation"): "requests:write",
    ("PUT", "/api/holidays/{holiday_id:int}"): "employees:write",
    ("DELETE", "/api/holidays/{holiday_id:int}"): "employees:write",
}
# Rendered pages say themselves who may open them: tests/service/web/test_pages.py.
PAGES = {
    ("GET", "/"),
    ("GET", "/login"),
    ("GET", "/account"),
    ("GET", "/setup/{token}"),
    ("POST", "/language"),
    ("GET", "/checkin"),
    ("GET", "/my-data"),
    ("GET", "/my-month"),
    ("GET", "/schedules"),
    ("GET", "/holidays"),
    ("GET", "/employees"),
    ("GET", "/employees/{nip}"),
    ("GET", "/employees/{nip}/month"),
    ("GET", "/checkins"),
    ("GET", "/reviews"),
    ("GET", "/reviews/{checkin_id}"),
    ("GET", "/units"),
    ("GET", "/roster"),
    ("GET", "/enrolments"),
    ("GET", "/settings"),
    ("GET", "/manifest.webmanifest"),
    ("GET", "/sw.js"),
    ("GET", "/sites"),
    ("GET", "/connectivity"),
    ("GET", "/my-requests"),
    ("GET", "/requests"),
    ("GET", "/manual-periods"),
    ("GET", "/today"),
    ("GET", "/closing"),
    ("GET", "/closing/{unit}/{month}"),
    ("GET", "/recap"),
    ("GET", "/verify"),
    ("GET", "/verify/{code}"),
    ("GET", "/exports"),
    ("GET", "/transparency"),
    ("GET", "/webhooks"),
    ("GET", "/kiosks"),
    ("GET", "/machines"),
    ("GET", "/kiosk"),
    ("GET", "/kiosk/pair/{code}"),
    ("GET", "/static/{version}/{name}"),
}
DESCRIPTION = {("GET", "/openapi.json")}
# Of the unit OWN. No unit has this code.
SITE = "SITE"
NO_CHECKIN = "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01"

# --- whom an account reaches that is limited to the unit OWN

UNITS = {"OWN": None, "BELOW": "OWN", "OTHER": None}
PLACES = ("OWN", "BELOW", "OTHER", None)
# Those in the places that each account reaches, beside itself.
REACHED: dict[str, set[str | None]] = {
    "employee": set(),
    "hr": {"OWN", "BELOW"},
    "auditor": {"OWN", "BELOW"},
    "admin": {*PLACES},
}
TODAY = f"{datetime.now(UTC):%Y-%m-%d}"
# What to send to each route that names somebody, so that nothing but the reach refuses it.
SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("GET", "/api/checkins/{checkin_id:uuid}"): {},
    ("GET", "/api/employees/{nip}"): {},
    ("GET", "/api/employees/{nip}/attendance"): {},
    ("POST", "/api/employees/{nip}/setup-link"): {},
    ("POST", "/api/employees/{nip}/photos"): {
        "files": [("photos", ("a.jpg", b"no photo"))],
        "data": {"consent": "true"},
    },
    ("POST", "/api/employees/{nip}/photos/preview"): {
        "files": [("photos", ("a.jpg", b"no photo"))],
        "data": {"consent": "true"},
    },
    ("POST", "/api/employees/{nip}/erase"): {},
    ("PUT", "/api/employees/{nip}/unit"): {"json": {"unit": "BELOW"}},
    ("PATCH", "/api/employees/{nip}"): {"json": {"position": "Staf"}},
    ("GET", "/api/employees/{nip}/moves"): {},
    ("POST", "/api/employees/{nip}/moves"): {
        "json": {"unit": "BELOW", "first_day": TODAY, "reason": "mutasi"}
    },
    ("DELETE", "/api/employees/{nip}/moves/{move_id}"): {},
    ("GET", "/api/employees/{nip}/requests"): {},
    ("POST", "/api/employees/{nip}/absences"): {
        "data": {"kind": "izin", "first": TODAY, "last": TODAY, "note": "ke rumah sakit"}
    },
    ("POST", "/api/employees/{nip}/corrections"): {
        "json": {"day": TODAY, "arrival": "07:25", "note": "ponsel rusak"}
    },
    ("GET", "/api/employees/{nip}/role"): {},
    ("PUT", "/api/employees/{nip}/role"): {"json": {"role": "hr", "unit": "BELOW"}},
    ("PUT", "/api/sites/{code}/people/{nip}"): {},
    ("DELETE", "/api/sites/{code}/people/{nip}"): {},
    ("GET", "/api/reviews/{checkin_id}"): {},
    ("GET", "/api/reviews/{checkin_id}/images/{name}"): {},
    ("POST", "/api/reviews/{checkin_id}/verdict"): {"json": {"kind": "genuine"}},
    ("GET", "/employees/{nip}"): {},
    ("GET", "/employees/{nip}/month"): {},
    ("GET", "/reviews/{checkin_id}"): {},
}
# Pages of our own that show somebody, and whose they are.
PAGES_OF_SOMEBODY = {
    ("GET", "/employees/{nip}"): ROSTER_KEEPERS,
    ("GET", "/employees/{nip}/month"): ROSTER_KEEPERS,
    ("GET", "/reviews/{checkin_id}"): OVERSEERS,
}
# Past the reach, the one photo that is none is what is refused.
WITHIN = {
    ("PUT", "/api/sites/{code}/people/{nip}"): 204,
    ("DELETE", "/api/sites/{code}/people/{nip}"): 204,
    # There is none of theirs.
    ("DELETE", "/api/employees/{nip}/moves/{move_id}"): 404,
    ("POST", "/api/employees/{nip}/photos"): 422,
    # There is none of theirs.
    ("GET", "/api/reviews/{checkin_id}/images/{name}"): 404,
}


def leaves(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        if inner is not None:
            yield from leaves(inner)
        elif isinstance(route, APIRoute) or hasattr(route, "methods"):
            for method in set(route.methods or ()) - {"HEAD"}:
                yield method, route.path  # type: ignore[attr-defined]


def test_every_route_is_in_the_table(client: TestClient) -> None:
    known = set(ROUTES) | KIOSK_ROUTES | PAGES | DESCRIPTION
    assert set(leaves(client.app.routes)) == known  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def people(admin: Visitor, hr: Visitor, auditor: Visitor, visitor: Visitor) -> dict[str, Visitor]:
    employee = add_person(admin, "employee-1", "Pegawai")
    return {"visitor": visitor, "employee": employee, "hr": hr, "auditor": auditor, "admin": admin}


def address_of(path: str, nip: str = "nobody", checkin_id: str = NO_CHECKIN) -> str:
    path = path.replace(":uuid}", "}").replace(":int}", "}")
    for name, value in {
        "{nip}": nip,
        "{checkin_id}": checkin_id,
        "{token_id}": "999999",
        "{assignment_id}": "999999",
        "{holiday_id}": "999999",
        "{first}": "2199-01-01",
        "{valid_from}": "2199-01-01",
        "{absence_id}": "999999",
        "{correction_id}": "999999",
        "{period_id}": "999999",
        "{move_id}": "999999",
        "{import_id}": "999999",
        "{profile_id}": "999999",
        "{file_id}": "none",
        "{kiosk_id}": "999999",
        "{webhook_id}": "999999",
        "{delivery_id}": "999999",
        "{attempt_id}": NO_CHECKIN,
        "{name}": "selfie",
        "{unit}": "NO-UNIT",
        "{month}": "2026-10",
        "{code}": SITE,
    }.items():
        path = path.replace(name, value)
    return path


@pytest.mark.parametrize("role", sorted(EVERYBODY))
@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
def test_a_route_is_open_to_just_its_roles(
    people: dict[str, Visitor], role: str, method: str, path: str
) -> None:
    if path == "/api/logout":
        pytest.skip("open to all, and would sign the others out of this test")
    answer = people[role].client.request(method, address_of(path), headers=people[role].headers)
    if role in ROUTES[method, path]:
        # Past the door: refused, if at all, for what was asked.
        code = answer.json().get("code") if answer.headers["content-type"].endswith("json") else None
        assert code not in {"not_signed_in", "not_allowed"}
    else:
        assert answer.status_code == (401 if role == "visitor" else 403)


@pytest.fixture(scope="module")
def programs(admin: Visitor) -> dict[str, Visitor]:
    """One for each scope, of an administrator: who may everything that scopes can open."""

    def program(scope: str) -> Visitor:
        made = admin.post("/api/tokens", json={"name": scope, "scopes": [scope]})
        assert made.status_code == 201
        return Visitor(admin.client, made.json()["token"])

    return {scope: program(scope) for scope in SCOPES}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
def test_a_programs_token_opens_just_the_routes_of_its_scope(
    programs: dict[str, Visitor], scope: str, method: str, path: str
) -> None:
    if ROUTES[method, path] == EVERYBODY:
        pytest.skip("open to all")
    answer = programs[scope].client.request(method, address_of(path), headers=programs[scope].headers)
    if SCOPES_OF_ROUTES.get((method, path)) == scope:
        refusal = answer.json() if answer.status_code >= 400 else {}
        assert refusal.get("code") not in {"not_signed_in", "scope_missing"}
    else:
        assert answer.status_code == 403
        assert answer.json()["code"] == "scope_missing"


@pytest.fixture(scope="module")
def tablet(admin: Visitor, services: Services) -> Visitor:
    return paired_tablet(admin, services, "KIOSK-ROUTES")[0]


@pytest.mark.parametrize(("method", "path"), sorted(KIOSK_ROUTES))
def test_a_kiosks_routes_are_open_to_tablets_alone(
    people: dict[str, Visitor], programs: dict[str, Visitor], tablet: Visitor, method: str, path: str
) -> None:
    for somebody in (*people.values(), *programs.values()):
        refused = somebody.client.request(method, address_of(path), headers=somebody.headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "not_a_kiosk")

    answer = tablet.client.request(method, address_of(path), headers=tablet.headers)

    assert answer.json().get("code") not in {"not_a_kiosk", "not_signed_in", "not_allowed"}


@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
def test_a_tablet_reaches_no_other_route(tablet: Visitor, method: str, path: str) -> None:
    if ROUTES[method, path] == EVERYBODY:
        pytest.skip("open to all")
    answer = tablet.client.request(method, address_of(path), headers=tablet.headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_every_route_that_names_somebody_is_in_the_table_of_reach(client: TestClient) -> None:
    routes = leaves(client.app.routes)  # type: ignore[attr-defined]
    assert {(method, path) for method, path in routes if "{nip}" in path or "{checkin_id" in path} == set(
        SENT
    )


@pytest.fixture(scope="module")
def reaching(admin: Visitor, services: Services) -> dict[str, Visitor]:
    """An employee in the unit OWN, HR and an auditor limited to it who are in none, and an administrator."""
    plant(services.db, UNITS, services.clock())
    add_site(services.db, code=SITE, name="Kantor", unit="OWN", now=services.clock())

    def officer(role: str) -> Visitor:
        add_person(admin, f"{role}-own", "Pejabat", role)
        given = admin.client.put(
            f"/api/employees/{role}-own/role", json={"role": role, "unit": "OWN"}, headers=admin.headers
        )
        assert given.json() == {"role": role, "unit": "OWN"}
        return sign_in(admin.client, f"{role}-own")

    employee = add_person(admin, "employee-own", "Pegawai")
    admin.client.put("/api/employees/employee-own/unit", json={"unit": "OWN"}, headers=admin.headers)
    return {"employee": employee, "hr": officer("hr"), "auditor": officer("auditor"), "admin": admin}


numbers = itertools.count(1)


@pytest.fixture
def somebody(services: Services, place: str | None) -> tuple[str, str]:
    """NIP of a new employee in the place, and the id of their check-in."""
    nip, checkin_id, now = f"somebody-{next(numbers)}", str(uuid.uuid4()), services.clock()
    employee_id = put(services.db, nip, place, now)
    with services.db.write() as session:
        session.add(
            Checkin(
                id=checkin_id,
                employee_id=employee_id,
                kind="in",
                captured_at=now,
                received_at=now,
                counted_at=now,
                status="review",
                reasons=["no_liveness"],
                selfie_sha256="",
                frame_keys=[],
                meta={},
            )
        )
    return nip, checkin_id


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", REACHED)
@pytest.mark.parametrize(("method", "path"), sorted(SENT))
def test_an_account_reaches_people_of_its_units_alone(
    reaching: dict[str, Visitor],
    somebody: tuple[str, str],
    role: str,
    place: str | None,
    method: str,
    path: str,
) -> None:
    answer = reaching[role].client.request(
        method, address_of(path, *somebody), headers=reaching[role].headers, **SENT[method, path]
    )
    if role not in (ROUTES | PAGES_OF_SOMEBODY)[method, path]:
        assert answer.status_code == 403
    elif place in REACHED[role]:
        assert answer.status_code in {200, 201, WITHIN.get((method, path))}
    else:
        assert answer.status_code == 404
        if (method, path) not in PAGES:
            assert answer.json()["code"] in {"unknown_employee", "unknown_checkin"}


def test_another_method_is_refused_naming_all_that_the_path_has(client: TestClient) -> None:
    answer = client.patch("/api/checkins")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
