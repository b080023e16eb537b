from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser.office import DESKTOP, Office
from tests.browser.steps import open_page_named

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def employee(office: Office, nips: Iterator[str], camera_person: tuple[bytes, bytes]) -> StorageState:
    state = office.employee(next(nips), "Ni Wayan Sari", camera_person[0])
    office.check_in(state, camera_person[1])
    return state


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_an_employee_sees_the_month_and_turns_its_pages(employee: StorageState, new_page: OpenPage) -> None:
    page = new_page(employee)
    page.goto("/checkin")
    open_page_named(page, "Bulan saya")
    expect(page.get_by_role("table", name="20")).to_be_visible()
    expect(page.get_by_text("Sedang ditinjau")).to_be_visible()
    page.get_by_role("button", name="Bulan sebelumnya").press("Enter")
    expect(page.get_by_role("heading", name="Tidak ada data pada bulan ini")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_month_fits_the_screen(employee: StorageState, new_page: OpenPage, width: int) -> None:
    page = new_page(employee, "en-GB", viewport={"width": width, "height": 800}, color_scheme="dark")
    page.goto("/my-month")
    expect(page.get_by_role("table", name="20")).to_be_visible()
    assert fits(page)


def test_holidays_of_a_file_are_seen_before_they_are_taken(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin)
    page.goto("/holidays")
    expect(page.get_by_role("heading", name="Belum ada hari libur")).to_be_visible()
    year = page.locator("#year").inner_text()
    content = f"{year}-12-25,Hari Raya Natal\n{year}-99-01,Salah\n"
    page.get_by_label("Berkas").set_input_files(
        {"name": "libur.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )
    page.get_by_role("button", name="Lihat dahulu").click()
    expect(page.get_by_text("Tanggal tidak terbaca")).to_be_visible()
    page.get_by_role("button", name="Tambahkan hari-hari ini").click()
    expect(page.locator("#list").get_by_text("Hari Raya Natal")).to_be_visible()
    page.get_by_role("button", name="Hapus Hari Raya Natal?").click()
    page.get_by_role("dialog").get_by_role("button", name="Hapus", exact=True).click()
    expect(page.locator("#list")).to_be_hidden()


def test_a_pattern_is_added_and_given_to_a_unit(office: Office, new_page: OpenPage) -> None:
    office.add_unit("RSUD", "Rumah Sakit Daerah")
    page = new_page(office.admin, viewport=DESKTOP)
    page.goto("/schedules")
    expect(page.get_by_role("heading", name="Lima hari kerja")).to_be_visible()
    page.get_by_role("button", name="Tambah pola kerja").click()
    page.get_by_label("Nama", exact=True).fill("Jaga malam")
    page.get_by_label("Kode", exact=True).fill("MALAM")
    page.get_by_role("dialog").get_by_label("Berlaku mulai").fill("2027-01-01")
    page.get_by_label("Jumlah hari dalam satu putaran").fill("2")
    page.keyboard.press("Tab")
    page.locator("#ordinary").get_by_label("Hari ke-1, dari").fill("22:00")
    page.locator("#ordinary").get_by_label("Hari ke-1, sampai").fill("06:00")
    page.get_by_role("button", name="Simpan", exact=True).last.click()
    expect(page.get_by_text("1 22:00–06:00, 2 Libur")).to_be_visible()

    page.get_by_role("button", name="Berikan Jaga malam kepada").click()
    page.get_by_label("Unit, beserta semua di bawahnya").select_option("RSUD")
    page.get_by_role("dialog").get_by_label("Hari pertama").fill("2027-01-01")
    page.get_by_role("button", name="Berikan", exact=True).click()
    expect(page.locator("#assignments")).to_contain_text("Rumah Sakit Daerah")


@pytest.mark.parametrize("path", ["/schedules", "/holidays"])
def test_the_pages_of_hr_fit_the_smallest_screen(office: Office, new_page: OpenPage, path: str) -> None:
    page = new_page(office.admin, "en-GB", viewport={"width": 320, "height": 700})
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert fits(page)


def test_an_assembly_is_changed(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin, "en-GB", viewport=DESKTOP)
    page.goto("/holidays")
    year = page.locator("#year").inner_text()
    page.get_by_role("button", name="Add a day").click()
    page.get_by_label("Date").fill(f"{year}-12-28")
    page.get_by_label("Name", exact=True).fill("Apel gabungan")
    page.get_by_label("Kind").select_option("ceremony")
    page.get_by_label("From", exact=True).fill("07:00")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Change Apel gabungan").click()
    expect(page.get_by_label("From", exact=True)).to_have_value("07:00")
    page.get_by_label("From", exact=True).fill("07:15")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#list")).to_contain_text("07:15")


def test_apel_and_rates_with_their_regulation_are_entered(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin, "en-GB", viewport=DESKTOP)
    page.goto("/schedules")
    expect(page.locator("#rates-late")).to_have_value("0.5 1 1.25 1.5")
    page.locator("#rates-from").fill("2199-01-01")
    page.locator("#rates-cap").fill("60")
    page.get_by_text("Days with an approved absence").click()
    page.get_by_label("Permission to be absent").fill("2.5")
    page.get_by_label("Regulation that says so").fill("Peraturan Bupati 12/2025")
    page.locator("#rates-form").get_by_role("button", name="Enter").click()
    expect(page.locator("#rates")).to_contain_text("Regulation: Peraturan Bupati 12/2025")
    expect(page.locator("#rates")).to_contain_text("Permission to be absent (izin) 2.5")
    page.locator("#rates").get_by_role("button").last.click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("#rates")).not_to_contain_text("Bupati")

    page.get_by_role("button", name="Add a pattern").click()
    page.get_by_label("Name", exact=True).fill("Dengan apel")
    page.get_by_label("Code", exact=True).fill("APEL")
    page.locator("#valid-from").fill("2199-01-01")
    for field, value in {"from": "07:30", "until": "16:00", "assembly at": "07:15"}.items():
        page.locator("#ordinary").get_by_label(f"Monday, {field}").fill(value)
    page.locator("#ordinary").get_by_label("Monday, break in minutes").fill("60")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("07:30–16:00, apel 07:15 (break 60 min)")).to_be_visible()
