"""The movements before the camera: what is asked, what leaves the phone, and the ways around them."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, Route, StorageState, expect

from models.image import decode
from tests.browser.office import Office
from tests.browser.sent_checkin import SentCheckin
from tests.browser.steps import RECORD, ask_for, send, shoot, skip

OpenPage = Callable[..., Page]

ALL_STEPS = ("left", "blink", "up", "right")
HINTS = {
    "left": "Tengok ke kiri",
    "right": "Tengok ke kanan",
    "up": "Angkat dagu Anda",
    "blink": "Pejamkan mata dua detik",
}
BUDGET_BYTES = 150_000
# One after the other, and a little for a busy machine.
LONGEST_MS = 12_000
LONGEST_GAP_MS = 5_000
MOVEMENTS_WITHIN_MS = 40_000
# Of the longest challenge, and a little.
MOVEMENTS_MS = 13_000


@pytest.fixture(scope="module")
def enrolled(office: Office, nips: Iterator[str], camera_person: tuple[bytes, bytes]) -> StorageState:
    return office.employee(next(nips), "Siti Rahmawati", camera_person[0])


@pytest.fixture
def page(enrolled: StorageState, new_page: OpenPage) -> Page:
    return new_page(enrolled)


def use_up_the_pass(page: Page) -> None:
    """Leaves no challenge of the offline pass, which would stand in for the service's."""

    def empty(route: Route) -> None:
        given = route.fetch()
        route.fulfill(response=given, json=given.json() | {"challenges": []})

    page.route("**/api/offline-pass", empty)


def shoot_and_read(page: Page) -> SentCheckin:
    """With the movements, for which time is made to pass quickly; after them the check-in goes by itself."""
    page.clock.install()
    with page.expect_request("**/api/checkins/sealed") as sending:
        shoot(page)
        expect(page.locator("#step-number")).not_to_be_empty()
        page.clock.run_for(MOVEMENTS_MS)
    expect(page.locator("#result")).to_be_visible()
    return SentCheckin.of(sending.value)


def send_and_read(page: Page) -> SentCheckin:
    with page.expect_request("**/api/checkins/sealed") as sending:
        send(page)
    expect(page.locator("#result")).to_be_visible()
    return SentCheckin.of(sending.value)


def expect_photo(page: Page) -> None:
    expect(page.get_by_role("img", name="Foto yang akan dikirim")).to_be_visible()


def test_the_steps_are_shown_in_the_order_asked_and_their_frames_are_sent(page: Page) -> None:
    asked = ask_for(page, *ALL_STEPS)
    page.goto("/checkin")
    with page.expect_request("**/api/checkins/sealed", timeout=MOVEMENTS_WITHIN_MS) as sending:
        shoot(page)
        for number, step in enumerate(ALL_STEPS, start=1):
            expect(page.locator("#step-text")).to_have_text(HINTS[step])
            expect(page.locator("#step-number")).to_have_text(f"Gerakan {number} dari 4")
            expect(page.locator("#announcement")).to_have_text(HINTS[step])
        expect(page.locator("#step-text")).to_have_text("Selesai")
    expect(page.locator("#result")).to_be_visible()
    sent = SentCheckin.of(sending.value)

    assert sent.meta["challenge"] == asked[-1]
    assert [frame["step"] for frame in sent.meta["frames"]] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert len(sent.frames) == 8
    assert {decode(frame).shape for frame in sent.frames} == {(320, 240, 3)}
    times = [0, *(frame["at_ms"] for frame in sent.meta["frames"])]
    assert all(0 < later - earlier < LONGEST_GAP_MS for earlier, later in pairwise(times))
    assert times[-1] < LONGEST_MS
    assert len(sent.selfie) + sum(map(len, sent.frames)) <= BUDGET_BYTES
    assert decode(sent.selfie).shape == (800, 600, 3)


def test_a_photo_before_the_camera_is_not_accepted(page: Page) -> None:
    page.goto("/checkin")

    shoot(page)

    expect(page.locator("#result")).to_have_attribute("data-status", "review", timeout=MOVEMENTS_WITHIN_MS)
    expect(page.locator("#result-reasons")).to_contain_text(
        "Kepala kurang menengok atau kurang terangkat. Lain kali, gerakkan kepala sedikit lebih jauh"
    )


def test_the_pictures_of_a_noisy_camera_stay_within_the_budget(page: Page) -> None:
    ask_for(page, *ALL_STEPS)
    page.add_init_script("""
        const draw = CanvasRenderingContext2D.prototype.drawImage;
        CanvasRenderingContext2D.prototype.drawImage = function (...where) {
          draw.apply(this, where);
          const picture = this.getImageData(0, 0, this.canvas.width, this.canvas.height);
          for (let i = 0; i < picture.data.length; i += 4) {
            const noise = (Math.random() - 0.5) * 50;
            for (let channel = 0; channel < 3; channel += 1) picture.data[i + channel] += noise;
          }
          this.putImageData(picture, 0, 0);
        };
    """)
    page.goto("/checkin")

    sent = shoot_and_read(page)

    assert len(sent.frames) == 8
    assert len(sent.selfie) + sum(map(len, sent.frames)) <= BUDGET_BYTES


def test_on_a_slow_link_the_pictures_are_half_as_large(page: Page) -> None:
    ask_for(page, *ALL_STEPS)
    page.add_init_script("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
    page.goto("/checkin")

    sent = shoot_and_read(page)

    assert len(sent.frames) == 8
    assert len(sent.selfie) + sum(map(len, sent.frames)) <= BUDGET_BYTES / 2
    assert decode(sent.selfie).shape == (640, 480, 3)
    assert {decode(frame).shape for frame in sent.frames} == {(288, 216, 3)}


def test_the_frames_are_not_mirrored(page: Page) -> None:
    ask_for(page, "left", "right", "left")
    page.goto("/checkin")

    sent = shoot_and_read(page)

    selfie = decode(sent.selfie)[::5, ::5].mean(axis=2)
    frame = decode(sent.frames[0])[::2, ::2].mean(axis=2)
    assert abs(selfie - frame).mean() < abs(selfie - frame[:, ::-1]).mean() / 2


def test_the_keyboard_alone_is_enough_and_a_held_key_skips_nothing(page: Page) -> None:
    ask_for(page, "left", "right", "left")
    page.goto("/checkin")
    expect(page.get_by_role("button", name=RECORD)).to_be_focused()
    page.keyboard.down("Enter")
    expect(page.locator("#step-text")).to_be_focused()
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.locator("#step-number")).to_have_text("Gerakan 2 dari 3")

    page.keyboard.press("Tab")

    expect(page.get_by_role("button", name="Saya tidak bisa")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Kirim", exact=True)).to_be_focused()


def test_a_second_quick_tap_skips_nothing(page: Page) -> None:
    ask_for(page, *ALL_STEPS)
    page.goto("/checkin")
    button = page.get_by_role("button", name=RECORD)
    expect(button).to_be_focused()
    place = button.bounding_box()
    assert place is not None
    for _ in range(2):
        page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        page.wait_for_timeout(200)

    expect(page.locator("#step-number")).to_have_text("Gerakan 2 dari 4")


def test_whoever_can_not_do_it_checks_in_without_frames(page: Page) -> None:
    ask_for(page, *ALL_STEPS)
    page.goto("/checkin")
    shoot(page)
    expect(page.locator("#step-text")).to_have_text(HINTS["left"])
    skip(page)
    expect_photo(page)

    sent = send_and_read(page)

    assert (sent.meta["challenge"], sent.meta["frames"], sent.frames) == (None, [], [])
    expect(page.locator("#result-heading")).to_contain_text("ercatat pukul")


@pytest.mark.parametrize(
    "fail",
    [
        lambda route: route.abort(),
        lambda route: route.fulfill(status=404, json={"code": "not_found"}),
        lambda route: route.fulfill(status=503, body="<html>busy</html>"),
        lambda route: None,
    ],
    ids=["no connection", "no such route", "busy", "no answer"],
)
def test_without_a_challenge_the_photo_goes_alone(page: Page, fail: Callable[[Route], None]) -> None:
    page.route("**/api/challenges", fail)
    use_up_the_pass(page)
    page.goto("/checkin")
    shoot(page)
    expect_photo(page)

    sent = send_and_read(page)

    assert (sent.meta["challenge"], sent.meta["frames"], sent.frames) == (None, [], [])


def test_a_challenge_that_failed_is_asked_for_again_when_the_photo_is_taken(page: Page) -> None:
    page.route("**/api/challenges", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.goto("/checkin")
    page.unroute("**/api/challenges")
    ask_for(page, *ALL_STEPS)

    shoot(page)

    expect(page.locator("#step-text")).to_have_text(HINTS["left"])


def test_a_challenge_of_more_than_five_minutes_ago_is_not_used(page: Page) -> None:
    asked = ask_for(page, *ALL_STEPS)
    page.clock.install()
    with page.expect_response("**/api/challenges"):
        page.goto("/checkin")
    expect(page.get_by_role("button", name=RECORD)).to_be_focused()
    assert len(asked) == 1

    page.clock.fast_forward("05:01")
    shoot(page)

    expect(page.locator("#step-text")).to_have_text(HINTS["left"])
    assert len(asked) == 2


def test_the_hints_are_in_the_language_of_the_page(page: Page) -> None:
    ask_for(page, *ALL_STEPS)
    with page.expect_response("**/api/challenges"):
        page.goto("/checkin")
    page.get_by_role("button", name="English").click()

    page.get_by_role("button", name=re.compile("^Record (arrival|departure)$")).click()

    expect(page.locator("#step-text")).to_have_text("Turn your head to the left")
    expect(page.locator("#step-number")).to_have_text("Movement 1 of 4")


@pytest.mark.parametrize(
    "interrupt",
    [
        "document.getElementById('video').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))",
        """for (const hidden of [true, false]) {
          Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
          document.dispatchEvent(new Event('visibilitychange'));
        }""",
    ],
    ids=["camera lost", "page hidden"],
)
def test_interrupted_movements_start_again_for_a_new_challenge(page: Page, interrupt: str) -> None:
    asked = ask_for(page, *ALL_STEPS)
    page.goto("/checkin")
    shoot(page)
    expect(page.locator("#step-number")).to_have_text("Gerakan 2 dari 4")

    page.evaluate(interrupt)

    expect(page.get_by_role("alert")).to_contain_text("Kamera berhenti sebelum gerakan selesai.")
    shoot(page)
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator("#step-number")).to_have_text("Gerakan 1 dari 4")
    assert len(asked) == 2


def test_another_photo_has_another_challenge(page: Page) -> None:
    asked = ask_for(page, *ALL_STEPS)
    page.goto("/checkin")
    shoot(page)
    skip(page)
    page.get_by_role("button", name="Ambil foto lain").click()

    shoot(page)

    expect(page.locator("#step-text")).to_have_text(HINTS["left"])
    assert len(asked) == 2


def test_a_photo_sent_again_or_sent_anyway_has_the_same_frames(page: Page) -> None:
    ask_for(page, "left", "right", "left")
    page.goto("/checkin")
    page.evaluate("sessionStorage.setItem('hadir_retakes', '2')")
    retake = {"status": "retake", "reasons": ["blurred"], "received_at": "2026-11-24T00:28:12Z", "day": None}
    page.route("**/api/checkins/sealed", lambda route: route.fulfill(status=201, json=retake))
    first = shoot_and_read(page)
    page.unroute("**/api/checkins/sealed")

    with page.expect_request("**/api/checkins/sealed") as sending:
        page.get_by_role("button", name="Tetap kirim, petugas akan melihatnya").click()

    second = SentCheckin.of(sending.value)
    assert second.meta["challenge"] == first.meta["challenge"] is not None
    assert second.frames == first.frames
    assert second.meta["frames"] == first.meta["frames"]
    assert second.meta["id"] != first.meta["id"]


def test_a_chosen_photo_has_no_challenge(page: Page, camera_person: tuple[bytes, bytes]) -> None:
    ask_for(page, *ALL_STEPS)
    with page.expect_response("**/api/challenges"):
        page.goto("/checkin")
    chosen: Any = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": camera_person[1]}
    page.locator("#file").set_input_files(chosen)

    assert send_and_read(page).meta["challenge"] is None


def test_who_is_troubled_by_motion_sees_a_number(enrolled: StorageState, new_page: OpenPage) -> None:
    page = new_page(enrolled, reduced_motion="reduce")
    ask_for(page, *ALL_STEPS)
    page.goto("/checkin")
    shoot(page)

    for left in ("3", "2", "1"):
        expect(page.locator("#step-count")).to_have_text(left)

    assert page.evaluate("document.getElementById('ring').getAnimations().length") == 0
