import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from service import wiring
from service.app import create_app
from service.db.tables import Account, Employee, Role
from service.i18n import LANGUAGES, Language
from service.settings import Settings
from service.web.access import COOKIE
from service.web.page_frame import LATER, MODULES, local_path
from service.web.static_files import FILES, VERSION, static_url

NIP = "198503302003121002"
INLINE = re.compile(
    r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*(\ssrc=|type=\"application/json\"))"
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """The application with its real parts; no page needs the workers, so they are not started."""
    settings = Settings(data_dir=tmp_path, workers=1)
    made = create_app(settings)
    made.state.services = wiring.build(settings)
    yield made
    made.state.services.close()


@pytest.fixture
def visitor(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False)


def signed_in(app: FastAPI, role: Role, employee_name: str | None = "Siti <b>Rahmawati</b>") -> TestClient:
    services: wiring.Services = app.state.services
    now = services.clock()
    with services.db.write() as session:
        employee = Employee(nip=NIP, name=employee_name, created_at=now) if employee_name else None
        account = Account(login=NIP, role=role, employee=employee, created_at=now)
        session.add(account)
        session.flush()
        token = services.auth.open_session(session, account, "cookie", now).token
    return TestClient(app, follow_redirects=False, cookies={COOKIE: token})


PAGES_OF_ROLES = [
    ("employee", "/checkin", {"/account", "/checkin", "/my-data", "/my-month", "/my-requests"}),
    (
        "hr",
        "/employees",
        {
            "/account",
            "/checkin",
            "/my-data",
            "/my-month",
            "/schedules",
            "/holidays",
            "/my-requests",
            "/requests",
            "/manual-periods",
            "/today",
            "/closing",
            "/recap",
            "/exports",
            "/employees",
            f"/employees/{NIP}",
            "/units",
            "/sites",
            "/connectivity",
            "/machines",
            "/kiosks",
            "/checkins",
            "/reviews",
        },
    ),
    (
        "admin",
        "/employees",
        {
            "/account",
            "/checkin",
            "/my-data",
            "/my-month",
            "/schedules",
            "/holidays",
            "/my-requests",
            "/requests",
            "/today",
            "/manual-periods",
            "/closing",
            "/recap",
            "/exports",
            "/employees",
            f"/employees/{NIP}",
            "/units",
            "/sites",
            "/connectivity",
            "/machines",
            "/kiosks",
            "/checkins",
            "/reviews",
            "/webhooks",
            "/settings",
        },
    ),
    (
        "auditor",
        "/reviews",
        {
            "/account",
            "/checkin",
            "/my-data",
            "/my-month",
            "/my-requests",
            "/today",
            "/recap",
            "/kiosks",
            "/checkins",
            "/reviews",
        },
    ),
]
ALL_PAGES = (
    "/today",
    "/account",
    "/checkin",
    "/my-data",
    "/my-month",
    "/schedules",
    "/holidays",
    "/my-requests",
    "/requests",
    "/manual-periods",
    "/closing",
    "/recap",
    "/exports",
    "/employees",
    f"/employees/{NIP}",
    "/units",
    "/sites",
    "/connectivity",
    "/machines",
    "/kiosks",
    "/checkins",
    "/reviews",
    "/webhooks",
    "/settings",
)


@pytest.mark.parametrize(("role", "start", "allowed"), PAGES_OF_ROLES)
def test_each_role_opens_its_pages_and_no_others(
    app: FastAPI, role: Role, start: str, allowed: set[str]
) -> None:
    client = signed_in(app, role)

    assert client.get("/").headers["location"] == start
    assert {path for path in ALL_PAGES if client.get(path).status_code == 200} == allowed
    assert {path for path in ALL_PAGES if client.get(path).status_code == 403} == set(ALL_PAGES) - allowed


@pytest.mark.parametrize("path", ALL_PAGES)
def test_a_visitor_signs_in_first(visitor: TestClient, path: str) -> None:
    answer = visitor.get(f"{path}?status=review")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/login?next=%2F{path.split('/')[1]}")
    assert answer.headers["location"].endswith("%3Fstatus%3Dreview")


def test_an_account_that_is_no_employees_has_no_check_in_page(app: FastAPI) -> None:
    client = signed_in(app, "admin", employee_name=None)

    assert client.get("/checkin").status_code == 403
    assert 'href="/checkin"' not in client.get("/employees").text


@pytest.mark.parametrize(("role", "offered"), [("hr", False), ("admin", True)])
def test_only_an_administrator_is_offered_other_roles(app: FastAPI, role: Role, offered: bool) -> None:
    assert ('id="role"' in signed_in(app, role).get("/employees").text) is offered


@pytest.mark.parametrize(("role", "offered"), [("hr", False), ("admin", True)])
def test_only_an_administrator_is_offered_to_change_units_and_roles(
    app: FastAPI, role: Role, offered: bool
) -> None:
    client = signed_in(app, role)

    assert ('id="add"' in client.get("/units").text) is offered
    assert ('id="role-form"' in client.get(f"/employees/{NIP}").text) is offered


def test_a_person_who_is_not_there_has_no_page(app: FastAPI) -> None:
    assert signed_in(app, "hr").get("/employees/nobody").status_code == 404


def test_only_an_administrator_is_offered_tokens(app: FastAPI) -> None:
    assert 'id="tokens"' not in signed_in(app, "hr").get("/account").text


def test_who_is_signed_in_leaves_the_sign_in_page(app: FastAPI) -> None:
    client = signed_in(app, "employee")

    assert client.get("/login?next=/checkin").headers["location"] == "/checkin"
    assert client.get("/login?next=//elsewhere.example").headers["location"] == "/"


@pytest.mark.parametrize(
    "address",
    [
        "//elsewhere.example",
        "/\\elsewhere.example",
        "https://elsewhere.example/",
        "javascript:alert(1)",
        "elsewhere",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        "",
        None,
    ],
)
def test_no_address_leads_to_another_site(address: str | None) -> None:
    assert local_path(address) == "/"


def test_a_path_of_ours_is_kept_with_its_query() -> None:
    assert local_path("/checkins?status=review&date=2026-11-24") == "/checkins?status=review&date=2026-11-24"


def every_page(app: FastAPI) -> list[str]:
    client = signed_in(app, "admin")
    visitor = TestClient(app)
    return [
        *(client.get(path).text for path in ALL_PAGES),
        visitor.get("/login").text,
        visitor.get("/setup/some-token").text,
    ]


def test_no_page_has_a_script_or_style_in_it(app: FastAPI) -> None:
    assert [INLINE.findall(page) for page in every_page(app) if INLINE.search(page)] == []


def test_every_page_names_only_files_that_are_there(app: FastAPI) -> None:
    client = TestClient(app)
    named = {path for page in every_page(app) for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page)}

    assert {path for path in named if client.get(path).status_code != 200} == set()
    assert len(named) > len(MODULES)


def imported_by(modules: Iterable[str], how: str = "from ") -> set[str]:
    return {
        name for module in modules for name in re.findall(rf'{how}"\./(\w+\.js)"', FILES[module].decode())
    }


def test_every_page_names_all_the_modules_its_script_imports() -> None:
    for modules in MODULES.values():
        assert imported_by(modules) == set(modules[1:])


def test_a_page_names_all_the_modules_it_fetches_later_and_none_that_are_there_already() -> None:
    for page, later in LATER.items():
        assert imported_by(MODULES[page], r"import\(") == {later[0]}
        assert imported_by(later) - set(MODULES[page]) == set(later[1:])
        assert set(later) & set(MODULES[page]) == set()


def test_scripts_use_only_words_that_their_pages_hand_over(app: FastAPI) -> None:
    pages = {page: set(re.findall(r'"(\w+)":', page)) for page in every_page(app)}
    for page, words in pages.items():
        for module in re.findall(r'modulepreload" href="/static/\w+/(\w+\.js)"', page):
            assert set(re.findall(r'\btext\("(\w+)"', FILES[module].decode())) - words == set()


def test_a_name_is_text_and_never_markup(app: FastAPI) -> None:
    page = signed_in(app, "employee").get("/checkin").text

    assert "Siti &lt;b&gt;Rahmawati&lt;/b&gt;" in page
    assert "<b>Rahmawati" not in page


def test_a_token_in_the_address_is_text_and_never_markup(visitor: TestClient) -> None:
    page = visitor.get('/setup/"><script>alert(1)<%2Fscript>').text

    assert "<script>alert" not in page


def test_pages_are_not_kept_by_browsers(app: FastAPI) -> None:
    assert signed_in(app, "employee").get("/checkin").headers["cache-control"] == "no-store"


def test_an_ended_session_is_a_visitors(app: FastAPI) -> None:
    client = signed_in(app, "employee")
    services: wiring.Services = app.state.services
    with services.db.write() as session:
        services.auth.close_session(session, client.cookies[COOKIE], services.clock())

    assert client.get("/checkin").headers["location"] == "/login?next=%2Fcheckin"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chosen_language_is_remembered(visitor: TestClient, language: Language) -> None:
    chosen = visitor.post("/language", data={"language": language, "next": "/login?next=%2Fcheckin"})

    assert chosen.headers["location"] == "/login?next=%2Fcheckin"
    assert f'<html lang="{language}">' in visitor.get("/login").text


def test_an_unknown_language_changes_nothing(visitor: TestClient) -> None:
    visitor.post("/language", data={"language": "xx"})

    assert '<html lang="id">' in visitor.get("/login").text


def test_choosing_a_language_leads_to_no_other_site(visitor: TestClient) -> None:
    chosen = visitor.post("/language", data={"language": "en", "next": "//elsewhere.example"})

    assert chosen.headers["location"] == "/"


def test_the_browsers_language_is_used_until_one_is_chosen(visitor: TestClient) -> None:
    assert '<html lang="en">' in visitor.get("/login", headers={"accept-language": "en-GB"}).text


def test_files_of_this_version_are_kept_for_good(visitor: TestClient) -> None:
    assert "immutable" in visitor.get(static_url("hadir.css")).headers["cache-control"]


def test_files_of_another_version_are_served_but_not_kept(visitor: TestClient) -> None:
    answer = visitor.get(static_url("hadir.css").replace(VERSION, "0" * len(VERSION)))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fpages.py", "%2e%2e/pages.py"])
def test_only_the_pages_files_are_served(visitor: TestClient, name: str) -> None:
    assert visitor.get(f"/static/{VERSION}/{name}").status_code == 404
