"""The page of how the staff stands just now, on a real clock: everybody's shift is given around the present."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert, select

from service.db.session import Database
from service.db.tables import Checkin, Employee
from tests.browser.office import DESKTOP, Office
from tests.browser.running_server import RunningServer

OpenPage = Callable[..., Page]
# By the zone of the service a working day is around noon, whatever the hour of the test is.
PATTERN = "HARI-INI"
POLL_MS = 10_000


@pytest.fixture(scope="module")
def people(office: Office, nips: Iterator[str]) -> dict[str, str]:
    """Who begin at midnight, in a unit of their own, so that they are missing: NIPs by name."""
    office.add_unit("TD-1", "Dinas Kebersihan")
    office.add_unit("TD-2", "Seksi Taman", "TD-1")
    version = {"valid_from": "2026-01-01", "cycle": [{"starts": "00:00", "ends": "23:59"}], "windows": {}}
    office._as_admin("post", "/api/schedules", data={"code": PATTERN, "name": "Sepanjang hari", **version})
    given = {"unit": "TD-1", "first": "2026-01-01"}
    office._as_admin("post", f"/api/schedules/{PATTERN}/assignments", data=given)
    found = {}
    for name, unit in (("Agus Salim", "TD-1"), ("Bunga Citra", "TD-2")):
        nip = found[name] = next(nips)
        office.add_employee(nip, name)
        office.put_into(nip, unit)
    return found


def check_in(server: RunningServer, nip: str) -> None:
    """Beside the service, as a check-in that another replica has taken."""
    db, at = Database(f"sqlite:///{server.database}"), datetime.now(UTC) - timedelta(seconds=1)
    with db.write() as session:
        employee_id = session.scalars(select(Employee.id).where(Employee.nip == nip)).one()
        session.execute(
            insert(Checkin).values(
                id=str(uuid.uuid4()),
                employee_id=employee_id,
                kind="in",
                captured_at=at,
                received_at=at,
                counted_at=at,
                status="accepted",
                reasons=[],
                selfie_sha256="",
                frame_keys=[],
                meta={},
                tries=0,
            )
        )
    db.dispose()


def total(page: Page, name: str) -> int:
    return int(page.locator(f"[data-total={name}]").inner_text())


def test_a_check_in_appears_without_reload(
    office: Office, server: RunningServer, people: dict[str, str], new_page: OpenPage
) -> None:
    page = new_page(office.admin, viewport=DESKTOP)
    page.clock.install()
    page.goto("/today?unit=TD-1")
    agus = page.get_by_role("row", name="Agus Salim")
    expect(agus).to_contain_text("Belum hadir")
    check_in(server, people["Agus Salim"])
    page.clock.run_for(POLL_MS)
    expect(agus).to_contain_text("datang")
    expect(page.get_by_role("row", name="Bunga Citra")).to_contain_text("Belum hadir")


def test_what_is_not_missing_can_be_left_out_and_a_unit_opened(
    office: Office, people: dict[str, str], new_page: OpenPage
) -> None:
    page = new_page(office.admin, "en-GB", viewport=DESKTOP)
    page.goto("/today?unit=TD-1")
    page.get_by_role("link", name="Seksi Taman").click()
    expect(page).to_have_url(f"{office.url}/today?unit=TD-2")
    expect(page.get_by_role("row", name="Bunga Citra")).to_be_visible()
    expect(page.get_by_role("row", name="Agus Salim")).to_have_count(0)
    page.get_by_label("Show people").select_option("left")
    expect(page.get_by_text("Nobody here.")).to_be_visible()


def test_a_lost_connection_is_said_and_what_was_true_stays(
    office: Office, people: dict[str, str], new_page: OpenPage
) -> None:
    page = new_page(office.admin, "en-GB")
    page.clock.install()
    page.goto("/today")
    expect(page.locator("#as-of")).to_contain_text("As of")
    missing = total(page, "missing")
    page.route("**/api/today/staff*", lambda route: route.abort())
    page.clock.run_for(POLL_MS)
    expect(page.locator("#lost")).to_contain_text("No connection. What is shown was true at")
    assert total(page, "missing") == missing
    page.unroute("**/api/today/staff*")
    page.clock.run_for(POLL_MS)
    expect(page.locator("#lost")).to_be_hidden()


def test_nothing_is_asked_while_the_tab_is_hidden(
    office: Office, people: dict[str, str], new_page: OpenPage
) -> None:
    page = new_page(office.admin, "en-GB")
    page.clock.install()
    page.goto("/today")
    expect(page.locator("#as-of")).to_contain_text("As of")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/today" in request.url else None)
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { get: () => window.looksAway, configurable: true });
            window.looksAway = true;
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.clock.run_for(3 * POLL_MS)
    assert asked == []
    with page.expect_response("**/api/today/staff*") as answered:
        page.evaluate(
            "() => { window.looksAway = false; document.dispatchEvent(new Event('visibilitychange')); }"
        )
    assert answered.value.status in {200, 304}


@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_the_screen(office: Office, people: dict[str, str], new_page: OpenPage, width: int) -> None:
    page = new_page(office.admin, "en-GB", viewport={"width": width, "height": 800}, color_scheme="dark")
    page.goto("/today?unit=TD-1")
    expect(page.get_by_role("row", name="Agus Salim")).to_be_visible()
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
