"""All pages there are, and somebody who may open each: a page that is new is walked without being named here."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, StorageState

from service.web.page_frame import PAGES
from tests.browser.office import Office

PATHS = [page.path for page in PAGES]
FAULTS_OF_WIDTH = """() => {
    const root = document.documentElement;
    const name = (element) => element.outerHTML.slice(0, 120);
    const beyond = (element) => element.getBoundingClientRect().right > root.clientWidth + 1;
    const faults = [];
    if (root.scrollWidth > root.clientWidth) {
        faults.push(...Array.from(document.body.querySelectorAll("*")).filter(beyond).map(name));
    }
    for (const element of document.querySelectorAll("button, .button, summary, h1, h2, p, td, th, label")) {
        if (!element.checkVisibility() || element.closest(".visually-hidden, thead")) continue;
        const style = getComputedStyle(element);
        const cuts = style.overflowX !== "visible" || style.overflowY !== "visible";
        const wide = element.scrollWidth > element.clientWidth + 1;
        const tall = element.scrollHeight > element.clientHeight + 1;
        if (cuts && (wide || tall)) faults.push(name(element));
    }
    return faults;
}"""


class Visitors:
    """Sessions by role, of employees, made when they are asked for."""

    def __init__(self, office: Office, make: Callable[[str], StorageState]) -> None:
        self.office = office
        self._make = make
        self._made: dict[str, StorageState] = {}

    def for_page(self, path: str) -> StorageState:
        roles = next(page.roles for page in PAGES if page.path == path)
        return self.as_role("admin" if "admin" in roles else min(roles))

    def as_role(self, role: str) -> StorageState:
        if role not in self._made:
            self._made[role] = self._make(role)
        return self._made[role]


def settled(page: Page, address: str) -> None:
    """Opens the page, and waits until its scripts have fetched what it shows."""
    page.goto(address, wait_until="networkidle")


def unclipped(page: Page) -> None:
    """Fails when the page is wider than the screen, or when words do not fit into what they stand in."""
    faults = page.evaluate(FAULTS_OF_WIDTH)
    if faults:
        pytest.fail(f"{page.url}: wider than the screen, or cut off: {faults}")
