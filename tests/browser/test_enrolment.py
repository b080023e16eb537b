from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.office import Office
from tests.browser.steps import compare_photos, save, wall

pytestmark = pytest.mark.own_server

OpenPage = Callable[..., Page]


@pytest.fixture
def person_file(camera_person: tuple[bytes, bytes]) -> FilePayload:
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": camera_person[0]}


@pytest.fixture
def enrolling(office: Office, new_page: OpenPage, nips: Iterator[str]) -> Page:
    """The enrolment page of a new employee, consent given."""
    nip = next(nips)
    office.add_employee(nip, "Budi Santoso")
    page = new_page(office.admin)
    page.goto(f"/employees/{nip}")
    page.get_by_label("Pegawai memahami hal ini dan setuju.").check()
    return page


def compare(page: Page) -> None:
    page.get_by_role("button", name="Bandingkan foto").click()


def save_even_a_lookalike(page: Page) -> None:
    """The one person the tests have is enrolled under many NIPs."""
    compare_photos(page)
    save(page)


def test_nothing_is_taken_before_consent(office: Office, new_page: OpenPage, nips: Iterator[str]) -> None:
    nip = next(nips)
    office.add_employee(nip, "Siti Aminah")
    page = new_page(office.admin)

    page.goto(f"/employees/{nip}")

    expect(page.get_by_role("button", name="Buka kamera")).to_be_disabled()
    expect(page.locator("#files")).to_be_disabled()
    expect(page.locator("#save-hint")).to_have_text("Centang persetujuan terlebih dahulu.")


def test_a_face_is_enrolled_by_upload(enrolling: Page, person_file: FilePayload) -> None:
    enrolling.locator("#files").set_input_files(person_file)
    expect(enrolling.get_by_text("Bagus", exact=True)).to_be_visible()

    save_even_a_lookalike(enrolling)

    expect(enrolling.get_by_role("heading", name="Wajah sudah terdaftar")).to_be_visible()
    expect(enrolling.locator("#enrolled")).to_be_focused()


def test_a_face_is_enrolled_by_webcam(enrolling: Page) -> None:
    enrolling.get_by_role("button", name="Buka kamera").click()
    for shots in (1, 2):
        enrolling.get_by_role("button", name="Ambil foto", exact=True).click()
        expect(enrolling.get_by_text("Bagus", exact=True)).to_have_count(shots)

    save_even_a_lookalike(enrolling)

    expect(enrolling.locator("#enrolled-text")).to_contain_text("Foto yang dipakai:")


def test_a_photo_without_a_face_is_refused_with_the_reason(enrolling: Page) -> None:
    enrolling.locator("#files").set_input_files(wall())

    expect(enrolling.get_by_text("Kurang baik", exact=True)).to_be_visible()
    expect(enrolling.get_by_text("Tidak ada wajah yang ditemukan di foto.")).to_be_visible()
    expect(enrolling.get_by_role("button", name="Simpan pendaftaran")).to_be_disabled()


def test_a_removed_photo_is_gone(enrolling: Page) -> None:
    enrolling.locator("#files").set_input_files([wall(), wall()])
    expect(enrolling.get_by_text("Kurang baik", exact=True)).to_have_count(2)

    enrolling.get_by_role("button", name="Hapus foto 1").click()

    expect(enrolling.get_by_role("img", name="Foto 2")).to_have_count(0)
    expect(enrolling.get_by_role("button", name="Hapus foto 1")).to_be_focused()


def test_no_more_than_five_photos_are_taken(enrolling: Page) -> None:
    enrolling.locator("#files").set_input_files([wall()] * 6)

    expect(enrolling.locator(".photo")).to_have_count(5)
    expect(enrolling.locator("#files")).to_be_disabled()


def test_a_lookalike_is_named_and_needs_a_confirmation(
    office: Office, new_page: OpenPage, nips: Iterator[str], camera_person: tuple[bytes, bytes]
) -> None:
    first, second = next(nips), next(nips)
    office.employee(first, "Kembar Satu", camera_person[0])
    office.add_employee(second, "Kembar Dua")
    page = new_page(office.admin)
    page.goto(f"/employees/{second}")
    page.get_by_label("Pegawai memahami hal ini dan setuju.").check()
    photo: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": camera_person[0]}
    page.locator("#files").set_input_files(photo)
    expect(page.get_by_text("Bagus", exact=True)).to_be_visible()

    compare(page)

    expect(page.locator("#lookalikes")).to_contain_text(f"NIP {first}")
    expect(page.get_by_role("button", name="Simpan pendaftaran")).to_be_disabled()
    for tick in page.locator("#lookalikes input").all():
        tick.check()
    save(page)
    expect(page.get_by_role("heading", name="Wajah sudah terdaftar")).to_be_visible()


def test_other_photos_have_to_be_compared_anew(enrolling: Page, person_file: FilePayload) -> None:
    enrolling.locator("#files").set_input_files(person_file)
    expect(enrolling.get_by_text("Bagus", exact=True)).to_be_visible()
    compare(enrolling)
    expect(enrolling.locator("#findings")).to_contain_text("Dengan satu foto")

    enrolling.get_by_role("button", name="Hapus foto 1").click()

    expect(enrolling.locator("#compared")).to_be_hidden()
    expect(enrolling.get_by_role("button", name="Simpan pendaftaran")).to_be_disabled()


def test_a_consent_that_is_recorded_is_not_asked_for_again(
    office: Office, new_page: OpenPage, nips: Iterator[str], camera_person: tuple[bytes, bytes]
) -> None:
    nip = next(nips)
    office.employee(nip, "Made Suardana", camera_person[0])
    page = new_page(office.admin)

    page.goto(f"/employees/{nip}")

    expect(page.locator("#agreed-on")).to_contain_text("sudah menyetujui")
    expect(page.locator("#consent")).to_be_hidden()
    expect(page.locator("#files")).to_be_enabled()


def test_photos_of_two_people_are_refused_with_the_reason(
    enrolling: Page, person_file: FilePayload, other_person: Path
) -> None:
    other: FilePayload = {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": other_person.read_bytes()}
    enrolling.locator("#files").set_input_files([person_file, other])
    expect(enrolling.get_by_text("Bagus", exact=True)).to_have_count(2)

    compare(enrolling)

    expect(enrolling.locator("#findings")).to_contain_text("tidak semuanya menunjukkan orang yang sama")
