"""Who may use which route. A route that is not in the table fails the test."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute

from service.api_tokens import SCOPES
from tests.service.web.conftest import Visitor, add_person

EVERYBODY = frozenset({"visitor", "employee", "hr", "auditor", "admin"})
SIGNED_IN = EVERYBODY - {"visitor"}
OVERSEERS = frozenset({"hr", "auditor", "admin"})
ROSTER_KEEPERS = frozenset({"hr", "admin"})
ADMINS = frozenset({"admin"})

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
    ("GET", "/api/me/data.zip"): SIGNED_IN,
    ("POST", "/api/me/consent/withdraw"): SIGNED_IN,
    ("POST", "/api/checkins"): SIGNED_IN,
    ("GET", "/api/checkins/{checkin_id}"): SIGNED_IN,
    ("GET", "/api/checkins"): OVERSEERS,
    ("GET", "/api/employees"): ROSTER_KEEPERS,
    ("POST", "/api/employees"): ROSTER_KEEPERS,
    ("GET", "/api/employees/{nip}"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/setup-link"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/photos"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/erase"): ROSTER_KEEPERS,
    ("POST", "/api/photos/check"): ROSTER_KEEPERS,
}
# The scope by which a program's token gets in. Nowhere else any token does.
SCOPES_OF_ROUTES = {
    ("POST", "/api/checkins"): "checkins:write",
    ("GET", "/api/checkins/{checkin_id}"): "checkins:read",
    ("GET", "/api/checkins"): "checkins:read",
    ("GET", "/api/employees"): "employees:read",
    ("POST", "/api/employees"): "employees:write",
    ("GET", "/api/employees/{nip}"): "employees:read",
    ("POST", "/api/employees/{nip}/setup-link"): "employees:write",
    ("POST", "/api/employees/{nip}/photos"): "employees:write",
    ("POST", "/api/photos/check"): "employees:write",
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
    ("GET", "/employees"),
    ("GET", "/employees/{nip}"),
    ("GET", "/checkins"),
    ("GET", "/static/{version}/{name}"),
}
DESCRIPTION = {("GET", "/openapi.json")}


def _leaves(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        if inner is not None:
            yield from _leaves(inner)
        elif isinstance(route, APIRoute) or hasattr(route, "methods"):
            for method in set(route.methods or ()) - {"HEAD"}:
                yield method, route.path  # type: ignore[attr-defined]


def test_every_route_is_in_the_table(client: TestClient) -> None:
    known = set(ROUTES) | PAGES | DESCRIPTION
    assert set(_leaves(client.app.routes)) == known  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def people(admin: Visitor, hr: Visitor, auditor: Visitor, visitor: Visitor) -> dict[str, Visitor]:
    employee = add_person(admin, "employee-1", "Pegawai")
    return {"visitor": visitor, "employee": employee, "hr": hr, "auditor": auditor, "admin": admin}


def address_of(path: str) -> str:
    for name, value in {
        "{nip}": "nobody",
        "{checkin_id}": "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01",
        "{token_id}": "999999",
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
        assert answer.json().get("code") not in {"not_signed_in", "scope_missing"}
    else:
        assert answer.status_code == 403
        assert answer.json()["code"] == "scope_missing"


def test_another_method_is_refused_naming_all_that_the_path_has(client: TestClient) -> None:
    answer = client.patch("/api/checkins")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
