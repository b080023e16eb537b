"""No page has a serious fault that a machine can find: axe-core, in the light and the dark scheme."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, StorageState, expect

from tests.browser.every_page import PATHS, Visitors, settled
from tests.browser.office import Office
from tests.browser.steps import send, wall

OpenPage = Callable[..., Page]

GRAVE = {"serious", "critical"}
# Nothing but the colours differs in the dark.
SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (
    ("light", {"resultTypes": ["violations"]}),
    ("dark", {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}),
)


@pytest.fixture(scope="module")
def visitors(office: Office, nips: Iterator[str]) -> Visitors:
    return Visitors(office, lambda role: office.employee(next(nips), f"Siti Rahmawati ({role})", role=role))


@pytest.fixture(scope="module")
def admin(visitors: Visitors) -> StorageState:
    return visitors.as_role("admin")


def grave_faults(page: Page) -> list[str]:
    menu = page.locator(".menu:not([open]) summary")
    if menu.is_visible():
        menu.click()
    found: list[str] = []
    for scheme, options in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        violations: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
        found += [
            f"{scheme}: {fault['id']}: {[node['target'] for node in fault['nodes']]}"
            for fault in violations
            if fault["impact"] in GRAVE
        ]
    return found


@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_the_navigation_has_no_grave_fault(
    path: str, visitors: Visitors, new_page: OpenPage
) -> None:
    page = new_page(visitors.for_page(path), reduced_motion="reduce")
    settled(page, path)
    assert grave_faults(page) == []


def test_the_way_in_has_no_grave_fault(office: Office, new_page: OpenPage, nips: Iterator[str]) -> None:
    page = new_page(reduced_motion="reduce")
    for address in ("/login", office.add_employee(next(nips), "Rina Wulandari")):
        settled(page, address)
        assert grave_faults(page) == []


def test_pages_of_one_person_have_no_grave_fault(
    office: Office,
    admin: StorageState,
    new_page: OpenPage,
    nips: Iterator[str],
    camera_person: tuple[bytes, bytes],
) -> None:
    nip = next(nips)
    checkin_id = office.check_in(office.employee(nip, "Budi Santoso"), camera_person[1])
    page = new_page(admin, reduced_motion="reduce")
    for address in ("/account", f"/employees/{nip}", f"/reviews/{checkin_id}", "/employees/nobody"):
        settled(page, address)
        assert grave_faults(page) == []


def test_the_states_of_the_check_in_page_have_no_grave_fault(admin: StorageState, new_page: OpenPage) -> None:
    page = new_page(admin, reduced_motion="reduce")
    page.goto("/checkin")
    expect(page.locator("#live-hint")).to_be_visible()
    assert grave_faults(page) == []
    page.locator("#file").set_input_files(wall())
    expect(page.locator("#send")).to_be_visible()
    assert grave_faults(page) == []
    send(page)
    expect(page.locator("#result")).to_be_visible()
    assert grave_faults(page) == []
