"""Whatever is sent to any route in whosever name, it is answered as the description of the API says."""

import base64
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, repeat
from typing import Any, TypeAlias

import numpy as np
import pytest
import requests
import schemathesis
from hypothesis import settings
from schemathesis import Case
from schemathesis.checks import CheckFunction, ignored_auth, negative_data_rejection, positive_data_acceptance
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core import NOT_SET
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import allow_header_conformance

from models.image import encode_jpeg
from service import totp
from service.app import create_app
from service.item_keys import PublicKey
from service.settings import Settings
from service.wiring import Services
from tests.conftest import Report
from tests.hostile.phone import new_meta
from tests.hostile.roles import Roles, roles_beside
from tests.hostile.running_service import HOST, RunningService
from tests.service.org_tree import plant, put
from tests.service.stored_items import StoringPhone
from tests.service.web.kiosk_tablet import open_site

AnyCase: TypeAlias = Case[Any]
SEED = 20261124
PASSWORD, OTHER_PASSWORD = "sandi yang panjang", "sandi yang lain"
ENDS_THE_SESSION = "/api/logout"
CHECKINS = "/api/checkins"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """With a small database of its own, which each erasure rewrites."""
    data_dir = tmp_path_factory.mktemp("described") / "data"
    running = RunningService(data_dir, program="tests.hostile.quick_passwords", workers=1, transparency="on")
    try:
        running.start_until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def roles(service: RunningService) -> Iterator[Roles]:
    with roles_beside(service.data_dir) as roles:
        yield roles


class Caller:
    """Somebody of the role, with a connection and a session of their own. For one thread."""

    def __init__(self, roles: Roles, role: str, address: str) -> None:
        self._roles = roles
        self._role = role
        self._address = address
        self._headers = roles.headers(role)
        self._connection = requests.Session()
        self._connection.trust_env = False

    def send(self, case: AnyCase) -> Response:
        response = case.call(self._address, self._connection, self._headers)
        if case.path == ENDS_THE_SESSION:
            self._headers = self._roles.headers(self._role)
        return response

    def close(self) -> None:
        self._connection.close()


@dataclass
class Callers:
    """One of each role, who send the same. `answers`: how often each status was answered."""

    roles: Roles
    callers: list[Caller]
    threads: ThreadPoolExecutor
    answers: Counter[int] = field(default_factory=Counter)
    _turns: Iterator[int] = field(default_factory=count)
    _checked_in: str = ""

    def send(self, case: AnyCase, callers: Sequence[Caller]) -> None:
        responses = list(self.threads.map(Caller.send, callers, repeat(case)))
        told_to_wait = [
            one for one, response in zip(callers, responses, strict=True) if response.status_code == 429
        ]
        if told_to_wait:
            # A right answer, which hides all others.
            self.roles.forget_failures()
            responses += [caller.send(case) for caller in told_to_wait]
        for response in responses:
            self.answers[response.status_code] += 1
            case.validate_response(response, excluded_checks=unfit_checks(case))

    def every_other_time(self) -> bool:
        return next(self._turns) % 2 == 0

    def make_real(self, case: AnyCase) -> None:
        """What is made up is nobody's, and would be refused before anything is done."""
        named: dict[str, Any] = case.path_parameters or {}
        if "nip" in named:
            named["nip"] = self.roles.somebody()
        if "token_id" in named:
            named["token_id"] = self.roles.a_token()
        if "checkin_id" in named and self._checked_in:
            named["checkin_id"] = self._checked_in
        if case.path == CHECKINS and isinstance(case.body, dict):
            self._checked_in = str(uuid.uuid4())
            meta = new_meta(uuid.UUID(self._checked_in), send_anyway=True)
            case.body["meta"] = json.dumps(meta)


def unfit_checks(case: AnyCase) -> list[CheckFunction]:
    """Well-formed requests may be refused for what they say; and a form has no types, but for those of files."""
    in_a_form = case.media_type is not None and case.media_type.startswith("multipart/")
    # A site may have this code: what else can be done at the address is described under `/api/sites/{code}`.
    of_a_site_too = case.path == "/api/sites/connectivity"
    return [
        positive_data_acceptance,
        *([negative_data_rejection] if in_a_form else []),
        *([allow_header_conformance] if of_a_site_too else []),
    ]


@pytest.fixture(scope="module")
def callers(roles: Roles, service: RunningService, report: Report) -> Iterator[Callers]:
    address = f"http://{HOST}:{service.port}"
    callers = [Caller(roles, role, address) for role in roles.names]
    with ThreadPoolExecutor(len(callers)) as threads:
        together = Callers(roles, callers, threads)
        yield together
    for caller in callers:
        caller.close()
    answers = dict(sorted(together.answers.items()))
    report(f"described API: {together.answers.total()} requests as {len(callers)} roles, answers {answers}")


def description() -> BaseSchema:
    generation = GenerationConfig(
        # Of the profile in force: that of a soak has more.
        max_examples=settings().max_examples,
        deterministic=True,
        no_shrink=True,
        with_security_parameters=False,
    )
    # The address is that of the service when it runs.
    project = ProjectConfig(generation=generation, base_url=f"http://{HOST}")
    config = SchemathesisConfig(projects=ProjectsConfig(default=project), seed=SEED)
    return schemathesis.openapi.from_dict(create_app(Settings()).openapi(), config=config)


@dataclass
class Visit:
    """Requests that are right, and whose answers are looked at in the same way. `succeeded`: of which routes."""

    address: str
    api: BaseSchema = field(default_factory=description)
    succeeded: set[str] = field(default_factory=set)

    def call(
        self,
        route: str,
        token: str | None = None,
        body: Any = NOT_SET,
        query: dict[str, Any] | None = None,
        **named: str,
    ) -> Any:
        """The JSON of the answer, if it is that. `route`: as "GET /api/me"."""
        method, path = route.split(" ")
        operation = self.api[path][method]
        case = operation.Case(
            body=body, path_parameters=named, query=query or {}, media_type=_media_type_of(operation)
        )
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = case.call(self.address, headers=headers)
        case.validate_response(response, excluded_checks=[ignored_auth])
        assert response.status_code < 300, response.text
        self.succeeded.add(operation.label)
        return response.json() if response.content.startswith(b"{") else None


def _media_type_of(operation: APIOperation[Any, Any, Any, Any]) -> str | None:
    return next((body.media_type for body in operation.body), None)


def test_every_success_is_as_described(
    roles: Roles, service: RunningService, astronaut_png: bytes, selfie: bytes
) -> None:
    visit = Visit(f"http://{HOST}:{service.port}")
    hr, admin = roles.token("hr"), roles.token("admin")
    nip = uuid.uuid4().hex
    added = visit.call("POST /api/employees", hr, {"nip": nip, "name": "Siti Rahmawati"})
    link = added["setup_url"].rsplit("/", 1)[1]
    visit.call("POST /api/setup", body={"token": link, "password": PASSWORD})
    siti = visit.call("POST /api/login", body={"login": nip, "password": PASSWORD, "kind": "bearer"})["token"]
    visit.call("POST /api/account/password", siti, {"current": PASSWORD, "new": OTHER_PASSWORD})
    _set_up_a_second_factor(visit, siti)
    _enrol_and_check_in(visit, hr, siti, nip, astronaut_png, selfie)
    _check_in_at_a_kiosk(visit, roles.services, admin, selfie)
    _ask_and_decide(visit, admin, siti)
    _enter_a_period(visit, admin, nip)
    _close_a_month(visit, admin)
    _move_and_ask_for(visit, admin, nip)
    _import_from_a_machine(visit, admin, nip)
    made = visit.call("POST /api/tokens", admin, {"name": "Payroll", "scopes": ["employees:read"]})
    visit.call("GET /api/tokens", admin)
    _tell_a_program(visit, admin)
    visit.call("DELETE /api/tokens/{token_id}", admin, token_id=made["id"])
    for route in (
        "GET /api/me",
        "GET /api/me/today",
        "GET /api/me/data",
        "GET /api/me/data.zip",
        "POST /api/me/consent/withdraw",
    ):
        visit.call(route, siti)
    for route in ("POST /api/logout", "GET /health/live", "GET /health/ready"):
        visit.call(route)
    _organise(visit, admin, nip)
    _bring_many(visit, hr)
    _keep_working_time(visit, hr, roles.token("employee"), nip)
    _export_and_publish(visit, roles.services, admin)
    _read_the_trail(visit, admin)
    visit.call("POST /api/employees/{nip}/setup-link", hr, {}, nip=nip)
    visit.call("POST /api/employees/{nip}/erase", hr, nip=nip)
    assert visit.succeeded == {f"{method.upper()} {path}" for path in visit.api for method in visit.api[path]}


def _import_from_a_machine(visit: Visit, admin: str, nip: str) -> None:
    visit.call("POST /api/units", admin, {"code": "MESIN", "name": "Dinas Mesin"})
    wanted = {"code": "FP-1", "name": "Lobi", "unit": "MESIN", "file_format": {"date_time": 2}}
    visit.call("POST /api/machines", admin, wanted)
    visit.call("PATCH /api/machines/{code}", admin, {"name": "Lobi Utama"}, code="FP-1")
    visit.call("GET /api/machines", admin)
    visit.call("PUT /api/machines/{code}/numbers", admin, {"number": "42", "nip": nip}, code="FP-1")
    visit.call("GET /api/machines/{code}/numbers", admin, code="FP-1")
    visit.call("GET /api/machine-files/template", admin)
    now = datetime.now(UTC) - timedelta(minutes=5)
    file = f"42\t{now:%Y-%m-%d %H:%M:%S}\n".encode()
    look = {"file": file, "file_format": json.dumps(wanted["file_format"])}
    visit.call("POST /api/machine-files/preview", admin, look)
    body = {"file": file, "mode": "good_rows"}
    job = visit.call("POST /api/machines/{code}/imports", admin, body, code="FP-1")["id"]
    until = time.monotonic() + 30
    while visit.call("GET /api/jobs/{job_id}", admin, job_id=job)["state"] != "done":
        assert time.monotonic() < until
        time.sleep(0.2)
    imports = visit.call("GET /api/machines/{code}/imports", admin, code="FP-1")["imports"]
    number = str(imports[0]["id"])
    visit.call("GET /api/machines/{code}/imports/{import_id}", admin, code="FP-1", import_id=number)
    taking = "POST /api/machines/{code}/imports/{import_id}/taking-back"
    visit.call(taking, admin, {"note": "keliru"}, code="FP-1", import_id=number)


def _organise(visit: Visit, admin: str, nip: str) -> None:
    visit.call("POST /api/units", admin, {"code": "KEC-1", "name": "Kecamatan Satu"})
    visit.call("GET /api/units", admin)
    visit.call("PATCH /api/units/{code}", admin, {"name": "Kecamatan Dua"}, code="KEC-1")
    for unit in ("KEC-1", None):
        visit.call("PUT /api/employees/{nip}/unit", admin, {"unit": unit}, nip=nip)
        visit.call("PUT /api/employees/{nip}/role", admin, {"role": "hr", "unit": unit}, nip=nip)
    visit.call("GET /api/employees/{nip}/role", admin, nip=nip)
    visit.call("PUT /api/employees/{nip}/role", admin, {"role": "employee", "unit": None}, nip=nip)
    _keep_sites(visit, admin, nip)
    visit.call("DELETE /api/units/{code}", admin, code="KEC-1")


def _bring_many(visit: Visit, hr: str) -> None:
    visit.call("GET /api/roster/template", hr)
    job = visit.call("POST /api/roster", hr, {"file": b"nip,name\n9001,Budi\n", "mode": "check"})["id"]
    visit.call("GET /api/jobs/{job_id}", hr, job_id=job)
    visit.call("POST /api/enrolments", hr, {"photos": b"no ZIP", "consent": True})
    for route in ("missing", "suggestions", "latest"):
        visit.call(f"GET /api/enrolments/{route}", hr)


def _keep_sites(visit: Visit, admin: str, nip: str) -> None:
    visit.call("POST /api/units", admin, {"code": "KEC-2", "name": "Kecamatan Lain"})
    fence = {"latitude": -6.5944, "longitude": 106.7892, "radius_m": 100}
    site = {"code": "BALAI", "name": "Balai Desa", "unit": "KEC-2", "fence": fence}
    visit.call("POST /api/sites", admin, site)
    visit.call("PATCH /api/sites/{code}", admin, {"time_zone": "Asia/Makassar"}, code="BALAI")
    visit.call("GET /api/sites", admin)
    visit.call("PUT /api/sites/{code}/people/{nip}", admin, code="BALAI", nip=nip)
    visit.call("GET /api/sites/{code}/people", admin, code="BALAI")
    visit.call("DELETE /api/sites/{code}/people/{nip}", admin, code="BALAI", nip=nip)
    visit.call("GET /api/sites/connectivity", admin)


def _keep_working_time(visit: Visit, hr: str, employee: str, nip: str) -> None:
    visit.call("GET /api/me/attendance", employee)
    visit.call("GET /api/recap", hr)
    visit.call("GET /api/employees/{nip}/attendance", hr, nip=nip)
    visit.call("GET /api/today/staff", hr, query={"status": "not_expected"})
    version = {"valid_from": "2027-01-01", "cycle": [{"starts": "22:00", "ends": "06:00"}, None]}
    visit.call("POST /api/schedules", hr, {"code": "MALAM", "name": "Jaga malam", **version})
    visit.call("GET /api/schedules", hr)
    later = {**version, "valid_from": "2027-02-01"}
    visit.call("POST /api/schedules/{code}/versions", hr, later, code="MALAM")
    wanted = {"nip": nip, "first": "2027-01-01"}
    given = visit.call("POST /api/schedules/{code}/assignments", hr, wanted, code="MALAM")
    assignment = given["assignments"][0]["id"]
    visit.call("DELETE /api/schedules/assignments/{assignment_id}", hr, assignment_id=assignment)
    visit.call("POST /api/schedules/ramadan", hr, {"first": "2027-02-08", "last": "2027-03-09"})
    visit.call("DELETE /api/schedules/ramadan/{first}", hr, first="2027-02-08")
    rates = {"late": ["0.5", "1", "1.25", "1.5"], "early": ["0.5", "1", "1.25", "1.5"], "absent": "3"}
    visit.call("POST /api/schedules/deductions", hr, {"valid_from": "2027-01-01", **rates})
    visit.call("DELETE /api/schedules/deductions/{valid_from}", hr, valid_from="2027-01-01")
    span = {"first": "2026-11-01", "last": "2026-11-30"}
    seen = visit.call("GET /api/schedules/recomputation", hr, query=span)
    applied = {**span, "fingerprint": seen["fingerprint"], "reason": "Surat edaran"}
    visit.call("POST /api/schedules/recomputation", hr, applied)
    christmas = {"day": "2026-12-25", "name": "Hari Raya Natal", "kind": "national"}
    added = visit.call("POST /api/holidays", hr, christmas)["holidays"]
    visit.call("GET /api/holidays", hr)
    visit.call("POST /api/holidays/import", hr, {"file": b"2027-01-01,Tahun Baru", "dry_run": True})
    renamed = {**christmas, "name": "Natal"}
    visit.call("PUT /api/holidays/{holiday_id}", hr, renamed, holiday_id=added[0]["id"])
    visit.call("DELETE /api/holidays/{holiday_id}", hr, holiday_id=added[0]["id"])


def _check_in_at_a_kiosk(visit: Visit, services: Services, admin: str, selfie: bytes) -> None:
    """Of somebody whom nobody knows, who gives a NIP; and of whom a kiosk takes for somebody."""
    open_site(services, "KIOS")
    nobody = encode_jpeg(np.full((480, 360, 3), 90, np.uint8))
    made = visit.call("POST /api/kiosks", admin, {"name": "Pintu depan", "site": "KIOS"})
    kiosk = str(made["id"])
    code = visit.call("POST /api/kiosks/{kiosk_id}/link", admin, kiosk_id=kiosk)["code"]
    tablet = visit.call("POST /api/kiosk/pair", body={"code": code, "kind": "bearer"})["token"]
    visit.call("GET /api/kiosk", tablet)
    visit.call("POST /api/kiosk/challenges", tablet)
    _send_stored(visit, "GET /api/kiosk/offline-pass", "POST /api/kiosk/checkins/sealed", tablet, selfie)
    of_attempt = "POST /api/kiosk/checkins/{attempt_id}"
    for image, then in ((selfie, f"{of_attempt}/disown"), (nobody, "")):
        sent = {"selfie": image, "meta": json.dumps(new_meta())}
        attempt = visit.call("POST /api/kiosk/checkins", tablet, sent)
        if then:
            visit.call(then, tablet, attempt_id=attempt["id"])
    visit.call("GET /api/kiosk/checkins/{attempt_id}", tablet, attempt_id=attempt["id"])
    visit.call(f"{of_attempt}/nip", tablet, {"nip": "nobody"}, attempt_id=attempt["id"])
    visit.call("GET /api/kiosks", admin)
    visit.call("GET /api/kiosk-attempts", admin)
    visit.call("GET /api/kiosk-attempts/{attempt_id}/image", admin, attempt_id=attempt["id"])
    visit.call("DELETE /api/kiosks/{kiosk_id}", admin, kiosk_id=kiosk)


def _ask_and_decide(visit: Visit, admin: str, token: str) -> None:
    today = datetime.now(UTC).date().isoformat()
    absence = {"kind": "wfh", "first": today, "last": today, "note": "Anak sakit", "letter": b"%PDF-1.7"}
    correction = {"day": today, "arrival": "07:25", "note": "Ponsel rusak"}
    for resource, name, wanted in (
        ("absences", "absence_id", absence),
        ("corrections", "correction_id", correction),
    ):
        path = f"/api/{resource}"
        one: dict[str, Any] = {name: str(visit.call(f"POST {path}", token, wanted)["request"]["id"])}
        visit.call(f"GET {path}", token)
        visit.call(f"GET {path}/{{{name}}}", token, **one)
        visit.call(f"GET {path}/staff", admin)
        if resource == "absences":
            visit.call(f"GET {path}/{{{name}}}/letter", admin, **one)
        visit.call(f"POST {path}/{{{name}}}/decision", admin, {"approve": True}, **one)
        visit.call(f"POST {path}/{{{name}}}/revocation", admin, {"note": "keliru"}, **one)
        again: dict[str, Any] = {name: str(visit.call(f"POST {path}", token, wanted)["request"]["id"])}
        visit.call(f"POST {path}/{{{name}}}/withdrawal", token, **again)


def _enter_a_period(visit: Visit, admin: str, nip: str) -> None:
    today = datetime.now(UTC).date().isoformat()
    visit.call("POST /api/units", admin, {"code": "KEC-3", "name": "Kecamatan Gelap"})
    visit.call("PUT /api/employees/{nip}/unit", admin, {"unit": "KEC-3"}, nip=nip)
    wanted = {"unit": "KEC-3", "first": today, "last": today, "reason": "Listrik padam", "begins": "10:00"}
    period = str(visit.call("POST /api/periods", admin, wanted)["period"]["id"])
    visit.call("GET /api/periods", admin)
    visit.call("GET /api/periods/{period_id}", admin, period_id=period)
    visit.call("POST /api/periods/{period_id}/revocation", admin, {"note": "keliru"}, period_id=period)


def _move_and_ask_for(visit: Visit, admin: str, nip: str) -> None:
    visit.call("PATCH /api/employees/{nip}", admin, {"position": "Analis"}, nip=nip)
    visit.call("POST /api/units", admin, {"code": "PINDAH", "name": "Dinas Baru"})
    today = datetime.now(UTC).date()
    for first in (today, today + timedelta(days=30)):
        move = {
            "unit": "PINDAH" if first == today else None,
            "first_day": first.isoformat(),
            "reason": "mutasi",
        }
        visit.call("POST /api/employees/{nip}/moves", admin, move, nip=nip)
    planned = visit.call("GET /api/employees/{nip}/moves", admin, nip=nip)["moves"][0]
    visit.call("DELETE /api/employees/{nip}/moves/{move_id}", admin, nip=nip, move_id=str(planned["id"]))
    day = (today - timedelta(days=2)).isoformat()
    absence = {"kind": "sakit", "first": day, "last": day, "note": "Demam"}
    visit.call("POST /api/employees/{nip}/absences", admin, absence, nip=nip)
    correction = {"day": (today - timedelta(days=1)).isoformat(), "arrival": "07:25", "note": "ponsel rusak"}
    visit.call("POST /api/employees/{nip}/corrections", admin, correction, nip=nip)
    visit.call("GET /api/employees/{nip}/requests", admin, nip=nip)


def _close_a_month(visit: Visit, admin: str) -> None:
    visit.call("POST /api/units", admin, {"code": "KEC-4", "name": "Kecamatan Rapi"})
    named: dict[str, Any] = {"unit": "KEC-4", "month": "2026-01"}
    of_unit = "/api/closing/{unit}/{month}"
    visit.call("GET /api/closing", admin)
    visit.call(f"POST {of_unit}/checklist", admin, {"below": True}, **named)
    visit.call(f"POST {of_unit}", admin, {"below": True}, **named)
    visit.call(f"GET {of_unit}", admin, **named)
    visit.call(f"POST {of_unit}/unlock", admin, {"reason": "keliru"}, **named)


def _export_and_publish(visit: Visit, services: Services, admin: str) -> None:
    now = services.clock()
    plant(services.db, {"TERBUKA": None}, now)
    put(services.db, uuid.uuid4().hex, "TERBUKA", now - timedelta(days=140))
    past = f"{now - timedelta(days=62):%Y-%m}"
    visit.call("POST /api/transparency", admin, {"month": past})
    visit.call("GET /api/transparency")
    columns = [{"source": "nip", "header": "NIP"}, {"source": "date", "header": "Tanggal"}]
    wanted = {"name": "Harian", "row": "day", "columns": columns}
    month = {"unit": "TERBUKA", "month": past}
    visit.call("GET /api/export-fields", admin)
    visit.call("POST /api/export-preview", admin, wanted | month)
    made = visit.call("POST /api/export-profiles", admin, wanted)
    one: dict[str, Any] = {"profile_id": str(made["id"])}
    visit.call("GET /api/export-profiles", admin)
    visit.call("GET /api/export-profiles/{profile_id}", admin, **one)
    visit.call("PUT /api/export-profiles/{profile_id}", admin, wanted | {"version": 1}, **one)
    visit.call("GET /api/export-profiles/{profile_id}/definition", admin, **one)
    asked = visit.call("POST /api/export-profiles/{profile_id}/files", admin, month, **one)
    visit.call("GET /api/export-files/{file_id}", admin, file_id=asked["file"])
    visit.call("DELETE /api/export-profiles/{profile_id}", admin, query={"version": 2}, **one)


def _tell_a_program(visit: Visit, admin: str) -> None:
    wanted = {"name": "Payroll", "url": "https://nowhere.invalid/hadir", "events": ["day.changed"]}
    hook = str(visit.call("POST /api/webhooks", admin, wanted)["id"])
    visit.call("GET /api/webhooks", admin)
    visit.call("GET /api/webhooks/{webhook_id}", admin, webhook_id=hook)
    visit.call("PATCH /api/webhooks/{webhook_id}", admin, {"name": "Gaji"}, webhook_id=hook)
    visit.call("POST /api/webhooks/{webhook_id}/secret", admin, webhook_id=hook)
    visit.call("POST /api/webhooks/{webhook_id}/ping", admin, webhook_id=hook)
    log = visit.call("GET /api/webhooks/{webhook_id}/deliveries", admin, webhook_id=hook)
    message = str(log["deliveries"][0]["id"])
    one = "POST /api/webhooks/{webhook_id}/deliveries/{delivery_id}/resend"
    visit.call(one, admin, webhook_id=hook, delivery_id=message)
    visit.call("POST /api/webhooks/{webhook_id}/deliveries/resend", admin, webhook_id=hook)
    visit.call("DELETE /api/webhooks/{webhook_id}", admin, webhook_id=hook)


def _read_the_trail(visit: Visit, admin: str) -> None:
    for route in ("", "/verify", "/checkpoint", "/public-key"):
        visit.call(f"GET /api/audit{route}", admin)


def _set_up_a_second_factor(visit: Visit, token: str) -> None:
    of_app = "POST /api/account/second-factor"
    secret = visit.call(of_app, token, {"password": OTHER_PASSWORD})["secret"]
    code = totp.code(base64.b32decode(secret), totp.step_at(datetime.now(UTC)))
    codes = visit.call(f"{of_app}/confirm", token, {"code": code})["recovery_codes"]
    visit.call("GET /api/account/second-factor", token)
    proof = {"password": OTHER_PASSWORD, "code": codes[0]}
    codes = visit.call(f"{of_app}/recovery-codes", token, proof)["recovery_codes"]
    visit.call(f"{of_app}/remove", token, {"password": OTHER_PASSWORD, "code": codes[0]})


def _enrol_and_check_in(visit: Visit, hr: str, token: str, nip: str, photo: bytes, selfie: bytes) -> None:
    visit.call("POST /api/photos/check", hr, {"photo": photo})
    visit.call("POST /api/employees/{nip}/photos/preview", hr, {"photos": [photo], "consent": True}, nip=nip)
    visit.call("POST /api/employees/{nip}/photos", hr, {"photos": [photo], "consent": True}, nip=nip)
    meta = json.dumps(new_meta(send_anyway=True))
    done = visit.call("POST /api/checkins", token, {"selfie": selfie, "meta": meta})
    visit.call("GET /api/checkins/{checkin_id}", token, checkin_id=done["id"])
    visit.call("POST /api/challenges", token)
    _send_stored(visit, "GET /api/offline-pass", "POST /api/checkins/sealed", token, selfie)
    visit.call("GET /api/reviews", hr)
    visit.call("GET /api/reviews/{checkin_id}", hr, checkin_id=done["id"])
    visit.call("GET /api/reviews/{checkin_id}/images/{name}", hr, checkin_id=done["id"], name="selfie")
    visit.call("POST /api/reviews/{checkin_id}/verdict", hr, {"kind": "genuine"}, checkin_id=done["id"])
    for route in ("GET /api/checkins", "GET /api/employees"):
        visit.call(route, hr)
    visit.call("GET /api/employees/{nip}", hr, nip=nip)


def _send_stored(visit: Visit, pass_route: str, item_route: str, token: str, selfie: bytes) -> None:
    given = visit.call(pass_route, token)
    key = PublicKey(bytes.fromhex(given["key"]["id"]), base64.b64decode(given["key"]["point"]))
    phone = StoringPhone(key, given["id"], datetime.fromisoformat(given["server_time"]))
    _, sealed = phone.item(selfie, datetime.now(UTC), send_anyway=True)
    visit.call(item_route, token, sealed.later)


@description().parametrize()
def test_every_answer_is_as_described(case: AnyCase, callers: Callers) -> None:
    if case.method != case.operation.method.upper():
        callers.send(case, callers.callers[:1])
        return
    if callers.every_other_time():
        callers.make_real(case)
    callers.send(case, callers.callers)
