import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.office import Office

OpenPage = Callable[..., Page]


def chosen(page: Page, text: str) -> None:
    file: FilePayload = {"name": "pegawai.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("Berkas CSV atau XLSX").set_input_files(file)
    page.get_by_role("button", name="Periksa berkas").click()


@pytest.fixture(scope="module", autouse=True)
def unit(office: Office) -> None:
    office.add_unit("KEC-1", "Kecamatan Ubud", None)


def test_a_file_is_checked_corrected_and_imported(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin)
    page.goto("/roster")
    chosen(page, "nip;nama;kode unit\n700;Wayan;KEC-1\n701;Made;TIDAK-ADA\n")
    rows = page.get_by_role("table", name="Baris yang perlu dilihat")
    expect(rows.get_by_role("row").nth(1)).to_have_text(
        re.compile("Baris 3.*Kode unit.*Tidak ada unit", re.S)
    )
    expect(page.get_by_role("button", name="Impor hanya 1 baris yang tidak bermasalah")).to_be_visible()

    chosen(page, "nip;nama;kode unit\n700;Wayan;KEC-1\n701;Made;KEC-1\n")
    page.get_by_role("button", name="Impor 2 baris").click()
    expect(page.get_by_role("region", name="Berkas telah diimpor")).to_be_focused()
    page.goto("/employees?query=700")
    expect(page.get_by_role("rowheader", name="Wayan")).to_be_visible()


def test_a_file_that_is_no_roster_is_refused_in_words(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin)
    page.goto("/roster")
    chosen(page, "nip;alamat\n1;Jl. A\n")
    expect(page.get_by_role("alert")).to_have_text(
        "Kolom Nama tidak ada. Baris pertama harus berisi judul kolom."
    )
