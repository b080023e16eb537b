"""Who may use which route. A route that is not in the table fails the test."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute

from tests.service.web.conftest import Visitor, add_person

EVERYBODY = frozenset({"visitor", "employee", "hr", "auditor", "admin"})
SIGNED_IN = EVERYBODY - {"visitor"}
OVERSEERS = frozenset({"hr", "auditor", "admin"})
ROSTER_KEEPERS = frozenset({"hr", "admin"})

ROUTES = {
    ("GET", "/health/live"): EVERYBODY,
    ("GET", "/health/ready"): EVERYBODY,
    ("POST", "/api/login"): EVERYBODY,
    ("POST", "/api/logout"): EVERYBODY,
    ("POST", "/api/setup"): EVERYBODY,
    ("GET", "/api/me"): SIGNED_IN,
    ("POST", "/api/checkins"): SIGNED_IN,
    ("GET", "/api/checkins/{checkin_id}"): SIGNED_IN,
    ("GET", "/api/checkins"): OVERSEERS,
    ("GET", "/api/employees"): ROSTER_KEEPERS,
    ("POST", "/api/employees"): ROSTER_KEEPERS,
    ("GET", "/api/employees/{nip}"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/setup-link"): ROSTER_KEEPERS,
    ("POST", "/api/employees/{nip}/photos"): ROSTER_KEEPERS,
    ("POST", "/api/photos/check"): ROSTER_KEEPERS,
}
# Rendered pages say themselves who may open them: tests/service/web/test_pages.py.
PAGES = {
    ("GET", "/"),
    ("GET", "/login"),
    ("GET", "/setup/{token}"),
    ("POST", "/language"),
    ("GET", "/checkin"),
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


@pytest.mark.parametrize("role", sorted(EVERYBODY))
@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
def test_a_route_is_open_to_just_its_roles(
    people: dict[str, Visitor], role: str, method: str, path: str
) -> None:
    if path == "/api/logout":
        pytest.skip("open to all, and would sign the others out of this test")
    address = path.replace("{nip}", "nobody").replace("{checkin_id}", "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01")
    answer = people[role].client.request(method, address, headers=people[role].headers)
    if role in ROUTES[method, path]:
        # Past the door: refused, if at all, for what was asked.
        assert answer.json().get("code") not in {"not_signed_in", "not_allowed"}
    else:
        assert answer.status_code == (401 if role == "visitor" else 403)
