"""Accounts of an installation that asks for a second factor. No face is read, so no worker is started."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from models import qr_code
from service import totp, wiring
from service.app import create_app
from service.db.tables import Account, Employee, Role
from service.settings import Settings
from tests.service.conftest import FakeClock

PASSWORD = "sandi yang panjang"
NIP = "198503302003121002"


class Office:
    def __init__(self, client: TestClient, services: wiring.Services, clock: FakeClock) -> None:
        self.client = client
        self.services = services
        self.clock = clock

    def add(self, login: str, role: Role) -> None:
        """An account with a password; an employee's too."""
        with self.services.db.write() as session:
            employee = Employee(nip=login, name="Dewi", created_at=self.clock())
            account = Account(login=login, role=role, employee=employee, created_at=self.clock())
            session.add(account)
            session.flush()
            link = self.services.auth.make_setup_link(session, account, self.clock()).token
        assert self.client.post("/api/setup", json={"token": link, "password": PASSWORD}).status_code == 204

    def login(self, login: str = NIP, code: str | None = None, password: str = PASSWORD) -> Response:
        body = {"login": login, "password": password, "code": code, "kind": "bearer"}
        return self.client.post("/api/login", json=body)

    def call(self, token: str, method: str, path: str, body: object = None) -> Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.request(method, path, headers=headers, json=body)

    def enrol_app(self, token: str) -> tuple[bytes, list[str]]:
        """The secret and the recovery codes; the first code is used up."""
        started = self.call(token, "POST", "/api/account/second-factor", {"password": PASSWORD})
        assert started.status_code == 201
        secret = base64.b32decode(started.json()["secret"])
        confirmed = self.call(
            token, "POST", "/api/account/second-factor/confirm", {"code": self.code(secret)}
        )
        assert confirmed.status_code == 200
        self.clock.advance(seconds=totp.STEP_S)
        return secret, confirmed.json()["recovery_codes"]

    def code(self, secret: bytes) -> str:
        return totp.code(secret, totp.step_at(self.clock()))


@pytest.fixture
def make_office(tmp_path: Path, clock: FakeClock) -> Iterator[Callable[..., Office]]:
    made: list[wiring.Services] = []

    def make(**settings: object) -> Office:
        chosen = Settings(data_dir=tmp_path / "data", workers=1, **settings)  # type: ignore[arg-type]
        app = create_app(chosen, clock)
        services = app.state.services = wiring.build(chosen, clock)
        made.append(services)
        return Office(TestClient(app, follow_redirects=False), services, clock)

    yield make
    for services in made:
        services.close()


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    return make_office(require_totp=True)


def test_hr_can_do_nothing_of_hrs_before_the_app_is_enrolled(office: Office) -> None:
    office.add(NIP, "hr")
    answer = office.login().json()
    assert answer["second_factor_missing"]
    refused = office.call(answer["token"], "GET", "/api/employees")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_missing")
    office.enrol_app(answer["token"])
    assert office.call(answer["token"], "GET", "/api/employees").status_code == 200


def test_hrs_own_attendance_does_not_wait_for_the_app(office: Office) -> None:
    office.add(NIP, "hr")
    token = office.login().json()["token"]
    assert office.call(token, "POST", "/api/checkins").json()["code"] == "invalid_request"


def test_pages_lead_to_the_account_until_the_app_is_enrolled(office: Office) -> None:
    office.add(NIP, "hr")
    token = office.login().json()["token"]
    assert office.call(token, "GET", "/employees").headers["location"] == "/account"
    assert office.call(token, "GET", "/account").status_code == 200
    assert office.call(token, "GET", "/checkin").status_code == 200
    office.enrol_app(token)
    assert office.call(token, "GET", "/employees").status_code == 200


def test_then_signing_in_takes_the_code(office: Office) -> None:
    office.add(NIP, "hr")
    secret, recovery_codes = office.enrol_app(office.login().json()["token"])
    assert (office.login().status_code, office.login().json()["code"]) == (401, "code_needed")
    assert office.login(code="000000").json()["code"] == "wrong_code"
    code = office.code(secret)
    assert office.login(code=code).status_code == 200
    assert office.login(code=code).json()["code"] == "wrong_code"
    assert office.login(code=recovery_codes[0]).status_code == 200


def test_employees_need_no_app_and_may_have_one(office: Office) -> None:
    office.add(NIP, "employee")
    answer = office.login().json()
    assert not answer["second_factor_missing"]
    office.enrol_app(answer["token"])
    assert office.login().json()["code"] == "code_needed"


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, False),
        ({"public_url": "http://kantor.example"}, False),
        ({"public_url": "https://hadir.example.go.id"}, True),
        ({"public_url": "https://hadir.example.go.id", "require_totp": False}, False),
    ],
)
def test_it_is_asked_for_where_the_service_is_on_the_internet(
    make_office: Callable[..., Office], settings: dict[str, object], missing: bool
) -> None:
    office = make_office(**settings)
    office.add(NIP, "admin")
    assert office.login().json()["second_factor_missing"] == missing


def test_enrolling_the_app_ends_the_other_sessions(office: Office) -> None:
    office.add(NIP, "hr")
    others, own = office.login().json()["token"], office.login().json()["token"]
    office.enrol_app(own)
    assert office.call(others, "GET", "/api/me").status_code == 401
    assert office.call(own, "GET", "/api/me").status_code == 200


def test_the_state_is_told_to_its_owner(office: Office) -> None:
    office.add(NIP, "hr")
    token = office.login().json()["token"]
    office.enrol_app(token)
    assert office.call(token, "GET", "/api/account/second-factor").json() == {
        "enrolled": True,
        "required": True,
        "recovery_codes_left": 10,
    }


def test_a_session_alone_does_not_enrol_an_app(office: Office) -> None:
    office.add(NIP, "hr")
    token = office.login().json()["token"]
    refused = office.call(token, "POST", "/api/account/second-factor", {"password": "wrong"})
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_password")


@pytest.mark.parametrize("action", ["remove", "recovery-codes"])
def test_a_session_and_the_password_alone_do_not_change_the_app(office: Office, action: str) -> None:
    office.add(NIP, "hr")
    token = office.login().json()["token"]
    secret, _ = office.enrol_app(token)
    path = f"/api/account/second-factor/{action}"
    wrong_code = office.call(token, "POST", path, {"password": PASSWORD, "code": "000000"})
    assert wrong_code.json()["code"] == "wrong_code"
    wrong_password = office.call(token, "POST", path, {"password": "wrong", "code": office.code(secret)})
    assert wrong_password.json()["code"] == "wrong_password"
    right = office.call(token, "POST", path, {"password": PASSWORD, "code": office.code(secret)})
    assert right.status_code in {200, 204}


def test_without_the_app_hr_has_to_enrol_again(office: Office) -> None:
    office.add(NIP, "hr")
    token = office.login().json()["token"]
    secret, _ = office.enrol_app(token)
    body = {"password": PASSWORD, "code": office.code(secret)}
    assert office.call(token, "POST", "/api/account/second-factor/remove", body).status_code == 204
    assert office.call(token, "GET", "/api/employees").json()["code"] == "second_factor_missing"


def test_a_code_is_not_guessed_in_a_session_either(office: Office) -> None:
    office.add(NIP, "hr")
    token = office.login().json()["token"]
    office.call(token, "POST", "/api/account/second-factor", {"password": PASSWORD})
    path = "/api/account/second-factor/confirm"
    statuses = [office.call(token, "POST", path, {"code": "000000"}).status_code for _ in range(7)]
    assert statuses == [403] * 5 + [429] * 2


def test_an_administrator_resets_who_has_lost_the_phone(office: Office) -> None:
    office.add("admin", "admin")
    office.add(NIP, "hr")
    admin = office.login("admin").json()["token"]
    office.enrol_app(admin)
    office.enrol_app(office.login().json()["token"])
    path = f"/api/employees/{NIP}/setup-link"
    assert office.call(admin, "POST", path).status_code == 201
    assert office.login().json()["code"] == "code_needed"
    reset = office.call(admin, "POST", path, {"second_factor": True})
    assert office.login().json()["code"] == "wrong_login"
    link = reset.json()["setup_url"].rsplit("/", 1)[1]
    office.client.post("/api/setup", json={"token": link, "password": PASSWORD})
    assert office.login().json()["second_factor_missing"]


def test_a_secret_that_was_moved_from_another_account_lets_nobody_in_and_is_reported(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.add(NIP, "hr")
    office.add("thief", "auditor")
    own, others = (office.enrol_app(office.login(login).json()["token"])[0] for login in (NIP, "thief"))
    with office.services.db.write() as session:
        stolen = session.query(Account).filter_by(login="thief").one().totp_secret
        session.query(Account).filter_by(login=NIP).one().totp_secret = stolen
    for secret in (own, others):
        refused = office.login(code=office.code(secret))
        assert (refused.status_code, refused.json()["code"]) == (500, "seal_broken")
    said = [record.getMessage() for record in caplog.records if record.name == "service.web.problems"]
    assert said == ["what is stored was changed, moved or cut, and was not used"] * 2


def test_a_lost_phone_is_signed_out_at_once(office: Office) -> None:
    office.add("admin", "admin")
    office.add(NIP, "hr")
    admin, phone = office.login("admin").json()["token"], office.login().json()["token"]
    office.enrol_app(admin)
    path = f"/api/employees/{NIP}/setup-link"
    assert office.call(admin, "POST", path).status_code == 201
    assert office.call(phone, "GET", "/api/me").status_code == 200
    assert office.call(admin, "POST", path, {"second_factor": True}).status_code == 201
    assert office.call(phone, "GET", "/api/me").status_code == 401


def test_the_code_to_scan_says_what_the_address_says(office: Office) -> None:
    office.add(NIP, "hr")
    token = office.login().json()["token"]
    started = office.call(token, "POST", "/api/account/second-factor", {"password": PASSWORD}).json()
    drawn = qr_code.drawn(started["address"])
    assert started["qr"] == {"size": drawn.size, "path": drawn.path}
