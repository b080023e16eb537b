from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.office import DESKTOP, PHONE, Office
from tests.browser.steps import wall

OpenPage = Callable[..., Page]

SMALLEST = {"width": 320, "height": 568}


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_an_employee_asks_with_a_letter_by_keyboard_hr_approves_and_the_employee_sees_it(
    office: Office, new_page: OpenPage, nips: Iterator[str]
) -> None:
    office.add_unit("DESA-1", "Desa Mas")
    phone = new_page(office.employee(next(nips), "Ni Wayan Sari"), viewport=SMALLEST)
    phone.goto("/my-requests")
    expect(phone.get_by_role("heading", name="Belum ada permohonan")).to_be_visible()
    fits(phone)

    phone.get_by_role("button", name="Ajukan izin, sakit, atau cuti").focus()
    press(phone, "Enter")
    form = phone.get_by_role("dialog", name="Ajukan izin, sakit, atau cuti")
    form.get_by_label("Jenis").focus()
    phone.keyboard.type("Sakit")
    form.get_by_label("Alasan").focus()
    phone.keyboard.type("Demam berdarah")
    form.get_by_label("Pilih berkas").set_input_files(wall())
    expect(form.get_by_text("wall.jpg")).to_be_visible()
    fits(phone)
    phone.context.set_offline(True)
    form.get_by_role("button", name="Kirim permohonan").focus()
    press(phone, "Enter")
    expect(form.get_by_role("alert")).to_contain_text("Tidak ada sambungan")
    expect(form.get_by_label("Alasan")).to_have_value("Demam berdarah")
    phone.context.set_offline(False)
    form.get_by_role("button", name="Kirim permohonan").focus()
    press(phone, "Enter")
    expect(phone.locator("#done")).to_be_focused()
    expect(phone.get_by_role("listitem")).to_contain_text("Menunggu keputusan")
    fits(phone)

    desk = new_page(office.admin, viewport=DESKTOP)
    desk.goto("/requests")
    desk.get_by_role("button", name="Buka: Ni Wayan Sari, Sakit").focus()
    fits(desk)
    press(desk, "Enter")
    letter = desk.get_by_role("img", name="Surat sebagaimana dikirim")
    expect(letter).to_have_js_property("naturalWidth", 360)
    desk.get_by_role("button", name="Tolak", exact=True).focus()
    press(desk, "Enter")
    expect(desk.get_by_role("alert")).to_contain_text("tuliskan alasannya")
    fits(desk)
    desk.get_by_label("Catatan untuk pegawai").focus()
    desk.keyboard.type("Semoga lekas sembuh")
    press(desk, "Tab", "Enter")
    expect(desk.locator("#done")).to_have_text("Permohonan Ni Wayan Sari disetujui.")
    expect(desk.get_by_role("heading", name="Tidak ada permohonan di sini")).to_be_visible()

    phone.reload()
    expect(phone.get_by_role("listitem").first).to_contain_text("Disetujui: admin")
    expect(phone.get_by_role("listitem").first).to_contain_text("Semoga lekas sembuh")
    expect(phone.get_by_role("button", name="Tarik kembali")).to_have_count(0)
    fits(phone)


def test_a_correction_is_asked_for_and_withdrawn(
    office: Office, new_page: OpenPage, nips: Iterator[str]
) -> None:
    phone = new_page(office.employee(next(nips), "I Ketut Alit"), locale="en", color_scheme="dark")
    phone.goto("/my-requests")
    phone.get_by_role("button", name="Correct a time").click()
    form = phone.get_by_role("dialog", name="Correct a time")
    form.get_by_role("button", name="Send the request").click()
    expect(form.get_by_role("alert")).to_contain_text("Enter the day")
    form.get_by_label("Day", exact=True).fill(phone.locator("#correction-day").get_attribute("max") or "")
    form.get_by_label("Arrival").fill("07:25")
    form.get_by_label("Reason").fill("My phone was broken")
    fits(phone)
    form.get_by_role("button", name="Send the request").click()
    expect(phone.get_by_role("listitem")).to_contain_text("arrival 07:25")

    phone.get_by_role("button", name="Withdraw: Correction").click()
    fits(phone)
    phone.get_by_role("dialog").get_by_role("button", name="Withdraw", exact=True).click()
    expect(phone.get_by_role("listitem").first).to_contain_text("Withdrawn")
    fits(phone)


@pytest.mark.parametrize(("viewport", "locale"), [(PHONE, "id-ID"), (DESKTOP, "en")])
def test_hr_enters_a_period_for_some_people_and_revokes_it(
    office: Office, new_page: OpenPage, nips: Iterator[str], viewport: dict[str, int], locale: str
) -> None:
    code = f"KEC-{locale}"
    office.add_unit(code, f"Kecamatan {locale}")
    nip = next(nips)
    office.add_employee(nip, "Komang Ayu")
    office.put_into(nip, code)
    page = new_page(office.admin, viewport=viewport, locale=locale)
    page.goto(f"/manual-periods?unit={code}")
    expect(page.locator("#empty")).to_be_visible()
    fits(page)
    page.locator("#enter").click()
    page.locator("#enter-unit").select_option(code)
    page.locator("#enter-begins").fill("10:00")
    page.locator("#enter-ends").fill("14:00")
    page.locator("#enter-reason").fill("Listrik padam")
    page.locator("#whom-some").check()
    page.locator("#enter-save").click()
    expect(page.locator("#enter-problem")).to_be_focused()
    page.get_by_label("Komang Ayu").check()
    fits(page)
    page.locator("#enter-save").click()
    expect(page.locator("#done")).to_be_focused()
    fits(page)

    page.locator("#list [data-field=open]").click()
    page.locator("#revoke-note").fill("Salah tanggal")
    fits(page)
    page.locator("#revoke").click()
    expect(page.locator("#list .badge")).to_have_text("Dicabut" if locale == "id-ID" else "Revoked")
