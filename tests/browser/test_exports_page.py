"""HR makes a profile from a template, sees what a file will hold, and fetches one; the public reads figures."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.audit import AuditKeys
from service.db.session import Database
from tests.browser.every_page import unclipped
from tests.browser.looks import Looks
from tests.browser.office import DESKTOP, Office
from tests.browser.running_server import RunningServer
from tests.service.org_tree import plant, put

pytestmark = pytest.mark.own_server

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One that publishes, with people who have worked for months."""
    folder = tmp_path_factory.mktemp("service")
    with RunningServer(folder, HADIR_TRANSPARENCY="on").ready() as running:
        database = Database(f"sqlite:///{running.database}")
        database.keep_trail(AuditKeys.load_or_create(running.keys_dir))
        long_ago = datetime.now(UTC) - timedelta(days=140)
        names = ("DINAS-KESEHATAN", "KEC-UBUD", "KEC-MAS")
        plant(database, dict.fromkeys(names), long_ago)
        for unit, count in zip(names, (12, 14, 2), strict=True):
            for number in range(count):
                put(database, f"{unit}-{number}", unit, long_ago)
        database.dispose()
        yield running


def past() -> str:
    return f"{datetime.now(UTC) - timedelta(days=62):%Y-%m}"


def test_a_profile_is_made_from_a_template_tried_and_saved(
    office: Office, new_page: OpenPage, shoot: Looks
) -> None:
    page = new_page(office.admin)
    page.goto("/exports")
    expect(page.get_by_role("heading", name="Belum ada profil ekspor")).to_be_visible()
    page.get_by_role("button", name="Profil baru").click()
    page.get_by_role("button", name="Kehadiran harian").click()
    first = page.get_by_role("listitem", name="Kolom 1", exact=True)
    first.get_by_label("Judul kolom").fill("")
    page.get_by_role("button", name="Simpan profil").click()
    expect(page.get_by_role("alert")).to_contain_text("Kolom 1: Isian ini wajib diisi.")
    expect(first.get_by_label("Judul kolom")).to_have_attribute("aria-invalid", "true")
    first.get_by_label("Judul kolom").fill("NIP PEGAWAI")
    page.get_by_role("listitem", name="Kolom 2", exact=True).get_by_role("button", name="Hapus").click()
    first.get_by_role("button", name="Turun").click()
    page.locator("#preview-month").fill(past())
    page.get_by_role("button", name="Tampilkan sepuluh baris").click()
    expect(page.locator("#preview-table tbody tr")).to_have_count(10)
    expect(page.locator("#preview-table thead")).to_contain_text("NIP PEGAWAI")
    unclipped(page)
    shoot(page, "exports-editor")
    page.get_by_role("button", name="Simpan profil").click()
    expect(page.get_by_text("Profil telah disimpan.")).to_be_focused()
    expect(page.get_by_role("row", name="Kehadiran harian")).to_be_visible()
    unclipped(page)


def test_a_file_is_made_and_fetched(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin, viewport=DESKTOP)
    page.goto("/exports")
    page.get_by_role("button", name="Buat berkas: Kehadiran harian").click()
    page.locator("#make-unit").select_option("KEC-MAS")
    page.locator("#make-month").fill(past())
    page.get_by_role("button", name="Buat berkasnya").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Unduh berkas").click()
    assert download.value.suggested_filename == f"hadir-{past()}.csv"
    assert "KEC-MAS" in Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_who_was_slower_is_told_and_a_profile_comes_from_a_file(
    office: Office, new_page: OpenPage, tmp_path: Path
) -> None:
    profile = {"name": "Dari berkas", "row": "month", "columns": [{"source": "nip", "header": "NIP"}]}
    (tmp_path / "profile.json").write_text(json.dumps(profile))
    page = new_page(office.admin)
    page.goto("/exports")
    page.locator("#import-file").set_input_files(tmp_path / "profile.json")
    page.get_by_role("button", name="Simpan profil").click()
    page.get_by_role("button", name="Ubah: Dari berkas").click()
    page.get_by_label("Nama", exact=True).fill("Lain")
    other = new_page(office.admin)
    other.goto("/exports")
    other.get_by_role("button", name="Ubah: Dari berkas").click()
    other.get_by_role("button", name="Simpan profil").click()
    expect(other.get_by_text("Profil telah disimpan.")).to_be_visible()
    page.get_by_role("button", name="Simpan profil").click()
    expect(page.get_by_role("alert")).to_contain_text("telah diubah atau dihapus orang lain")
    other.get_by_role("button", name="Ubah: Dari berkas").click()
    other.get_by_role("button", name="Hapus…").click()
    other.get_by_role("button", name="Hapus profil").click()
    expect(other.get_by_text("Profil telah dihapus.")).to_be_visible()


@pytest.mark.parametrize("viewport", [{"width": 320, "height": 640}, DESKTOP])
def test_the_public_reads_figures_without_a_script_or_a_cookie(
    office: Office, new_page: OpenPage, shoot: Looks, viewport: dict[str, int]
) -> None:
    admin = office.context(office.admin)
    admin.request.post("/api/transparency", data={"month": past()})
    admin.close()
    page = new_page(viewport=viewport, java_script_enabled=False, color_scheme="dark")
    page.goto("/transparency")
    expect(page.get_by_role("heading", name="Kehadiran per OPD")).to_be_visible()
    expect(page.get_by_role("row", name="Seluruh OPD")).to_be_visible()
    expect(page.get_by_role("row", name="Unit KEC-MAS")).to_contain_text("Ditahan")
    expect(page.get_by_role("row", name="Unit KEC-UBUD")).to_contain_text("0,0")
    shoot(page, f"transparency-{viewport['width']}")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Attendance by agency")).to_be_visible()
    assert page.context.cookies() == []
