import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.every_page import unclipped
from tests.browser.office import DESKTOP, Office
from tests.browser.running_server import RunningServer

pytestmark = pytest.mark.own_server

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module", autouse=True)
def staff(office: Office, nips: Iterator[str]) -> str:
    """Wayan in a village, Ketut in an agency. Gives Wayan's NIP."""
    office.add_unit("KEC-1", "Kecamatan Ubud")
    office.add_unit("DESA-1", "Desa Mas", "KEC-1")
    office.add_unit("DINAS", "Dinas Pendidikan")
    wayan, ketut = next(nips), next(nips)
    for nip, name, unit in ((wayan, "Ni Wayan Sari", "DESA-1"), (ketut, "Ketut Rai", "DINAS")):
        office.add_employee(nip, name)
        office.put_into(nip, unit)
    return wayan


@pytest.mark.parametrize("width", [320, 1280])
def test_from_the_units_to_the_people_of_one(
    office: Office, new_page: OpenPage, staff: str, width: int
) -> None:
    page = new_page(office.admin, viewport={"width": width, "height": 740})
    page.goto("/recap")
    expect(page.get_by_text("Sementara: bulan belum berakhir.")).to_be_visible()
    expect(page.get_by_role("row", name="Jumlah")).to_contain_text("2")
    unclipped(page)
    page.get_by_role("link", name="Desa Mas").click()
    expect(page.get_by_role("heading", name="Pegawai: Desa Mas")).to_be_visible()
    link = page.get_by_role("link", name="Ni Wayan Sari")
    expect(link).to_have_attribute(
        "href", f"/employees/{staff}/month?month={page.locator('#month').input_value()}"
    )
    expect(page.get_by_text("Ketut Rai")).to_have_count(0)
    unclipped(page)
    table = page.get_by_role("region", name="Pegawai: Desa Mas")
    table.focus()
    expect(table).to_be_focused()

    page.get_by_label("Unit", exact=True).select_option("")
    page.get_by_label("Nama atau NIP").fill("ketut")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Ketut Rai")).to_be_visible()
    expect(page.get_by_text("Ni Wayan Sari")).to_have_count(0)


def test_a_month_without_anybody_says_so(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin)
    page.goto("/recap?month=2020-01")
    expect(page.get_by_role("heading", name="Tidak ada data untuk bulan ini")).to_be_visible()
    expect(page.get_by_role("link", name="PDF")).to_have_count(0)


def test_a_printed_recap_is_checked_by_its_code_and_its_file(
    office: Office, new_page: OpenPage, tmp_path: Path
) -> None:
    page = new_page(office.admin, viewport=DESKTOP)
    page.goto("/recap?unit=DESA-1")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="PDF").click()
    pdf = tmp_path / "rekap.pdf"
    downloading.value.save_as(pdf)
    assert downloading.value.suggested_filename.startswith("rekap-DESA-1-")
    expect(page.get_by_text("Berkas siap: rekap-DESA-1-")).to_be_visible()
    code = code_of(office)

    visitor = new_page(None)
    visitor.goto("/verify")
    visitor.get_by_label("Kode").fill("0000-0000-0000")
    visitor.get_by_role("button", name="Periksa").click()
    expect(visitor.get_by_role("alert")).to_contain_text("Tidak ada rekap yang diterbitkan dengan kode ini.")
    visitor.get_by_label("Kode").fill(code.lower())
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_text("Rekap dengan kode ini memang pernah diterbitkan.")).to_be_visible()
    expect(visitor.get_by_text("Angka hari ini masih sama.")).to_be_visible()
    expect(visitor.get_by_text("Ni Wayan Sari")).to_have_count(0)
    unclipped(visitor)
    visitor.get_by_label("Berkas PDF").set_input_files(pdf)
    expect(visitor.get_by_text("Berkas ini sama persis")).to_be_visible()
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(pdf.read_bytes() + b"\n")
    visitor.get_by_label("Berkas PDF").set_input_files(changed)
    expect(visitor.get_by_text("Ini bukan berkas yang diterbitkan")).to_be_visible()
    expect(visitor.get_by_text("Berkas ini sama persis")).to_be_hidden()


def code_of(office: Office) -> str:
    """Of the last recap that was issued; on paper it is printed."""
    with sqlite3.connect(RunningServer.by_url[office.url].database) as connection:
        (code,) = connection.execute("SELECT code FROM issued_recaps ORDER BY id DESC LIMIT 1").fetchone()
    return str(code)


def test_a_download_that_fails_says_why(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin)
    page.goto("/recap?unit=DESA-1")
    page.route("**/api/recap?**", lambda route: route.abort())
    page.get_by_role("link", name="XLSX").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Tidak ada sambungan")
