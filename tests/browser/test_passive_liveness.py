"""An installation that judges the selfie alone."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.office import Office
from tests.browser.running_server import RunningServer
from tests.browser.steps import send, shoot


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("service"), HADIR_LIVENESS="passive").ready() as running:
        yield running


def test_no_movements_are_asked_for(
    office: Office, new_page: Callable[..., Page], nips: Iterator[str], camera_person: tuple[bytes, bytes]
) -> None:
    page = new_page(office.employee(next(nips), "Siti Rahmawati", camera_person[0]))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/checkin")
    shoot(page)
    expect(page.get_by_role("img", name="Foto yang akan dikirim")).to_be_visible()

    send(page)

    expect(page.locator("#result-heading")).to_contain_text("ercatat pukul")
    assert not any(address.endswith("/api/challenges") for address in asked)
