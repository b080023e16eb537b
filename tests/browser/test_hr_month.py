"""HR's way through a month: import, enrol, enter and approve, correct, close, and hand the figures on."""

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import FilePayload, Page, StorageState, expect
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from service.audit import AuditKeys
from service.db.session import Database
from service.db.tables import Employee
from tests.browser.every_page import unclipped
from tests.browser.looks import Looks
from tests.browser.office import DESKTOP, Office
from tests.browser.running_server import RunningServer
from tests.browser.steps import compare_photos, save
from tests.service.closing_office import checkin_of

pytestmark = pytest.mark.own_server

OpenPage = Callable[..., Page]

ZONE = ZoneInfo("Asia/Jakarta")
FIRST = (datetime.now(ZONE).date().replace(day=1) - timedelta(days=1)).replace(day=1)
MONTH = f"{FIRST:%Y-%m}"
WORKING_DAYS = [day for number in range(14) if (day := FIRST + timedelta(days=number)).weekday() < 5]
WHOLE_DAY, WITHOUT_DEPARTURE, ILL = WORKING_DAYS[:3]
WAYAN, MADE = "198503122010011001", "198503122010011002"
ROSTER = f"nip;nama;kode unit\n{WAYAN};Ni Wayan Sari;KEC-1\n{MADE};I Made Putra;KEC-{{made}}\n"


@pytest.fixture(scope="module")
def hr(office: Office, nips: Iterator[str]) -> StorageState:
    office.add_unit("KEC-1", "Kecamatan Ubud")
    return office.employee(next(nips), "Dewi Lestari", role="hr")


@pytest.fixture(scope="module")
def database(server: RunningServer) -> Iterator[Database]:
    """What the service keeps, for what only time can bring about: that a month has passed."""
    opened = Database(f"sqlite:///{server.database}")
    opened.keep_trail(AuditKeys.load_or_create(server.keys_dir))
    yield opened
    opened.dispose()


def at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


def a_month_passes(database: Database) -> None:
    """Both were there all the time; Wayan forgot to check out once, and Made was ill for a day."""
    with database.write() as session:
        session.execute(update(Employee).values(created_at=datetime.now(UTC) - timedelta(days=100)))
        ids = dict(session.execute(select(Employee.nip, Employee.id)).all())
        for nip in (WAYAN, MADE):
            for day in WORKING_DAYS:
                if (nip, day) != (MADE, ILL):
                    session.add(checkin_of(ids[nip], at(day, "07:15")))
                if (nip, day) not in {(MADE, ILL), (WAYAN, WITHOUT_DEPARTURE)}:
                    session.add(checkin_of(ids[nip], at(day, "16:45")))


def roster(made: str) -> FilePayload:
    text = ROSTER.format(made=made)
    return {"name": "pegawai.csv", "mimeType": "text/csv", "buffer": text.encode()}


def test_staff_is_imported_once_the_file_is_right(hr: StorageState, new_page: OpenPage) -> None:
    page = new_page(hr, viewport=DESKTOP)
    page.goto("/employees")
    expect(page.get_by_role("row")).to_have_count(2)  # the headings, and HR
    page.goto("/roster")
    page.get_by_label("Berkas CSV atau XLSX").set_input_files(roster("9"))
    page.get_by_role("button", name="Periksa berkas").click()
    expect(page.get_by_role("table", name="Baris yang perlu dilihat")).to_contain_text("Baris 3")
    page.goto("/employees")
    expect(page.get_by_role("row")).to_have_count(2)
    page.goto("/roster")
    page.get_by_label("Berkas CSV atau XLSX").set_input_files(roster("1"))
    page.get_by_role("button", name="Periksa berkas").click()
    page.get_by_role("button", name="Impor 2 baris").click()
    expect(page.get_by_role("region", name="Berkas telah diimpor")).to_be_visible()


def test_a_face_is_enrolled(hr: StorageState, new_page: OpenPage, camera_person: tuple[bytes, bytes]) -> None:
    page = new_page(hr)
    page.goto(f"/employees/{WAYAN}")
    page.get_by_label("Pegawai memahami hal ini dan setuju.").check()
    photo: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": camera_person[0]}
    page.locator("#files").set_input_files(photo)
    expect(page.get_by_text("Bagus", exact=True)).to_be_visible()
    compare_photos(page)
    save(page)
    expect(page.get_by_role("heading", name="Wajah sudah terdaftar")).to_be_visible()


def test_what_hr_enters_somebody_else_approves(
    hr: StorageState, office: Office, database: Database, new_page: OpenPage, shoot: Looks
) -> None:
    a_month_passes(database)
    desk = new_page(hr)
    desk.goto(f"/employees/{MADE}/month?month={MONTH}")
    desk.get_by_role("button", name="Masukkan izin atau cuti").click()
    form = desk.get_by_role("dialog", name="Masukkan izin atau cuti")
    form.get_by_label("Jenis").select_option("sakit")
    form.get_by_label("Hari pertama").fill(ILL.isoformat())
    form.get_by_label("Hari terakhir").fill(ILL.isoformat())
    form.get_by_label("Alasan").fill("Dirawat di puskesmas")
    form.get_by_role("button", name="Masukkan permohonan").click()
    expect(desk.locator("#done")).to_be_focused()

    desk.goto(f"/employees/{WAYAN}/month?month={MONTH}")
    expect(desk.get_by_role("table")).to_contain_text("Tanpa presensi pulang (PSW4)")
    desk.get_by_role("button", name="Ajukan koreksi presensi").first.click()
    form = desk.get_by_role("dialog", name="Ajukan koreksi presensi: Ni Wayan Sari")
    form.get_by_label("Hari", exact=True).fill(WITHOUT_DEPARTURE.isoformat())
    form.get_by_label("Pulang", exact=True).fill("16:30")
    form.get_by_label("Alasan").fill("Ponsel mati, disaksikan kepala seksi")
    unclipped(desk)
    form.get_by_role("button", name="Masukkan permohonan").click()
    expect(desk.locator("#done")).to_be_focused()
    shoot(desk, "hr-month")

    chief = new_page(office.admin, viewport=DESKTOP)
    chief.goto("/requests")
    chief.get_by_role("button", name="Buka: I Made Putra").click()
    chief.get_by_role("button", name="Setujui").click()
    expect(chief.locator("#done")).to_have_text("Permohonan I Made Putra disetujui.")
    chief.get_by_label("Yang diajukan").select_option("corrections")
    chief.get_by_role("button", name="Buka: Ni Wayan Sari").click()
    chief.get_by_role("button", name="Setujui").click()
    expect(chief.locator("#done")).to_have_text("Permohonan Ni Wayan Sari disetujui.")

    desk.reload()
    expect(desk.get_by_role("table")).to_contain_text("disetujui oleh admin")
    expect(desk.get_by_role("table")).not_to_contain_text("Tanpa presensi pulang (PSW4)")


def test_a_closed_month_says_no_by_name(hr: StorageState, new_page: OpenPage) -> None:
    page = new_page(hr, viewport=DESKTOP)
    page.goto(f"/closing/KEC-1/{MONTH}")
    page.get_by_role("button", name="Tutup bulan").click()
    page.get_by_role("dialog", name="Tutup bulan").get_by_role("button", name="Tutup bulan").click()
    expect(page.locator("#state")).to_have_text("Ditutup")

    page.goto(f"/employees/{WAYAN}/month?month={MONTH}")
    page.get_by_role("button", name="Ajukan koreksi presensi").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Hari", exact=True).fill(WHOLE_DAY.isoformat())
    form.get_by_label("Datang", exact=True).fill("07:00")
    form.get_by_label("Alasan").fill("Lupa")
    form.get_by_role("button", name="Masukkan permohonan").click()
    expect(form.get_by_role("alert")).to_contain_text("Kecamatan Ubud")
    expect(form.get_by_label("Alasan")).to_have_value("Lupa")


def test_the_figures_are_handed_on(hr: StorageState, new_page: OpenPage, tmp_path: Path) -> None:
    page = new_page(hr, viewport=DESKTOP)
    page.goto(f"/recap?month={MONTH}&unit=KEC-1")
    with page.expect_download() as workbook:
        page.get_by_role("link", name="XLSX").click()
    workbook.value.save_as(tmp_path / "rekap.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "rekap.xlsx")
    cells = [
        cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row
    ]
    assert "Ni Wayan Sari" in cells

    page.goto("/exports")
    page.get_by_role("button", name="Profil baru").click()
    page.get_by_role("button", name="Kehadiran harian").click()
    page.get_by_role("button", name="Simpan profil").click()
    page.get_by_role("button", name="Buat berkas: Kehadiran harian").click()
    page.locator("#make-unit").select_option("KEC-1")
    page.locator("#make-month").fill(MONTH)
    page.get_by_role("button", name="Buat berkasnya").click()
    with page.expect_download() as file:
        page.get_by_role("link", name="Unduh berkas").click()
    file.value.save_as(tmp_path / "export.csv")
    with (tmp_path / "export.csv").open(encoding="utf-8-sig", newline="") as text:
        rows = [row for row in csv.reader(text, delimiter=";") if any(WAYAN in cell for cell in row)]
    assert len(rows) >= len(WORKING_DAYS)
