from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.office import REGENT_SQUARE, Office
from tests.browser.steps import open_page_named

pytestmark = pytest.mark.own_server

OpenPage = Callable[..., Page]
SITE = "Balai Desa Mas"


@pytest.fixture(scope="module", autouse=True)
def units(office: Office) -> None:
    office.add_unit("KEC-1", "Kecamatan Ubud")
    office.add_unit("DESA-1", "Desa Mas", "KEC-1")


def entry(page: Page) -> Locator:
    return page.get_by_role("row", name=SITE)


def test_a_site_is_added_at_the_phones_position_changed_and_closed(
    office: Office, new_page: OpenPage
) -> None:
    page = new_page(office.admin)
    page.goto("/sites")
    expect(page.get_by_role("heading", name="Belum ada lokasi kerja")).to_be_visible()

    page.get_by_role("button", name="Tambah lokasi kerja").click()
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_role("alert")).to_have_text("Isi nama dan kode, lalu pilih unit.")
    page.get_by_label("Nama lokasi kerja").fill(SITE)
    page.get_by_role("textbox", name="Kode", exact=True).fill("BALAI")
    page.get_by_label("Unit", exact=True).select_option("DESA-1")
    page.get_by_role("button", name="Pakai lokasi ponsel ini").click()
    expect(page.get_by_label("Lintang")).to_have_value(str(REGENT_SQUARE["latitude"]))
    page.get_by_label("Radius").fill("5")
    page.get_by_label("Zona waktu").select_option(label="WITA, Waktu Indonesia Tengah (UTC+8)")
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_role("alert")).to_have_text("Radius antara 20 dan 20000 meter.")
    page.get_by_label("Radius").fill("150")
    page.keyboard.press("Enter")
    expect(entry(page)).to_contain_text("Radius 150 m WITA")

    page.get_by_role("button", name=f"Ubah: {SITE}").click()
    page.get_by_label("Lintang").fill("-8,5069, 115.2625")
    expect(page.get_by_label("Bujur")).to_have_value("115.2625")
    page.get_by_label("Lintang").fill("-8,51")
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_role("button", name=f"Ubah: {SITE}")).to_be_focused()

    page.get_by_role("button", name=f"Ubah: {SITE}").click()
    expect(page.get_by_label("Lintang")).to_have_value("-8.51")
    page.get_by_role("button", name="Tutup lokasi kerja…").click()
    page.get_by_role("button", name="Tutup lokasi kerja", exact=True).click()
    expect(entry(page)).to_contain_text("Ditutup")
    page.get_by_role("button", name=f"Ubah: {SITE}").click()
    page.get_by_role("button", name="Buka kembali lokasi kerja").click()
    expect(entry(page)).to_contain_text("Dipakai")


def test_somebody_else_is_let_in_and_the_list_is_searched(
    office: Office, new_page: OpenPage, nips: Iterator[str]
) -> None:
    nip = next(nips)
    office.add_employee(nip, "Ni Wayan Sari")
    page = new_page(office.admin, viewport={"width": 320, "height": 568})
    page.goto("/sites")
    page.get_by_role("button", name=f"Pegawai di {SITE}").click()
    expect(page.get_by_text("Bekerja di sini: 0")).to_be_visible()
    page.get_by_label("Izinkan pegawai lain").fill("1")
    page.get_by_role("button", name="Tambahkan", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Tidak ada pegawai dengan NIP ini")
    page.get_by_label("Izinkan pegawai lain").fill(nip)
    page.keyboard.press("Enter")
    expect(page.get_by_role("listitem")).to_contain_text("Ni Wayan Sari")
    page.get_by_role("button", name="Lepaskan Ni Wayan Sari dari lokasi kerja ini").click()
    expect(page.get_by_text("Bekerja di sini: 0")).to_be_visible()
    page.get_by_role("button", name="Selesai").click()

    page.get_by_label("Cari menurut").fill("tidak ada")
    expect(page.get_by_text("Tidak ada lokasi kerja yang cocok")).to_be_visible()
    page.get_by_label("Cari menurut").fill("desa")
    expect(entry(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_site_without_check_ins_is_listed_as_not_measured(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin, viewport={"width": 320, "height": 568})
    page.goto("/sites")
    open_page_named(page, "Konektivitas")
    expect(page.get_by_role("heading", name="Tidak ada pengukuran")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=SITE)).to_contain_text("Belum pernah ada kontak")
    with page.expect_download() as download:
        page.get_by_role("link", name="Unduh CSV").click()
    assert download.value.suggested_filename == "hadir-connectivity.csv"
    assert page.evaluate("document.documentElement.scrollWidth") == 320
