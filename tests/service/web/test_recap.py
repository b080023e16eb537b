"""The recap over HTTP, and the public page that checks a printed one."""

import hashlib
import re
import uuid
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from service.db.recap_tables import IssuedRecap
from service.db.tables import AuditEntry, Checkin, Employee
from service.web import lookup_limit
from service.wiring import Services
from tests.service.org_tree import plant
from tests.service.web.conftest import Visitor, add_person, sign_in

# Over, whenever this runs; the people were there before.
MONTH = "2026-09"
SINCE = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def staff(services: Services) -> dict[str, int]:
    """250 people in DESA below KEC, one in DINAS. Gives ids by NIP."""
    units = plant(services.db, {"KEC": None, "DESA": "KEC", "DINAS": None}, SINCE)
    with services.db.write() as session:
        people = [
            Employee(
                nip=f"7{number:03d}", name=f"Pegawai {number:03d}", created_at=SINCE, unit_id=units["DESA"]
            )
            for number in range(250)
        ]
        people.append(Employee(nip="8000", name="Ratna", created_at=SINCE, unit_id=units["DINAS"]))
        session.add_all(people)
        session.flush()
        return {person.nip: person.id for person in people}


def check_in(services: Services, employee_id: int, status: str = "accepted") -> None:
    at = datetime(2026, 9, 1, 0, 40, tzinfo=UTC)
    with services.db.write() as session:
        session.add(
            Checkin(
                id=str(uuid.uuid4()),
                employee_id=employee_id,
                kind="in",
                captured_at=at,
                received_at=at,
                counted_at=at,
                status=status,
                reasons=[],
                selfie_sha256="",
                frame_keys=[],
                meta={},
            )
        )


def last_entry(services: Services, action: str) -> AuditEntry:
    chosen = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.sequence.desc())
    with services.db.read() as session:
        return session.scalars(chosen).first() or pytest.fail(f"no {action}")


def issued_code(pdf: bytes, services: Services) -> str:
    """Its text is compressed: it is found by its fingerprint."""
    chosen = select(IssuedRecap.code).where(IssuedRecap.file_sha256 == hashlib.sha256(pdf).hexdigest())
    with services.db.read() as session:
        return session.scalars(chosen).one()


# --- figures


def test_the_figures_come_with_units_and_a_page_of_people(hr: Visitor) -> None:
    answer = hr.get("/api/recap", params={"month": MONTH}).json()
    assert (answer["month"], answer["status"], answer["totals"]["people"]) == (MONTH, "complete", 251)
    assert [(one["unit"], one["totals"]["people"]) for one in answer["units"]] == [
        ("DINAS", 1),
        ("DESA", 250),
    ]
    assert (answer["pages"], len(answer["people"])) == (2, 200)
    second = hr.get("/api/recap", params={"month": MONTH, "page": 2}).json()["people"]
    assert [second[0]["nip"], second[-1]["nip"], len(second)] == ["7199", "7249", 51]
    assert second[0]["codes"] == {"TK": 22}


def test_a_unit_comes_with_all_below_it(hr: Visitor) -> None:
    answer = hr.get("/api/recap", params={"month": MONTH, "unit": "KEC"}).json()
    assert (answer["unit"], answer["totals"]["people"]) == ("KEC", 250)


def test_who_is_limited_reaches_no_other_unit(admin: Visitor, services: Services) -> None:
    add_person(admin, "hr-dinas", "Pejabat", "hr")
    limit = {"role": "hr", "unit": "DINAS"}
    admin.client.put("/api/employees/hr-dinas/role", json=limit, headers=admin.headers)
    limited = sign_in(admin.client, "hr-dinas")
    everybody = limited.get("/api/recap", params={"month": MONTH}).json()
    assert [one["nip"] for one in everybody["people"]] == ["8000"]
    for kind in ("json", "csv", "xlsx", "pdf"):
        asked = {"month": MONTH, "unit": "DESA", "format": kind}
        refused = limited.get("/api/recap", params=asked)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_unit")


@pytest.mark.parametrize(("kind", "begins"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF-")])
def test_a_file_has_a_name_and_is_put_on_record(
    auditor: Visitor, services: Services, kind: str, begins: bytes
) -> None:
    answer = auditor.get("/api/recap", params={"month": MONTH, "unit": "KEC", "format": kind})
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"] == f'attachment; filename="rekap-KEC-{MONTH}.{kind}"'
    noted = last_entry(services, "recap_issued" if kind == "pdf" else "exported")
    assert f'"month":"{MONTH}"' in noted.facts.replace(" ", "")
    assert '"people":250' in noted.facts.replace(" ", "")


# --- the page


def page_of(who: Visitor, **query: str) -> str:
    answer = who.get("/recap", params=query)
    assert answer.status_code == 200
    return str(answer.text)


@pytest.fixture(scope="module")
def reader(admin: Visitor) -> Visitor:
    """HR with the cookie that pages ask for."""
    add_person(admin, "hr-reader", "Made", "hr")
    client = TestClient(admin.client.app, raise_server_exceptions=False)
    password = "sandi yang panjang"
    client.post("/api/login", json={"login": "hr-reader", "password": password})
    return Visitor(client)


def test_the_page_shows_units_first_and_then_the_people_of_one(reader: Visitor) -> None:
    units = page_of(reader, month=MONTH)
    assert "Unit DESA" in units
    assert "Pegawai 001" not in units
    people = page_of(reader, month=MONTH, unit="DESA")
    assert people.count('scope="row"') == 50
    assert f"/employees/7000/month?month={MONTH}" in people
    assert "Pegawai 249" in page_of(reader, month=MONTH, unit="DESA", page="5")


def test_the_page_finds_somebody_by_name_or_nip(reader: Visitor) -> None:
    for search in ("ratna", "8000"):
        found = page_of(reader, month=MONTH, q=search)
        assert ("Ratna" in found, "Pegawai 001" in found) == (True, False)
    assert "Nobody here fits" in page_of(reader, month=MONTH, q="nobody")


def test_the_page_says_what_is_provisional_and_what_is_empty(
    reader: Visitor, services: Services, staff: dict[str, int]
) -> None:
    now = services.clock().astimezone(services.settings.zone)
    assert "the month is not over" in page_of(reader, month=f"{now:%Y-%m}")
    assert "Nothing to show for this month" in page_of(reader, month="2020-01")
    check_in(services, staff["7100"], "review")
    waits = page_of(reader, month=MONTH, unit="DESA")
    assert "check-ins wait for a review" in waits


def test_a_unit_that_is_not_there_is_said_to_be_missing(reader: Visitor) -> None:
    assert reader.get("/recap", params={"unit": "NONE"}).status_code == 404


# --- checking a printed one


def test_anybody_sees_what_was_issued_and_nobody_named(
    auditor: Visitor, visitor: Visitor, services: Services
) -> None:
    pdf = auditor.get("/api/recap", params={"month": MONTH, "unit": "DINAS", "format": "pdf"}).content
    code = issued_code(pdf, services)
    typed = f"{code[:4]}-{code[4:8]} {code[8:]}".lower()
    answer = visitor.get("/verify", params={"code": typed})
    assert str(answer.url).endswith(f"/verify/{code[:4]}-{code[4:8]}-{code[8:]}")
    assert "A recap with this code was issued." in answer.text
    for words in ("Unit DINAS", "September 2026", "Complete, not closed", "still the same"):
        assert words in answer.text
    assert hashlib.sha256(pdf).hexdigest() in answer.text
    assert "Ratna" not in answer.text
    assert "8000" not in re.sub(r"[0-9a-f]{64}", "", answer.text)


def test_figures_that_changed_since_are_said_to_have(
    auditor: Visitor, visitor: Visitor, services: Services, staff: dict[str, int]
) -> None:
    def look(code: str) -> str:
        return str(visitor.get(f"/verify/{code}").text)

    asked = {"month": MONTH, "unit": "DINAS", "format": "pdf"}
    before = issued_code(auditor.get("/api/recap", params=asked).content, services)
    check_in(services, staff["8000"])
    assert "have changed since" in look(before)
    after = issued_code(auditor.get("/api/recap", params=asked).content, services)
    assert "still the same" in look(after)
    assert before != after


def test_a_code_that_was_never_issued_is_refused(visitor: Visitor) -> None:
    for path in ("/verify/0000-0000-0000", "/verify/nonsense", "/verify?code=12"):
        answer = visitor.get(path)
        assert answer.status_code == 404
        assert "No recap was issued with this code" in answer.text


def test_look_ups_are_limited(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor.client.app.state.lookups = lookup_limit.LookupLimit()  # type: ignore[attr-defined]
    monkeypatch.setattr(lookup_limit, "MOST", 2)
    answers = [visitor.get("/verify/0000-0000-0000") for _ in range(3)]
    assert [one.status_code for one in answers] == [404, 404, 429]
    assert int(answers[2].headers["retry-after"]) <= 60
    assert visitor.get("/verify").status_code == 200
    visitor.client.app.state.lookups = lookup_limit.LookupLimit()  # type: ignore[attr-defined]
