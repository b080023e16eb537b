"""An auditor looks at check-ins and judges them."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser.office import DESKTOP, Office

OpenPage = Callable[..., Page]


@pytest.fixture
def auditor(office: Office, nips: Iterator[str]) -> StorageState:
    nip = next(nips)
    return office.sign_in(nip, office.add_employee(nip, "Rahmat Hidayat", "auditor"))


@pytest.fixture
def employee(office: Office, nips: Iterator[str], camera_person: tuple[bytes, bytes]) -> StorageState:
    return office.employee(next(nips), "Dewi Lestari", camera_person[0])


@pytest.fixture
def checkin_id(office: Office, employee: StorageState, camera_person: tuple[bytes, bytes]) -> str:
    return office.check_in(employee, camera_person[1])


def test_a_check_in_is_found_and_accepted_by_keyboard_alone(
    new_page: OpenPage, auditor: StorageState, checkin_id: str
) -> None:
    page = new_page(auditor, viewport=DESKTOP)
    page.goto("/")
    link = page.locator(f"a[href='/reviews/{checkin_id}']")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dewi Lestari")).to_be_visible()
    expect(page.get_by_role("img", name="Swafoto")).to_have_js_property("complete", True)
    page.get_by_label("Benar pegawai ini").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_be_focused()
    expect(page.locator("#done")).to_contain_text("Presensi sekarang dihitung.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/reviews$"))
    expect(link).to_have_count(0)


def test_the_photos_of_both_sides_are_seen(
    new_page: OpenPage, auditor: StorageState, checkin_id: str
) -> None:
    page = new_page(auditor, viewport=DESKTOP)
    page.goto(f"/reviews/{checkin_id}")
    for name in ("Swafoto", "Foto pendaftaran 1"):
        picture = page.get_by_role("img", name=name)
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())


def test_a_rejection_is_asked_for_twice_and_says_why(
    new_page: OpenPage, auditor: StorageState, employee: StorageState, checkin_id: str, office: Office
) -> None:
    page = new_page(auditor)
    page.goto(f"/reviews/{checkin_id}")
    page.get_by_label("Orang lain, atau gambar").check()
    page.get_by_role("button", name="Berikan putusan").click()
    expect(page.get_by_label("Catatan")).to_be_focused()
    page.get_by_label("Catatan").fill("Foto dari layar ponsel lain")
    page.get_by_role("button", name="Berikan putusan").click()
    page.get_by_role("button", name="Batal").click()
    expect(page.locator("#judge")).to_be_visible()
    page.get_by_role("button", name="Berikan putusan").click()
    page.get_by_role("button", name="Tolak", exact=True).click()
    expect(page.locator("#done")).to_contain_text("Presensi ditolak.")
    page.reload()
    expect(page.locator("#verdicts")).to_contain_text("Foto dari layar ponsel lain")
    expect(page.locator("#judge")).to_be_hidden()


def test_nobody_is_offered_their_own(
    office: Office,
    new_page: OpenPage,
    nips: Iterator[str],
    camera_person: tuple[bytes, bytes],
) -> None:
    hr = office.employee(next(nips), "Sri Mulyani", camera_person[0], role="hr")
    own = office.check_in(hr, camera_person[1])
    page = new_page(hr)
    page.goto(f"/reviews/{own}")
    expect(page.locator("#own")).to_be_visible()
    expect(page.locator("#judge")).to_be_hidden()
    page.goto("/reviews")
    expect(page.locator(f"a[href='/reviews/{own}']")).to_have_count(0)
