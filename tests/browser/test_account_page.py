import base64
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from service import totp
from tests.browser.looks import Looks
from tests.browser.office import Office
from tests.browser.steps import PASSWORD, choose_password, sign_in, wall

OpenPage = Callable[..., Page]

NEW_PASSWORD = "sore teduh di kantor"


def code(secret: str, steps_ahead: int = 0) -> str:
    return totp.code(base64.b32decode(secret), totp.step_at(datetime.now(UTC)) + steps_ahead)


def enrol_app(page: Page) -> tuple[str, list[str]]:
    """On the account page: the secret, and the recovery codes that are shown."""
    page.locator("#begin-password").fill(PASSWORD)
    page.get_by_role("button", name="Siapkan aplikasi").click()
    expect(page.locator("#first-code")).to_be_focused()
    secret = page.locator("#app-secret").input_value()
    expect(page.get_by_role("img", name="Kode QR untuk aplikasi autentikator")).to_be_visible()
    address = page.get_by_role("link", name="Di ponsel itu sendiri, buka tautan ini").get_attribute("href")
    assert address is not None
    assert address.startswith("otpauth://totp/Hadir:")
    assert secret in address
    page.locator("#first-code").fill(code(secret))
    page.get_by_role("button", name="Aktifkan").click()
    expect(page.locator("#recovery")).to_be_focused()
    return secret, page.locator("#recovery-codes li").all_inner_texts()


def test_an_authenticator_app_is_enrolled_and_then_asked_for(
    office: Office, new_page: OpenPage, nips: Iterator[str]
) -> None:
    nip = next(nips)
    page = new_page(office.employee(nip, "Rahmat Hidayat", role="auditor"))
    page.goto("/reviews")
    page.get_by_role("link", name="Akun").click()
    secret, recovery_codes = enrol_app(page)
    assert len(recovery_codes) == 10

    page.get_by_role("button", name="Keluar").click()
    sign_in(page, nip)
    field = page.get_by_label("Kode dari aplikasi autentikator")
    expect(field).to_be_focused()
    field.fill("000000")
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Kode salah atau sudah pernah dipakai")
    field.fill(code(secret, steps_ahead=1))  # the present one was used up by the enrolment
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page).to_have_url(f"{office.url}/reviews")

    page.goto("/account")
    expect(page.get_by_text("Sisa kode pemulihan: 10")).to_be_visible()
    page.locator("#owner-password").fill(PASSWORD)
    page.locator("#owner-code").fill(recovery_codes[0])
    page.get_by_role("button", name="Hapus aplikasi").click()
    expect(page.get_by_role("button", name="Siapkan aplikasi")).to_be_visible()


def test_who_has_lost_the_phone_gets_a_link_and_is_signed_out_everywhere(
    office: Office, new_page: OpenPage, nips: Iterator[str]
) -> None:
    nip = next(nips)
    phone = new_page(office.employee(nip, "Wayan Sudira"))
    desk = new_page(office.admin)
    tick = desk.get_by_label("Ponsel yang berisi aplikasi autentikator juga hilang")
    desk.goto(f"/employees/{nip}")
    expect(desk.get_by_role("heading", name="Wayan Sudira")).to_be_visible()
    expect(tick).to_have_count(0)
    phone.goto("/account")
    enrol_app(phone)

    desk.reload()
    tick.check()
    desk.get_by_role("button", name="Tautan masuk baru").click()
    expect(desk.get_by_label("Tautan sekali pakai")).to_have_value(re.compile("/setup/"))
    expect(tick).to_have_count(0)
    phone.goto("/account")
    expect(phone).to_have_url(f"{office.url}/login?next=%2Faccount")

    new_phone = new_page()
    new_phone.goto(desk.get_by_label("Tautan sekali pakai").input_value())
    choose_password(new_phone)
    sign_in(new_phone, nip)
    expect(new_phone).to_have_url(f"{office.url}/checkin")


def test_the_password_is_changed_by_its_owner(
    office: Office, new_page: OpenPage, nips: Iterator[str]
) -> None:
    nip = next(nips)
    page = new_page(office.employee(nip, "Lestari Handayani"))
    page.goto("/account")
    page.locator("#current").fill("wrong password")
    page.locator("#password").fill(NEW_PASSWORD)
    page.locator("#repeated").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Simpan kata sandi").click()
    expect(page.get_by_role("alert")).to_have_text("Kata sandi sekarang salah.")
    page.locator("#current").fill(PASSWORD)
    page.get_by_role("button", name="Simpan kata sandi").click()
    expect(page.locator("#password-done")).to_be_focused()

    phone = new_page()
    phone.goto("/login")
    sign_in(phone, nip, NEW_PASSWORD)
    expect(phone).to_have_url(f"{office.url}/checkin")


def test_an_administrator_makes_a_token_and_revokes_it(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/account")
    page.get_by_label("Nama program").fill("Penggajian")
    page.get_by_label("Melihat pegawai").check()
    page.get_by_role("button", name="Buat token").click()
    expect(page.locator("#made")).to_be_focused()
    token = page.locator("#made-token").input_value()

    program = new_page()
    headers = {"Authorization": f"Bearer {token}"}
    assert program.request.get("/api/employees", headers=headers).status == 200
    page.get_by_role("button", name="Cabut").click()
    expect(page.get_by_text("Dicabut")).to_be_visible()
    assert program.request.get("/api/employees", headers=headers).status == 401


def test_after_many_retakes_the_wait_is_shown_and_a_person_can_be_asked_at_once(
    office: Office, new_page: OpenPage, nips: Iterator[str], camera_person: tuple[bytes, bytes]
) -> None:
    page = new_page(office.employee(next(nips), "Agus Salim", camera_person[0]), permissions=[])
    page.goto("/checkin")
    for brightness in range(100, 106):
        page.locator("#file").set_input_files(wall(brightness))
        page.get_by_role("button", name="Kirim", exact=True).click()
        if brightness < 105:
            expect(page.locator("#result")).to_be_visible()
            page.get_by_role("button", name="Ambil foto baru").click()
    expect(page.get_by_role("alert")).to_contain_text("Belum terkirim: Beberapa foto berturut-turut")
    expect(page.locator("#wait")).to_contain_text("dtk")

    page.get_by_role("button", name="Tetap kirim, petugas akan melihatnya").click()

    expect(page.locator("#result")).to_have_attribute("data-status", "review")
    expect(page.locator("#wait")).to_be_hidden()


def test_the_set_up_of_the_app_fits_the_screen(
    office: Office, new_page: OpenPage, nips: Iterator[str], shoot: Looks
) -> None:
    page = new_page(office.employee(next(nips), "Ketut Arya"))
    page.goto("/account")
    page.locator("#begin-password").fill(PASSWORD)
    page.get_by_role("button", name="Siapkan aplikasi").click()
    expect(page.locator("#first-code")).to_be_focused()
    shoot(page, "account-app")
    page.locator("#first-code").fill(code(page.locator("#app-secret").input_value()))
    page.get_by_role("button", name="Aktifkan").click()
    expect(page.locator("#recovery")).to_be_focused()
    shoot(page, "account-codes")


def test_the_account_page_fits_the_screen(office: Office, new_page: OpenPage, shoot: Looks) -> None:
    page = new_page(office.admin)
    page.goto("/account")
    expect(page.get_by_role("heading", name="Token untuk program lain")).to_be_visible()
    shoot(page, "account")
