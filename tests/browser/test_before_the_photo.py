"""The check-in page before the photo: what comes next, hints, the phone's clock, and a camera that stays."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from playwright.sync_api import FilePayload, Page, StorageState, expect

from models.image import decode, encode_jpeg
from tests.browser.office import Office
from tests.browser.steps import send, shoot, skip, wall

OpenPage = Callable[..., Page]

COUNTS_CAMERAS = """
window.cameras = 0;
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) => { window.cameras += 1; return open(wanted); };
"""
MUTED_TOO_LONG_MS = 4_500
TRACK = "document.getElementById('video').srcObject.getTracks()[0]"
# A picture of the shade in `window.shade`, 0 to 255, or of noise.
SHOWS_A_SHADE = """
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [240, 320];
  const pen = canvas.getContext("2d");
  setInterval(() => {
    for (let x = 0; x < 24; x += 1) {
      for (let y = 0; y < 32; y += 1) {
        const shade = window.shade === "noise" ? Math.random() * 200 : window.shade;
        pen.fillStyle = `rgb(${shade}, ${shade}, ${shade})`;
        pen.fillRect(10 * x, 10 * y, 10, 10);
      }
    }
  }, 50);
  return canvas.captureStream(20);
};
"""
# Finds in every picture the faces in `window.found`: middle and width in parts of the picture that is shown.
FINDS_FACES = """
window.FaceDetector = class {
  async detect({ videoWidth, videoHeight }) {
    const width = Math.min(videoWidth, videoHeight * 0.75);
    const left = (videoWidth - width) / 2;
    return window.found.map(([x, y, share]) => ({ boundingBox: {
      x: left + x * width - (share * width) / 2, y: y * videoHeight - share * width / 2,
      width: share * width, height: share * width,
    } }));
  }
};
"""
RIGHT_PLACE = [0.5, 0.475, 0.6]


@pytest.fixture
def page(office: Office, new_page: OpenPage, nips: Iterator[str]) -> Page:
    """Without the worker, which would fetch the page itself in place of what the tests put there."""
    return new_page(office.employee(next(nips), "Siti Rahmawati"), service_workers="block")


@pytest.fixture(scope="module")
def anybody(office: Office, nips: Iterator[str]) -> StorageState:
    return office.employee(next(nips), "Agus Salim")


@pytest.fixture
def anyones_page(anybody: StorageState, new_page: OpenPage) -> Page:
    return new_page(anybody)


def check_in_unseen(page: Page) -> None:
    """Of a photo that can't be judged, sent anyway: it counts until a person has looked."""
    page.evaluate("sessionStorage.setItem('hadir_retakes', '2')")
    page.locator("#file").set_input_files(wall())
    send(page)
    page.get_by_role("button", name="Tetap kirim").click()
    expect(page.locator("#result")).to_have_attribute("data-status", "review")


def opened_to_be_kept(page: Page) -> str:
    answer = page.goto("/checkin")
    assert answer is not None
    return answer.text()


def reopen_without_connection(page: Page, copy: str) -> None:
    """The page as it was kept; the service is out of reach."""
    page.route("**/checkin", lambda route: route.fulfill(body=copy, content_type="text/html"))
    page.route("**/api/me/today", lambda route: route.abort())
    page.reload()


def test_the_button_says_what_comes_next(page: Page) -> None:
    page.goto("/checkin")
    expect(page.get_by_role("button", name="Catat kedatangan")).to_be_visible()
    expect(page.locator("#so-far")).to_have_text("Belum ada presensi hari ini.")

    check_in_unseen(page)
    page.get_by_role("button", name="Kembali ke kamera").click()
    page.get_by_role("button", name="Buka kamera").click()

    expect(page.get_by_role("button", name="Catat kepulangan")).to_be_visible()
    expect(page.locator("#so-far")).to_contain_text("Hari ini: datang")


def test_a_check_in_that_is_not_answered_yet_has_its_place_in_the_day(page: Page) -> None:
    waiting: dict[str, object] = {
        "status": "received",
        "reasons": [],
        "received_at": datetime.now(UTC).isoformat(),
        "day": None,
    }
    copy = opened_to_be_kept(page)
    page.route("**/api/checkins/sealed", lambda route: route.fulfill(status=202, json=waiting))
    page.locator("#file").set_input_files(wall())
    send(page)
    expect(page.locator("#result-heading")).to_contain_text("Diterima pukul")

    reopen_without_connection(page, copy)

    expect(page.get_by_role("button", name="Catat kepulangan")).to_be_visible()


def test_with_an_old_copy_of_the_page_and_no_connection_the_last_known_day_is_what_counts(page: Page) -> None:
    copy = opened_to_be_kept(page)
    check_in_unseen(page)

    reopen_without_connection(page, copy)

    expect(page.get_by_role("button", name="Catat kepulangan")).to_be_visible()


def test_what_was_known_yesterday_says_nothing_of_today(page: Page) -> None:
    page.clock.install(time=datetime.now(UTC) + timedelta(days=1))
    page.route("**/api/me/today", lambda route: route.abort())
    page.goto("/checkin")

    expect(page.get_by_role("button", name="Catat kehadiran")).to_be_visible()
    expect(page.locator("#so-far")).to_be_hidden()


def test_hints_tell_of_the_light_and_of_motion(anyones_page: Page) -> None:
    page = anyones_page
    page.add_init_script(f"window.shade = 20; {SHOWS_A_SHADE}")
    page.goto("/checkin")
    for shade, words in (
        ("20", "Wajah perlu lebih banyak cahaya"),
        ("255", "Terlalu terang: hindari cahaya yang menyilaukan"),
        ("'noise'", "Tahan, jangan bergerak"),
        ("150", "Bagus. Tekan tombol besar."),
    ):
        page.evaluate(f"window.shade = {shade}")
        expect(page.locator("#live-hint")).to_have_text(words)
        expect(page.locator("#announcement")).to_have_text(words)


def test_where_the_browser_finds_faces_hints_tell_where_to_be(anyones_page: Page) -> None:
    page = anyones_page
    page.add_init_script(f"window.shade = 150; window.found = []; {SHOWS_A_SHADE} {FINDS_FACES}")
    page.goto("/checkin")
    for found, words in (
        ([], "Tempatkan wajah di dalam oval"),
        ([RIGHT_PLACE, [0.2, 0.5, 0.4]], "Pastikan hanya Anda yang terlihat"),
        ([[0.5, 0.475, 0.2]], "Dekatkan wajah Anda"),
        ([[0.5, 0.475, 0.95]], "Mundur sedikit"),
        ([[0.2, 0.475, 0.5]], "Geser wajah ke tengah"),
        ([RIGHT_PLACE], "Bagus. Tekan tombol besar."),
    ):
        page.evaluate("found => window.found = found", found)
        expect(page.locator("#live-hint")).to_have_text(words)


def test_hints_follow_each_other_slowly(anyones_page: Page) -> None:
    page = anyones_page
    page.add_init_script(f"window.shade = 150; window.found = []; {SHOWS_A_SHADE} {FINDS_FACES}")
    page.goto("/checkin")
    expect(page.locator("#live-hint")).to_be_visible()
    gaps = page.evaluate(
        """async (face) => {
            const times = [];
            const said = new MutationObserver(() => times.push(performance.now()));
            said.observe(document.getElementById("announcement"), { childList: true });
            const flicker = setInterval(() => (window.found = Math.random() < 0.5 ? [] : [face]), 100);
            await new Promise((resolve) => setTimeout(resolve, 6000));
            clearInterval(flicker);
            return times.slice(1).map((time, i) => time - times[i]);
        }""",
        RIGHT_PLACE,
    )
    assert len(gaps) >= 1
    assert min(gaps) >= 1000


@pytest.mark.parametrize(("off_min", "words"), [(37, "terlalu cepat 37 menit"), (-180, "terlambat 3 jam")])
def test_a_phone_with_the_wrong_time_is_told_before_sending(
    anyones_page: Page, off_min: int, words: str
) -> None:
    page = anyones_page
    page.clock.install(time=datetime.now(UTC) + timedelta(minutes=off_min))
    page.goto("/checkin")

    expect(page.locator("#clock-wrong")).to_contain_text(f"Jam ponsel ini {words}")
    minute = page.locator("#clock").inner_text()
    jakarta = datetime.now(UTC) + timedelta(hours=7)
    assert minute in {f"{jakarta - timedelta(minutes=ago):%H.%M} WIB" for ago in (0, 1)}


def test_a_right_clock_is_not_spoken_of(anyones_page: Page) -> None:
    with anyones_page.expect_response("**/api/me/today"):
        anyones_page.goto("/checkin")
    expect(anyones_page.locator("#live-hint")).to_be_visible()
    expect(anyones_page.locator("#clock-wrong")).to_be_hidden()


def test_whoever_is_signed_out_hears_it_before_the_photo(anyones_page: Page) -> None:
    page = anyones_page
    page.route("**/api/me/today", lambda route: route.fulfill(status=401, json={"code": "not_signed_in"}))
    page.goto("/checkin")
    expect(page.get_by_role("alert")).to_contain_text("Anda sudah keluar dari akun.")
    expect(page.get_by_role("link", name="Masuk lagi")).to_be_visible()

    page.unroute("**/api/me/today")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.get_by_role("alert")).to_be_hidden()


def test_two_people_in_the_photo_are_told_to_be_one(
    anyones_page: Page, camera_person: tuple[bytes, bytes]
) -> None:
    page = anyones_page
    face = decode(camera_person[1])
    two: FilePayload = {
        "name": "two.jpg",
        "mimeType": "image/jpeg",
        "buffer": encode_jpeg(np.hstack([face, face])),
    }
    page.goto("/checkin")
    page.locator("#file").set_input_files(two)
    send(page)

    expect(page.get_by_role("heading", name="Perlu foto baru")).to_be_visible()
    expect(page.locator("#result-reasons")).to_have_text(
        re.compile("lebih dari satu wajah.*dengan satu orang saja")
    )


def test_for_another_photo_the_camera_is_not_asked_for_again(anyones_page: Page) -> None:
    page = anyones_page
    page.add_init_script(COUNTS_CAMERAS)
    page.goto("/checkin")
    for _ in range(2):
        shoot(page)
        skip(page)
        page.get_by_role("button", name="Ambil foto lain").click()
    expect(page.locator("#live-hint")).to_be_visible()

    assert page.evaluate("window.cameras") == 1


def test_a_camera_that_is_muted_for_long_is_opened_anew(anyones_page: Page) -> None:
    page = anyones_page
    page.add_init_script(COUNTS_CAMERAS)
    page.clock.install()
    page.goto("/checkin")
    expect(page.locator("#shoot")).to_be_enabled()

    def muted(*events: str) -> None:
        for event in events:
            page.evaluate(f"{TRACK}.dispatchEvent(new Event('{event}'))")
        page.clock.run_for(MUTED_TOO_LONG_MS)

    muted("mute", "unmute")
    assert page.evaluate("window.cameras") == 1
    muted("mute")
    page.wait_for_function("window.cameras === 2")
    expect(page.locator("#shoot")).to_be_enabled()


def test_how_fast_an_upload_went_is_known_at_the_next_check_in(page: Page) -> None:
    page.goto("/checkin")
    module = page.locator("link[href$='link_speed.js']").get_attribute("href")
    kept = page.evaluate(
        """async (module) => {
          const { watched } = await import(module);
          const report = watched(() => {}, 1000);
          report(0);
          await new Promise((resolve) => setTimeout(resolve, 100));
          report(1);
          return Number(localStorage.getItem("hadir_link_speed"));
        }""",
        module,
    )
    assert 0 < kept <= 80_000
