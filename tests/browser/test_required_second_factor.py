"""An installation that asks HR, auditors and administrators for an authenticator app, from the first start on."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from service import totp
from tests.browser.conftest import PATIENCE_MS
from tests.browser.office import PHONE
from tests.browser.running_server import RunningServer
from tests.browser.steps import PASSWORD, choose_password, sign_in

HR, EMPLOYEE = "198503122010012001", "198503122010012002"


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("service"), HADIR_REQUIRE_TOTP="true").ready() as running:
        yield running


@pytest.fixture
def contexts(browser: Browser, server: RunningServer) -> Iterator[list[BrowserContext]]:
    """One a person."""
    made = [
        browser.new_context(base_url=server.url, locale="id-ID", viewport=PHONE, permissions=[])
        for _ in range(3)
    ]
    for context in made:
        context.set_default_timeout(PATIENCE_MS)
    yield made
    for context in made:
        context.close()


@dataclass(frozen=True, slots=True)
class App:
    """The authenticator app on somebody's phone, and the codes they have written down."""

    secret: bytes
    recovery_codes: list[str]

    def code(self, steps_ahead: int) -> str:
        return totp.code(self.secret, totp.step_at(datetime.now(UTC)) + steps_ahead)


def first_sign_in(page: Page, link: str, login: str) -> None:
    page.goto(link)
    choose_password(page)
    sign_in(page, login)


def set_up_app(page: Page) -> App:
    """On the account page, to which they were led."""
    expect(page).to_have_url(re.compile("/account$"))
    expect(page.get_by_text("lindungi dengan aplikasi autentikator")).to_be_visible()
    page.locator("#begin-password").fill(PASSWORD)
    page.get_by_role("button", name="Siapkan aplikasi").click()
    expect(page.locator("#first-code")).to_be_focused()
    secret = base64.b32decode(page.locator("#app-secret").input_value())
    page.locator("#first-code").fill(totp.code(secret, totp.step_at(datetime.now(UTC))))
    page.get_by_role("button", name="Aktifkan").click()
    expect(page.locator("#recovery")).to_be_focused()
    codes = page.locator("#recovery-codes li").all_inner_texts()
    page.get_by_role("link", name="Sudah saya simpan").click()
    return App(secret, codes)


def sign_in_with(page: Page, login: str, code: str) -> None:
    page.wait_for_load_state()
    page.get_by_role("button", name="Keluar").click()
    sign_in(page, login)
    page.get_by_label("Kode dari aplikasi autentikator").fill(code)
    page.get_by_role("button", name="Masuk", exact=True).click()


def add_employee(page: Page, nip: str, name: str, role: str) -> str:
    """Gives the one-time link."""
    page.goto("/employees")
    page.get_by_role("button", name="Tambah pegawai").click()
    page.get_by_label("NIP", exact=True).fill(nip)
    page.get_by_label("Nama lengkap").fill(name)
    if role != "employee":
        page.locator("#role").select_option(role)
    page.get_by_role("button", name="Tambahkan").click()
    link = page.get_by_label("Tautan sekali pakai")
    expect(link).to_be_visible()
    return link.input_value()


def test_hr_sets_up_the_app_at_the_first_sign_in_and_an_employee_is_not_asked(
    server: RunningServer, contexts: list[BrowserContext]
) -> None:
    admin, hr, employee = (context.new_page() for context in contexts)
    first_sign_in(admin, server.setup_link, "admin")
    set_up_app(admin)
    expect(admin).to_have_url(f"{server.url}/employees")

    first_sign_in(hr, add_employee(admin, HR, "Dewi Lestari", "hr"), HR)
    app = set_up_app(hr)
    expect(hr).to_have_url(f"{server.url}/employees")
    sign_in_with(hr, HR, app.code(steps_ahead=1))  # the present one was used up by the set-up
    expect(hr).to_have_url(f"{server.url}/employees")
    sign_in_with(hr, HR, app.recovery_codes[0])
    expect(hr).to_have_url(f"{server.url}/employees")

    first_sign_in(employee, add_employee(hr, EMPLOYEE, "Agus Salim", "employee"), EMPLOYEE)
    expect(employee).to_have_url(f"{server.url}/checkin")
