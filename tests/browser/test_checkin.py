from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, StorageState, expect

from tests.browser.office import Office
from tests.browser.steps import RECORD, send, take, wall

pytestmark = pytest.mark.own_server

OpenPage = Callable[..., Page]

OTHER_FACE = "Wajah kurang mirip dengan foto pendaftaran."
# Of the longest challenge, and a little.
MOVEMENTS_MS = 13_000
ANOTHERS_FACE = "Wajah lebih mirip pegawai lain."


@pytest.fixture(scope="module")
def enrolled(
    office: Office, nips: Iterator[str], camera_person: tuple[bytes, bytes]
) -> tuple[str, StorageState]:
    """The person before the camera: NIP and session."""
    nip = next(nips)
    return nip, office.employee(nip, "Siti Rahmawati", camera_person[0])


@pytest.fixture
def page(enrolled: tuple[str, StorageState], new_page: OpenPage) -> Page:
    opened = new_page(enrolled[1])
    opened.goto("/checkin")
    return opened


def test_who_is_before_the_camera_is_checked_in(page: Page) -> None:
    take(page)
    send(page)

    expect(page.locator("#result")).to_be_focused()
    expect(page.locator("#result-heading")).to_contain_text("ercatat pukul")
    expect(page.locator("#result")).not_to_contain_text(OTHER_FACE)
    expect(page.locator("#result")).not_to_contain_text(ANOTHERS_FACE)
    expect(page.locator("#result-day")).to_contain_text("Hari ini: datang")


def test_another_persons_photo_goes_to_review(page: Page, other_person: Path) -> None:
    page.locator("#file").set_input_files(other_person)
    send(page)

    expect(page.locator("#result-text")).to_contain_text("Petugas akan memeriksanya")
    reasons = page.locator("#result-reasons")
    expect(reasons.get_by_text(OTHER_FACE).or_(reasons.get_by_text(ANOTHERS_FACE))).to_be_visible()


def test_no_score_is_shown_to_the_employee(page: Page, other_person: Path) -> None:
    page.locator("#file").set_input_files(other_person)
    send(page)
    expect(page.locator("#result-reasons")).to_be_visible()

    words = page.locator("#result").inner_text()

    assert "0," not in words
    assert "%" not in words


def test_the_kind_and_the_position_are_sent(
    page: Page, office: Office, enrolled: tuple[str, StorageState]
) -> None:
    before = office.checkins_of(enrolled[0])
    page.get_by_text("Ini presensi datang. Ubah").or_(page.get_by_text("Ini presensi pulang. Ubah")).click()
    page.get_by_role("radio", name="Pulang").check()
    expect(page.locator("#position")).to_have_text("Lokasi ditemukan, ketelitian sekitar 14 m.")
    take(page)
    send(page)
    expect(page.locator("#result")).to_be_visible()

    (checkin,) = [checkin for checkin in office.checkins_of(enrolled[0]) if checkin not in before]
    assert checkin["kind"] == "out"


def test_without_a_position_the_check_in_works_and_the_page_says_why(
    enrolled: tuple[str, StorageState], new_page: OpenPage
) -> None:
    page = new_page(enrolled[1], permissions=["camera"])
    page.goto("/checkin")
    take(page)
    expect(page.locator("#position")).to_contain_text("Lokasi tidak dibagikan. Presensi tetap bisa")
    send(page)

    expect(page.locator("#result-heading")).to_contain_text("ercatat pukul")


def test_a_refused_camera_leaves_the_camera_app(
    enrolled: tuple[str, StorageState], new_page: OpenPage
) -> None:
    page = new_page(enrolled[1], permissions=[])
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    page.goto("/checkin")
    page.get_by_role("button", name="Buka kamera").click()

    expect(page.get_by_role("alert")).to_contain_text("Peramban tidak diizinkan memakai kamera.")
    page.locator("#file").set_input_files(wall())
    expect(page.get_by_role("button", name="Kirim", exact=True)).to_be_visible()


def test_after_three_retakes_the_photo_can_be_sent_anyway(page: Page) -> None:
    anyway = page.get_by_role("button", name="Tetap kirim, petugas akan melihatnya")
    for brightness in (120, 160, 200):
        expect(anyway).to_be_hidden()
        page.locator("#file").set_input_files(wall(brightness))
        send(page)
        expect(page.get_by_role("heading", name="Perlu foto baru")).to_be_visible()
        expect(page.locator("#result-reasons")).to_contain_text("Tidak ada wajah yang ditemukan di foto.")
        if brightness < 200:
            page.get_by_role("button", name="Ambil foto baru").click()

    anyway.click()

    expect(page.locator("#result-text")).to_contain_text("Petugas akan memeriksanya")
    expect(page.locator("#result-reasons")).to_contain_text("Foto dikirim meskipun tidak dapat dinilai")


def test_without_a_connection_the_photo_waits_and_goes_when_it_is_back(page: Page) -> None:
    take(page)
    page.context.set_offline(True)
    send(page)
    expect(page.locator("#result-heading")).to_contain_text("Tersimpan pukul")

    page.context.set_offline(False)

    expect(page.locator("#result-heading")).to_contain_text("ercatat pukul")


def test_an_answer_lost_on_the_way_does_not_count_twice(
    page: Page, office: Office, enrolled: tuple[str, StorageState]
) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    before = len(office.checkins_of(enrolled[0]))
    page.route("**/api/checkins/sealed", lose_the_answer)
    take(page)
    send(page)
    expect(page.locator("#result-heading")).to_contain_text("Tersimpan pukul")
    assert len(office.checkins_of(enrolled[0])) == before + 1
    page.unroute("**/api/checkins/sealed")

    page.get_by_role("button", name="Kirim sekarang").click()

    expect(page.locator("#result-heading")).to_contain_text("ercatat pukul")
    assert len(office.checkins_of(enrolled[0])) == before + 1


def test_an_upload_can_be_stopped_and_the_photo_is_kept(page: Page) -> None:
    page.route("**/api/checkins/sealed", lambda route: None)
    take(page)
    send(page)

    page.get_by_role("button", name="Batal").click()

    expect(page.get_by_role("alert")).to_contain_text("Belum terkirim: Anda membatalkannya.")
    expect(page.get_by_role("img", name="Foto yang akan dikirim")).to_be_visible()


def test_a_session_that_ended_does_not_cost_the_photo(page: Page) -> None:
    take(page)
    page.context.clear_cookies()
    send(page)

    expect(page.locator("#result-heading")).to_contain_text("Tersimpan pukul")
    expect(page.locator("#outbox")).to_contain_text("Anda sudah keluar dari akun. Masuk lagi")
    expect(page.get_by_role("link", name="Masuk lagi")).to_be_visible()


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    expect(page.get_by_role("button", name=RECORD)).to_be_focused()
    page.clock.install()
    page.keyboard.press("Enter")
    expect(page.locator("#step-text")).to_be_focused()
    # Time that runs ahead before the challenge is there is time in which it did not come.
    expect(page.locator("#step-number")).to_contain_text("Gerakan 1")
    page.clock.run_for(MOVEMENTS_MS)
    expect(page.locator("#result")).to_be_focused()

    page.keyboard.press("Tab")

    expect(page.get_by_role("button", name="Kembali ke kamera")).to_be_focused()


def test_hr_reads_the_numbers_behind_a_check_in(page: Page, office: Office, new_page: OpenPage) -> None:
    take(page)
    send(page)
    expect(page.locator("#result")).to_be_visible()
    desk = new_page(office.admin)
    desk.goto("/checkins")

    desk.get_by_role("button", name="Angka: Siti Rahmawati").first.click()

    expect(desk.get_by_role("table", name="Hasil pengukuran").get_by_role("row").first).to_be_visible()
