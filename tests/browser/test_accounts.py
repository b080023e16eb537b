from collections.abc import Callable, Iterator

from playwright.sync_api import Page, expect

from tests.browser.office import Office
from tests.browser.steps import PASSWORD, choose_password, sign_in

OpenPage = Callable[..., Page]


def test_hr_adds_an_employee_who_sets_a_password_and_signs_in(
    office: Office, new_page: OpenPage, nips: Iterator[str]
) -> None:
    nip = next(nips)
    page = new_page(office.admin)
    page.goto("/employees")
    page.get_by_role("button", name="Tambah pegawai").click()
    page.get_by_label("NIP", exact=True).fill(nip)
    page.get_by_label("Nama lengkap").fill("Rina Wulandari")
    page.get_by_role("button", name="Tambahkan").click()
    expect(page.get_by_role("heading", name="Rina Wulandari sudah ditambahkan")).to_be_visible()
    link = page.get_by_label("Tautan sekali pakai").input_value()

    phone = new_page()
    phone.goto(link)
    choose_password(phone)
    sign_in(phone, nip)

    expect(phone).to_have_url(f"{office.url}/checkin")


def test_the_link_is_copied_by_its_button(office: Office, new_page: OpenPage, nips: Iterator[str]) -> None:
    page = new_page(office.admin, permissions=["clipboard-read", "clipboard-write"])
    nip = next(nips)
    office.add_employee(nip, "Made Suardana")
    page.goto(f"/employees/{nip}")
    page.get_by_role("button", name="Tautan masuk baru").click()

    page.get_by_role("button", name="Salin").click()

    expect(page.get_by_role("button", name="Tersalin")).to_be_visible()
    link = page.get_by_label("Tautan sekali pakai").input_value()
    assert link.startswith(f"{office.url}/setup/")
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_a_used_link_says_so(office: Office, new_page: OpenPage, nips: Iterator[str]) -> None:
    nip = next(nips)
    link = office.add_employee(nip, "Joko Susilo")
    office.sign_in(nip, link)
    page = new_page()
    page.goto(link)

    page.locator("#password").fill(PASSWORD)
    page.locator("#repeated").fill(PASSWORD)
    page.get_by_role("button", name="Simpan kata sandi").click()

    expect(page.get_by_role("alert")).to_contain_text("sudah dipakai atau kedaluwarsa")
    expect(page.locator("#problem")).to_be_focused()


def test_a_wrong_password_is_said_in_words(new_page: OpenPage) -> None:
    page = new_page()
    page.goto("/login")

    sign_in(page, "nobody", "something else")

    expect(page.get_by_role("alert")).to_have_text("Nama pengguna atau kata sandi salah.")


def test_a_visitor_comes_back_to_the_page_they_wanted(
    office: Office, new_page: OpenPage, nips: Iterator[str]
) -> None:
    nip = next(nips)
    office.employee(nip, "Lestari Handayani", role="auditor")
    page = new_page()
    page.goto("/checkins?status=review")

    sign_in(page, nip)

    expect(page).to_have_url(f"{office.url}/checkins?status=review")


def test_signing_out_ends_the_session(office: Office, new_page: OpenPage, nips: Iterator[str]) -> None:
    page = new_page(office.employee(next(nips), "Agus Salim"))
    page.goto("/checkin")

    page.get_by_role("button", name="Keluar").click()

    expect(page).to_have_url(f"{office.url}/login")
    page.goto("/checkin")
    expect(page).to_have_url(f"{office.url}/login?next=%2Fcheckin")


def test_the_language_is_switched_and_stays(new_page: OpenPage) -> None:
    page = new_page()
    page.goto("/login")
    expect(page.locator("html")).to_have_attribute("lang", "id")

    page.get_by_role("button", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/login")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_browsers_language_is_the_first_choice(new_page: OpenPage) -> None:
    page = new_page(locale="en-GB")

    page.goto("/login")

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
