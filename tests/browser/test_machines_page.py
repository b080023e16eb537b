"""A machine added with a look at its file, and the file imported, by hand."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.looks import Looks
from tests.browser.office import Office

OpenPage = Callable[..., Page]
LOOKED_AT = ("smallest", "desktop")


def file_of(*lines: str) -> FilePayload:
    return {"name": "attlog.dat", "mimeType": "text/plain", "buffer": "\n".join(lines).encode()}


@pytest.fixture(scope="module", autouse=True)
def staff(office: Office) -> None:
    office.add_unit("FP-KEC", "Kecamatan Mengwi", None)
    for nip, name in (("8001", "Wayan Sidik"), ("8002", "Made Jari")):
        office.add_employee(nip, name)


def test_a_machine_is_added_its_file_imported_and_taken_back(
    office: Office, new_page: OpenPage, shoot: Looks
) -> None:
    now = datetime.now(ZoneInfo("Asia/Jakarta")) - timedelta(minutes=20)
    rows = [f"8001\t{now:%Y-%m-%d %H:%M:%S}", f"77\t{now:%Y-%m-%d %H:%M:%S}"]
    page = new_page(office.admin)
    page.goto("/machines")
    page.get_by_role("button", name="Tambah mesin").click()
    form = page.get_by_role("dialog", name="Tambah mesin")
    form.get_by_label("Nama mesin").fill("Lobi Mengwi")
    form.get_by_label("Kode").fill("FP-MENGWI")
    form.get_by_label("Tempat mesin berada").select_option("unit:FP-KEC")
    form.get_by_label("Berkas dari mesin").set_input_files(file_of(*rows))
    expect(form.get_by_text("Semua baris ini terbaca.")).to_be_visible()
    expect(form.get_by_text(re.compile("nomor 8001.*arah terbuka"))).to_be_visible()
    form.get_by_label("Kolom tanggal dan waktu").fill("3")
    expect(form.get_by_text(re.compile("2 dari baris ini tidak terbaca"))).to_be_visible()
    form.get_by_label("Kolom tanggal dan waktu").fill("2")
    expect(form.get_by_text("Semua baris ini terbaca.")).to_be_visible()
    shoot(page, "machine-form", LOOKED_AT)
    form.get_by_role("button", name="Simpan").click()

    page.get_by_role("button", name="Buka: Lobi Mengwi").click()
    expect(page.get_by_role("heading", name="Lobi Mengwi")).to_be_focused()
    page.get_by_label("Berkas CSV atau XLSX").set_input_files(file_of(*rows))
    page.get_by_role("button", name="Periksa berkas").click()
    report = page.get_by_role("region", name="Yang akan dilakukan berkas ini")
    report.get_by_role("button", name="Tetapkan nomor 77").click()
    assigning = page.get_by_role("dialog", name="Tetapkan nomor 77")
    assigning.get_by_label("Cari").fill("Made Jari")
    assigning.get_by_role("button", name="Cari").click()
    assigning.get_by_role("button", name="Made Jari memiliki nomor ini").click()
    page.get_by_role("button", name="Periksa berkas").click()
    page.get_by_role("button", name="Impor 2 waktu").click()
    expect(page.get_by_role("region", name="Berkas telah diimpor")).to_be_focused()
    shoot(page, "machine-imported", LOOKED_AT)

    page.get_by_role("button", name="Buka: attlog.dat").click()
    opened = page.get_by_role("dialog", name="attlog.dat")
    opened.get_by_label("Alasan pembatalan").fill("Salah mesin")
    opened.get_by_role("button", name="Batalkan impor").click()
    expect(page.get_by_text("Impor telah dibatalkan.")).to_be_focused()
    expect(page.get_by_text("Dibatalkan", exact=True)).to_be_visible()
    page.get_by_role("link", name="Mesin sidik jari").last.click()
    expect(page.get_by_role("button", name="Buka: Lobi Mengwi")).to_be_focused()
    shoot(page, "machines", LOOKED_AT)
