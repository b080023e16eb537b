"""What an employee sees of their own data and does about it, and the erasure by HR."""

import io
import zipfile
from collections.abc import Callable, Iterator

from playwright.sync_api import Page, expect

from tests.browser.office import DESKTOP, Office

OpenPage = Callable[..., Page]


def test_an_employee_sees_takes_and_withdraws(
    office: Office, new_page: OpenPage, nips: Iterator[str], camera_person: tuple[bytes, bytes]
) -> None:
    nip = next(nips)
    page = new_page(office.employee(nip, "Ratna Dewi", camera_person[0]), accept_downloads=True)
    page.goto("/my-data")
    expect(page.get_by_text("Foto pendaftaran yang disimpan: 1")).to_be_visible()
    expect(page.locator("#consents")).to_contain_text("Hadir menyimpan foto Anda")

    with page.expect_download() as started:
        page.get_by_role("link", name="Unduh").click()
    with zipfile.ZipFile(io.BytesIO(started.value.path().read_bytes())) as archive:
        assert [name.split("/")[0] for name in archive.namelist()] == ["data.json", "photos"]

    page.get_by_role("button", name="Cabut persetujuan").click()
    page.get_by_role("button", name="Cabut dan hapus").click()

    expect(page.locator("#withdrawn")).to_be_focused()
    expect(page.get_by_text("Foto pendaftaran yang disimpan: 0")).to_be_visible()
    expect(page.get_by_role("button", name="Cabut persetujuan")).to_be_hidden()


def test_a_withdrawal_that_is_thought_better_of_changes_nothing(
    office: Office, new_page: OpenPage, nips: Iterator[str], camera_person: tuple[bytes, bytes]
) -> None:
    page = new_page(office.employee(next(nips), "Agus Salim", camera_person[0]))
    page.goto("/my-data")
    page.get_by_role("button", name="Cabut persetujuan").click()

    page.get_by_role("button", name="Tetap setuju").click()
    page.reload()

    expect(page.get_by_text("Foto pendaftaran yang disimpan: 1")).to_be_visible()


def test_hr_erases_a_person_only_after_a_confirmation(
    office: Office, new_page: OpenPage, nips: Iterator[str], camera_person: tuple[bytes, bytes]
) -> None:
    nip = next(nips)
    office.add_employee(nip, "Joko Susilo")
    office.enrol(nip, camera_person[0])
    page = new_page(office.admin, viewport=DESKTOP)
    page.goto(f"/employees/{nip}")
    page.get_by_role("button", name="Hapus…").click()
    expect(page.locator("#erase-whom")).to_have_text(f"Joko Susilo · NIP {nip}")
    expect(page.get_by_role("button", name="Hapus", exact=True)).to_be_disabled()

    page.get_by_label("Ya, hapus selamanya.").check()
    page.get_by_role("button", name="Hapus", exact=True).click()

    expect(page.locator("#erased")).to_be_focused()
    expect(page.locator("#erased-text")).to_contain_text("Dihapus: 1 foto")
    page.goto(f"/employees?query={nip}")
    expect(page.locator("#nothing")).to_be_visible()
