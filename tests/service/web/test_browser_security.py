"""What browsers are told by the whole application, with and without TLS before it, on every route it has."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from service import kiosks, wiring
from service.app import create_app
from service.db.tables import Account, Checkin, Employee, Role
from service.i18n import LANGUAGES
from service.reach import EVERYBODY
from service.settings import Settings
from service.sites import add_site
from service.units import add_unit
from service.web.access import cookie_name
from service.web.page_frame import MODULES
from service.web.slow_clients import UVICORN
from service.web.static_files import VERSION
from tests.service.web.asgi import run
from tests.service.web.page_source import PageSource
from tests.service.web.test_routes import leaves

HOST = "hadir.example.go.id"
ROLES: tuple[Role, ...] = ("employee", "hr", "auditor", "admin")
PASSWORD = "sandi yang panjang"
# As a script, a form with files, a form's text/plain, and a plain link would send it.
BODIES: list[dict[str, Any]] = [{"json": {}}, {"files": {"selfie": b"x"}}, {"content": b"{}"}, {}]
CHECKIN = "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01"
VARIES = {"version": VERSION, "checkin_id": CHECKIN, "month": "2026-01"}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
FROM_ELSEWHERE = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://elsewhere.example"},
    {"origin": "null"},
]


class Site:
    """The application, and a browser for everybody. No page needs the workers: none is started."""

    def __init__(self, folder: Path, public_url: str | None) -> None:
        settings = Settings(data_dir=folder, workers=1, public_url=public_url, require_totp=False)
        self.app = create_app(settings)
        self.services = self.app.state.services = wiring.build(settings)
        self.address = public_url or f"http://{HOST}"
        self.tokens = {role: self._add(role) for role in ROLES}
        # What varies in an address is "employee", also where it is the code of a unit.
        add_unit(self.services.db, code="employee", name="Dinas", now=self.services.clock())
        self._check_in()

    def _check_in(self) -> None:
        now = self.services.clock()
        with self.services.db.write() as session:
            session.add(
                Checkin(
                    id=CHECKIN,
                    employee_id=1,
                    kind="in",
                    captured_at=now,
                    received_at=now,
                    status="review",
                    reasons=[],
                    selfie_sha256="",
                    frame_keys=[],
                    meta={},
                )
            )

    def _add(self, role: Role) -> str:
        services, now = self.services, self.services.clock()
        with services.db.write() as session:
            employee = Employee(nip=role, name=f"{role} <b onclick=x>", created_at=now)
            account = Account(login=role, role=role, employee=employee, created_at=now)
            session.add(account)
            session.flush()
            link = services.auth.make_setup_link(session, account, now).token
        with services.db.write() as session:
            services.auth.use_setup_link(session, link, PASSWORD, now)
            return services.auth.open_session(session, account, "cookie", now).token

    def browser(self, role: Role | None = None, language: str = "id") -> TestClient:
        secure = self.services.settings.secure_cookies
        cookies = {} if role is None else {cookie_name(secure): self.tokens[role]}
        return TestClient(
            self.app,
            base_url=self.address,
            cookies=cookies,
            headers={"accept-language": language, "accept": "text/html"},
            follow_redirects=False,
            raise_server_exceptions=False,
        )

    def routes(self, *methods: str) -> list[tuple[str, str]]:
        """Method and address of every route, with something in place of what varies."""
        return sorted(
            (method, re.sub(r"{(\w+)(?::\w+)?}", lambda name: VARIES.get(name[1], "employee"), path))
            for method, path in leaves(self.app.routes)
            if method in methods
        )

    def tablet(self) -> TestClient:
        """Paired with a kiosk of its own."""
        services, now = self.services, self.services.clock()
        code = uuid.uuid4().hex[:8]
        add_unit(services.db, code=code, name="Dinas", now=now)
        add_site(services.db, code=code, name="Kantor", unit=code, now=now)
        made = kiosks.make(services.db, name="Pintu", site=code, now=now, reach=EVERYBODY, by=1)
        browser = self.browser()
        browser.post("/api/kiosk/pair", json={"code": made.code})
        return browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("plain"), None)
    yield made
    made.services.close()


@pytest.fixture(scope="module")
def secure_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("secure"), f"https://{HOST}")
    yield made
    made.services.close()


def test_over_tls_every_answer_asks_for_tls_from_then_on(secure_site: Site) -> None:
    for _, path in secure_site.routes("GET"):
        kept = secure_site.browser().get(path).headers["strict-transport-security"]
        assert int(kept.partition("max-age=")[2].partition(";")[0]) >= 365 * 24 * 3600, path


def test_without_tls_nothing_asks_for_it(site: Site) -> None:
    for _, path in site.routes("GET"):
        assert "strict-transport-security" not in site.browser("admin").get(path).headers


def test_every_answer_has_the_policy_also_one_that_nobody_foresaw(site: Site) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("unforeseen")

    answers = [site.browser("admin").get(path) for _, path in site.routes("GET")]
    answers.append(site.browser().get("/nowhere"))
    answers.append(site.browser().post("/api/login", content=b"{"))
    answers.append(site.browser().post("/api/login", headers={"sec-fetch-site": "cross-site"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.web.pages.viewer_of", fail)
        unforeseen = site.browser().get("/login")
    assert unforeseen.status_code == 500
    for answer in (*answers, unforeseen):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=(self), geolocation=(self)" in answer.headers["permissions-policy"]


def test_nothing_but_the_files_of_the_pages_may_be_kept(site: Site) -> None:
    for role in (None, *ROLES):
        for _, path in site.routes("GET"):
            if not path.startswith("/static/"):
                assert site.browser(role).get(path).headers["cache-control"] == "no-store", (role, path)


def every_page(site: Site) -> Iterator[tuple[str, str]]:
    """Address and text of each page as each role, a visitor and a kiosk see it, in each language."""
    yield "/kiosk", site.tablet().get("/kiosk").text
    for role in (None, *ROLES):
        for language in LANGUAGES:
            browser = site.browser(role, language)
            for path in [path for _, path in site.routes("GET")] + ["/nowhere"]:
                answer = browser.get(path)
                if answer.headers.get("content-type", "").startswith("text/html"):
                    yield path, answer.text


def test_no_page_has_a_script_a_style_or_anybody_elses_address_in_it(site: Site) -> None:
    pages = {text: path for path, text in every_page(site)}
    faults = {path: PageSource(text).faults for text, path in pages.items() if PageSource(text).faults}
    assert faults == {}


def test_that_is_said_of_every_template(site: Site) -> None:
    seen = {script for _, text in every_page(site) for script in PageSource(text).scripts}
    assert {script.rpartition("/")[2] for script in seen} == {modules[0] for modules in MODULES.values()}


def test_what_the_test_looks_for_would_be_found() -> None:
    page = (
        '<p onclick="a()" style="x"><script>b()</script><a href="javascript:c()"></a><iframe srcdoc=""></iframe>'
        '<img src="//elsewhere.example/"><style></style>'
    )
    assert len(PageSource(page).faults) == 8


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
def test_another_sites_page_can_use_no_route_that_changes_anything(
    site: Site, headers: dict[str, str]
) -> None:
    routes = site.routes(*UNSAFE)
    assert len(routes) > 10
    for method, path in routes:
        for body in BODIES:
            answer = site.browser("admin").request(method, path, headers=headers, **body)
            assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request"), (method, path)


def test_no_route_changes_anything_by_a_method_that_links_use(site: Site) -> None:
    """What is not a page only reads: nobody is signed out, and nothing is made, by an image's address."""
    for method, path in site.routes(*UNSAFE):
        answer = site.browser("admin").get(path)
        assert answer.status_code in {200, 303, 401, 404, 405, 422}, (method, path)
    assert site.browser("admin").get("/api/me").status_code == 200


def test_over_tls_the_same_host_without_tls_is_another_site(secure_site: Site) -> None:
    browser = secure_site.browser("admin")
    assert browser.post("/api/logout", headers={"origin": f"http://{HOST}"}).status_code == 403
    assert secure_site.browser().post("/api/logout", headers={"origin": f"https://{HOST}"}).status_code == 204


def test_over_tls_every_cookie_is_this_hosts_alone(secure_site: Site) -> None:
    browser = secure_site.browser()
    answers = [
        browser.post("/api/login", json={"login": "hr", "password": PASSWORD}),
        browser.post("/language", data={"language": "en"}),
        browser.post("/api/logout"),
    ]
    cookies = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie")]
    assert len(cookies) == 4
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert "HttpOnly" in cookie


def test_over_tls_a_cookie_of_plain_http_signs_nobody_in(secure_site: Site) -> None:
    planted = TestClient(
        secure_site.app, base_url=secure_site.address, cookies={"hadir_session": secure_site.tokens["hr"]}
    )
    assert planted.get("/api/me").status_code == 401


def client_seen(peer: str, forwarded: str | None, monkeypatch: pytest.MonkeyPatch, trusted: str) -> str:
    """Whose address the application is given, behind uvicorn's own handling of proxies."""
    seen: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"][0])

    async def connect() -> None:
        config = uvicorn.Config(application, **UVICORN)
        config.load()
        headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
        scope = {"type": "http", "scheme": "http", "client": (peer, 1), "headers": headers}
        await config.loaded_app(scope, None, None)

    monkeypatch.setenv("FORWARDED_ALLOW_IPS", trusted)
    run(connect)
    return seen[0]


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("203.0.113.9", "192.0.2.7", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 192.0.2.7", "192.0.2.7"),
        ("203.0.113.9", None, "203.0.113.9"),
    ],
)
def test_only_a_trusted_proxy_says_where_a_request_comes_from(
    monkeypatch: pytest.MonkeyPatch, peer: str, forwarded: str | None, seen: str
) -> None:
    assert client_seen(peer, forwarded, monkeypatch, trusted="10.0.0.1") == seen
