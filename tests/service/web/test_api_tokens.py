import pytest

from service.api_tokens import SCOPES
from tests.service.web.conftest import Visitor


def make(admin: Visitor, *scopes: str) -> dict[str, object]:
    made = admin.post("/api/tokens", json={"name": "Payroll", "scopes": list(scopes)})
    assert made.status_code == 201
    answer: dict[str, object] = made.json()
    return answer


def program(admin: Visitor, made: dict[str, object]) -> Visitor:
    return Visitor(admin.client, str(made["token"]))


def listed(admin: Visitor, made: dict[str, object]) -> dict[str, object]:
    tokens: list[dict[str, object]] = admin.get("/api/tokens").json()["tokens"]
    return next(token for token in tokens if token["id"] == made["id"])


def test_a_token_is_shown_once_and_listed_without_it(admin: Visitor) -> None:
    made = make(admin, "employees:read")
    assert str(made["token"]).startswith("hadir_")
    assert listed(admin, made) == {key: made[key] for key in made if key != "token"}
    assert str(made["token"]) not in admin.get("/api/tokens").text


def test_a_program_reads_what_its_scope_says(admin: Visitor) -> None:
    made = make(admin, "employees:read")
    assert program(admin, made).get("/api/employees").status_code == 200
    refused = program(admin, made).get("/api/checkins")
    assert (refused.status_code, refused.json()["scope"]) == (403, "checkins:read")


def test_its_last_use_is_shown(admin: Visitor) -> None:
    made = make(admin, "employees:read")
    assert listed(admin, made)["used_at"] is None
    program(admin, made).get("/api/employees")
    assert listed(admin, made)["used_at"] is not None


def test_a_revoked_token_is_refused_at_once(admin: Visitor) -> None:
    made = make(admin, "employees:read")
    path = f"/api/tokens/{made['id']}"
    assert admin.client.delete(path, headers=admin.headers).status_code == 204
    assert program(admin, made).get("/api/employees").status_code == 401
    assert listed(admin, made)["revoked_at"] is not None


def test_a_token_makes_no_tokens_and_opens_no_page(admin: Visitor) -> None:
    made = make(admin, "employees:read", "employees:write", "checkins:read", "checkins:write")
    of_program = program(admin, made)
    assert of_program.post("/api/tokens", json={"name": "x", "scopes": ["checkins:read"]}).status_code == 403
    assert of_program.get("/account", follow_redirects=False).status_code == 303
    assert of_program.get("/employees", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("scopes", [[], ["everything"], ["employees:read"] * (len(SCOPES) + 1)])
def test_unknown_scopes_are_refused(admin: Visitor, scopes: list[str]) -> None:
    assert admin.post("/api/tokens", json={"name": "Payroll", "scopes": scopes}).status_code == 422


@pytest.mark.parametrize("token_id", ["0", "2147483648", "x"])
def test_what_is_no_token_is_not_revoked(admin: Visitor, token_id: str) -> None:
    answer = admin.client.delete(f"/api/tokens/{token_id}", headers=admin.headers)
    assert answer.status_code == 422


def test_no_program_makes_or_takes_over_an_account_of_more_rights(admin: Visitor, hr: Visitor) -> None:
    of_program = program(admin, make(admin, "employees:write"))
    made = of_program.post("/api/employees", json={"nip": "by-program", "name": "Baru", "role": "hr"})
    assert (made.status_code, made.json()["code"]) == (403, "not_allowed")
    taken = of_program.post("/api/employees/hr-1/setup-link")
    assert (taken.status_code, taken.json()["code"]) == (403, "not_allowed")
    hired = of_program.post("/api/employees", json={"nip": "by-program", "name": "Baru"})
    assert hired.status_code == 201
