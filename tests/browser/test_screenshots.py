"""Every page in its main states, on phones and a desktop, in the dark and in large letters.

With `--screenshots DIR` they are saved for people to look at. What a machine can see is asserted: nothing is
wider than the screen, and nothing is cut off.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser.every_page import PATHS, Visitors, settled
from tests.browser.looks import Looks
from tests.browser.office import Office
from tests.browser.steps import RECORD, ask_for, save, send, take, wall


@pytest.fixture
def open_page(new_page: Callable[..., Page]) -> Callable[[StorageState | None], Page]:
    return lambda state: new_page(state, reduced_motion="reduce")


@pytest.fixture(scope="module")
def visitors(office: Office, nips: Iterator[str]) -> Visitors:
    return Visitors(office, lambda role: office.employee(next(nips), "Yohanes Tambunan", role=role))


@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_the_navigation(
    path: str, visitors: Visitors, open_page: Callable[..., Page], shoot: Looks
) -> None:
    page = open_page(visitors.for_page(path))
    settled(page, path)
    shoot(page, f"page-{path.strip('/')}")
    menu = page.locator(".menu summary")
    if menu.is_visible():
        menu.press("Enter")
        expect(page.get_by_role("navigation").get_by_role("link").last).to_be_visible()
        shoot(page, f"page-{path.strip('/')}-menu", ["smallest", "large"])


@pytest.fixture(scope="module")
def employee(office: Office, nips: Iterator[str], camera_person: tuple[bytes, bytes]) -> StorageState:
    return office.employee(next(nips), "I Gusti Ayu Made Kartika Dewi, S.Kom., M.T.", camera_person[0])


def test_signing_in(
    office: Office, open_page: Callable[..., Page], shoot: Looks, nips: Iterator[str]
) -> None:
    page = open_page(None)
    page.goto(office.add_employee(next(nips), "Rina Wulandari"))
    shoot(page, "setup")
    page.goto("/login")
    shoot(page, "login")
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    shoot(page, "login-problem")


def test_reviewing(
    office: Office,
    open_page: Callable[..., Page],
    shoot: Looks,
    nips: Iterator[str],
    camera_person: tuple[bytes, bytes],
) -> None:
    person = office.employee(next(nips), "I Gusti Ayu Made Kartika Dewi, S.Kom., M.T.", camera_person[0])
    checkin_id = office.check_in(person, camera_person[1])
    page = open_page(office.admin)
    page.goto("/reviews")
    expect(page.locator("#list")).to_be_visible()
    shoot(page, "reviews")
    page.goto(f"/reviews/{checkin_id}")
    expect(page.locator("#judge")).to_be_visible()
    for picture in page.locator("figure img").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
    shoot(page, "review")
    page.get_by_label("Orang lain, atau gambar").check()
    page.get_by_label("Catatan").fill("Foto dari layar ponsel lain")
    page.get_by_role("button", name="Berikan putusan").click()
    shoot(page, "review-sure")
    page.get_by_role("button", name="Tolak", exact=True).click()
    expect(page.locator("#done")).to_be_visible()
    shoot(page, "review-done")


def test_checking_in(employee: StorageState, open_page: Callable[..., Page], shoot: Looks) -> None:
    page = open_page(employee)
    page.goto("/checkin")
    expect(page.get_by_role("button", name=RECORD)).to_be_visible()
    expect(page.locator("#position")).to_contain_text("Lokasi ditemukan")
    shoot(page, "checkin-live")
    take(page)
    shoot(page, "checkin-preview")
    page.context.set_offline(True)
    send(page)
    expect(page.locator("#result[data-status=waiting]")).to_be_visible()
    shoot(page, "checkin-stored")
    page.context.set_offline(False)
    expect(page.locator("#result:not([data-status=waiting])")).to_be_visible()
    shoot(page, "checkin-result")
    page.get_by_role("button", name="Kembali ke kamera").click()
    expect(page.get_by_role("button", name=RECORD)).to_be_visible()
    page.locator("#file").set_input_files(wall())
    send(page)
    expect(page.get_by_role("heading", name="Perlu foto baru")).to_be_visible()
    shoot(page, "checkin-retake")
    page.goto("/employees")
    shoot(page, "not-allowed")


def test_the_movements(employee: StorageState, open_page: Callable[..., Page], shoot: Looks) -> None:
    page = open_page(employee)
    ask_for(page, "left", "blink", "right", "up")
    page.goto("/checkin")
    page.get_by_role("button", name=RECORD).click()
    for number, step in enumerate(("left", "blink", "right", "up"), start=1):
        expect(page.locator("#step-number")).to_have_text(f"Gerakan {number} dari 4")
        shoot(page, f"checkin-step-{step}", ["smallest"])
    expect(page.locator("#step-text")).to_have_text("Selesai")
    shoot(page, "checkin-step-done")


def test_a_page_without_camera(employee: StorageState, open_page: Callable[..., Page], shoot: Looks) -> None:
    page = open_page(employee)
    page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    page.goto("/checkin")
    expect(page.get_by_text("Pakai aplikasi kamera ponsel")).to_be_visible()
    shoot(page, "checkin-start")


def test_keeping_the_roster(
    office: Office, employee: StorageState, open_page: Callable[..., Page], shoot: Looks, nips: Iterator[str]
) -> None:
    page = open_page(office.admin)
    page.goto("/employees")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    shoot(page, "employees")
    page.goto("/employees?query=nobody")
    expect(page.get_by_role("heading", name="Tidak ditemukan")).to_be_visible()
    shoot(page, "employees-nobody")
    page.get_by_role("button", name="Tambah pegawai").click()
    shoot(page, "employee-add")
    page.get_by_label("NIP", exact=True).fill(next(nips))
    page.get_by_label("Nama lengkap").fill("Yohanes Tambunan")
    page.get_by_role("button", name="Tambahkan").click()
    expect(page.get_by_label("Tautan sekali pakai")).to_be_visible()
    shoot(page, "employee-added")


def test_enrolling(
    office: Office,
    employee: StorageState,
    open_page: Callable[..., Page],
    shoot: Looks,
    nips: Iterator[str],
    camera_person: tuple[bytes, bytes],
) -> None:
    nip = next(nips)
    office.add_employee(nip, "Budi Santoso")
    page = open_page(office.admin)
    page.goto(f"/employees/{nip}")
    expect(page.get_by_role("heading", name="Budi Santoso")).to_be_visible()
    shoot(page, "enrol-start")
    page.get_by_label("Pegawai memahami hal ini dan setuju.").check()
    page.locator("#files").set_input_files(wall())
    expect(page.get_by_text("Kurang baik", exact=True)).to_be_visible()
    page.get_by_role("button", name="Buka kamera").click()
    page.get_by_role("button", name="Ambil foto", exact=True).click()
    expect(page.get_by_text("Bagus", exact=True)).to_be_visible()
    shoot(page, "enrol-photos")
    page.get_by_role("button", name="Bandingkan foto").click()
    expect(page.locator("#compared")).to_be_focused()
    shoot(page, "enrol-lookalike")
    for tick in page.locator("#compared input").all():
        tick.check()
    save(page)
    expect(page.get_by_role("heading", name="Wajah sudah terdaftar")).to_be_visible()
    shoot(page, "enrol-done")


def test_a_refused_enrolment(
    office: Office,
    open_page: Callable[..., Page],
    shoot: Looks,
    nips: Iterator[str],
    camera_person: tuple[bytes, bytes],
) -> None:
    nip = next(nips)
    office.add_employee(nip, "Dewi Lestari")
    page = open_page(office.admin)
    page.goto(f"/employees/{nip}")
    page.get_by_label("Pegawai memahami hal ini dan setuju.").check()
    page.route("**/api/photos/check", lambda route: route.abort())
    page.locator("#files").set_input_files(wall())
    expect(page.get_by_text("Belum diperiksa", exact=True)).to_be_visible()
    page.get_by_role("button", name="Bandingkan foto").click()
    expect(page.locator("#compared")).to_be_focused()
    shoot(page, "enrol-refused")


def test_reading_check_ins(
    office: Office, employee: StorageState, open_page: Callable[..., Page], shoot: Looks
) -> None:
    phone = open_page(employee)
    phone.goto("/checkin")
    take(phone)
    send(phone)
    expect(phone.locator("#result")).to_be_visible()
    page = open_page(office.admin)
    page.goto("/checkins")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    shoot(page, "checkins")
    page.get_by_role("button", name="Angka: ").first.click()
    expect(page.get_by_role("table", name="Hasil pengukuran").get_by_role("row").first).to_be_visible()
    shoot(page, "checkin-numbers")
    page.goto("/checkins?date=2020-01-01")
    expect(page.get_by_role("heading", name="Tidak ada presensi di sini")).to_be_visible()
    shoot(page, "checkins-none")
