"""Checking in with no signal: the service is really gone, since a browser's offline switch spares its workers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, StorageState, expect

from tests.browser.office import Office
from tests.browser.running_server import RunningServer
from tests.browser.sent_checkin import SentCheckin
from tests.browser.steps import PASSWORD, send, sign_in, take

OpenPage = Callable[..., Page]

SEALED = "**/api/checkins/sealed"
SHELL = "caches.open('hadir-shell').then((shell) => shell.match('/checkin')).then(Boolean)"
# The page has what it needs for days without signal: a worker, its own copy, and a pass.
READY = f"""async () => {{
  const pass = document.querySelector('link[href$="pass.js"]');
  if (!pass) return false;
  if (!navigator.serviceWorker.controller) return false;
  const {{ passOf }} = await import(pass.href);
  return (await {SHELL}) && Boolean(await passOf(document.body.dataset.account));
}}"""


@pytest.fixture(scope="module")
def siti(office: Office, nips: Iterator[str], camera_person: tuple[bytes, bytes]) -> tuple[str, StorageState]:
    nip = next(nips)
    return nip, office.employee(nip, "Siti Rahmawati", camera_person[0])


@pytest.fixture
def page(siti: tuple[str, StorageState], new_page: OpenPage) -> Page:
    opened = new_page(siti[1])
    opened.goto("/checkin")
    opened.wait_for_function(READY)
    return opened


def state(page: Page) -> Any:
    return expect(page.locator("#outbox li").first.locator("[data-field=state]"))


def lose(route: Route) -> None:
    route.abort()


def store_one(page: Page) -> None:
    """While nothing can be sent."""
    page.route(SEALED, lose)
    take(page)
    send(page)
    expect(page.locator("#result-heading")).to_contain_text("Tersimpan pukul")
    page.unroute(SEALED)


def restart(server: RunningServer) -> None:
    server.start()
    server.wait_until_ready()


def test_the_page_can_be_installed(page: Page) -> None:
    manifest = page.request.get("/manifest.webmanifest").json()

    assert {manifest["id"], manifest["scope"], manifest["display"]} == {"/", "standalone"}
    assert manifest["start_url"] == "/checkin"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"any", "192x192", "512x512"}
    assert all(page.request.get(icon["src"]).ok for icon in manifest["icons"])
    session = page.context.new_cdp_session(page)
    problems = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {one["errorId"] for one in problems} <= {"in-incognito"}


def test_without_the_service_the_page_opens_stores_a_check_in_and_sends_it_when_the_service_is_back(
    page: Page, office: Office, server: RunningServer, siti: tuple[str, StorageState]
) -> None:
    before = len(office.checkins_of(siti[0]))
    # A moment passes between a worker's taking over and Chromium's asking it for the page.
    page.wait_for_timeout(2000)
    server.kill()
    try:
        page.reload()
        expect(page.locator(".who")).to_contain_text("Siti Rahmawati")
        take(page)
        send(page)
        expect(page.locator("#result-heading")).to_contain_text("Tersimpan pukul")
        state(page).to_have_text("Menunggu")
        page.reload()
        state(page).to_have_text("Menunggu")
    finally:
        restart(server)

    page.evaluate("window.dispatchEvent(new Event('online'))")

    state(page).to_have_text("Sedang diperiksa")
    expect(page.locator("#outbox li").first).to_contain_text("diterima")
    after = office.checkins_of(siti[0])
    assert len(after) == before + 1
    assert after[0]["counted_at"] == after[0]["captured_at"] < after[0]["received_at"]
    assert "offline_unconfirmed" in after[0]["reasons"]


def test_the_service_killed_in_the_middle_of_an_upload_loses_and_doubles_nothing(
    page: Page, office: Office, server: RunningServer, siti: tuple[str, StorageState]
) -> None:
    before = len(office.checkins_of(siti[0]))

    def kill(route: Route) -> None:
        server.kill()
        route.continue_()

    page.route(SEALED, kill)
    take(page)
    try:
        send(page)
        expect(page.locator("#result-heading")).to_contain_text("Tersimpan pukul")
        page.unroute(SEALED)
    finally:
        restart(server)
    page.get_by_role("button", name="Kirim sekarang").click()

    expect(page.locator("#result-heading")).to_contain_text("ercatat pukul")
    assert len(office.checkins_of(siti[0])) == before + 1


def test_a_tab_closed_in_the_middle_of_an_upload_loses_and_doubles_nothing(
    page: Page, office: Office, siti: tuple[str, StorageState]
) -> None:
    before = len(office.checkins_of(siti[0]))

    def close(route: Route) -> None:
        route.fetch()
        page.close()

    page.route(SEALED, close)
    take(page)
    with page.expect_event("close"):
        page.get_by_role("button", name="Kirim", exact=True).click(no_wait_after=True)

    again = page.context.new_page()
    again.goto("/checkin")

    state(again).to_have_text("Sedang diperiksa")
    assert len(office.checkins_of(siti[0])) == before + 1


def test_two_tabs_send_an_item_once(page: Page, office: Office, siti: tuple[str, StorageState]) -> None:
    before = len(office.checkins_of(siti[0]))
    store_one(page)
    sent: list[str] = []
    page.context.on("request", lambda one: sent.append(one.url) if one.url.endswith("/sealed") else None)
    second = page.context.new_page()
    second.goto("/checkin")

    for tab in (page, second):
        tab.evaluate("window.dispatchEvent(new Event('online'))")

    state(page).to_have_text("Sedang diperiksa")
    state(second).to_have_text("Sedang diperiksa")
    assert len(sent) == 1
    assert len(office.checkins_of(siti[0])) == before + 1


def test_signing_out_takes_the_page_along_and_leaves_what_waits_for_its_owner(
    new_page: OpenPage, office: Office, nips: Iterator[str]
) -> None:
    owner, colleague = next(nips), next(nips)
    page = new_page(office.employee(owner, "Dewi Lestari"))
    office.employee(colleague, "Budi Santoso")
    page.goto("/checkin")
    page.wait_for_function(READY)
    store_one(page)
    page.route(SEALED, lose)
    page.get_by_role("button", name="Keluar").click()
    page.wait_for_url("**/login*")
    assert not page.evaluate(SHELL)

    sign_in(page, colleague)
    expect(page.locator("#outbox")).to_contain_text("Milik akun lain: 1.")
    expect(page.locator("#outbox li")).to_have_count(0)
    page.unroute(SEALED)
    page.wait_for_function(READY)
    assert office.checkins_of(colleague) == []

    page.get_by_role("button", name="Keluar").click()
    page.wait_for_url("**/login*")
    sign_in(page, owner, PASSWORD)
    state(page).to_have_text("Sedang diperiksa")


def test_the_page_of_another_account_is_not_opened_without_the_service(
    page: Page, office: Office, nips: Iterator[str]
) -> None:
    colleague = office.employee(next(nips), "Budi Santoso")
    page.context.add_cookies(colleague["cookies"])  # type: ignore[arg-type]

    page.goto("/my-data")
    page.wait_for_load_state("networkidle")

    assert not page.evaluate(SHELL)


def test_a_session_that_ended_keeps_what_waits_until_the_next_one(
    page: Page, siti: tuple[str, StorageState], office: Office
) -> None:
    store_one(page)
    page.context.clear_cookies()
    page.get_by_role("button", name="Kirim sekarang").click()
    expect(page.locator("#outbox")).to_contain_text("Anda sudah keluar dari akun.")
    state(page).to_have_text("Menunggu")

    page.get_by_role("link", name="Masuk lagi").click()
    sign_in(page, siti[0], PASSWORD)

    state(page).to_have_text("Sedang diperiksa")


def test_a_full_phone_says_so_and_the_photo_stays(new_page: OpenPage, siti: tuple[str, StorageState]) -> None:
    page = new_page(siti[1])
    page.add_init_script(
        """const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (value) {
          if (this.name === "items") throw new DOMException("", "QuotaExceededError");
          return put.call(this, value);
        };"""
    )
    page.route("**/api/checkins", lose)
    page.goto("/checkin")
    take(page)
    send(page)

    expect(page.locator("#outbox")).to_contain_text("Penyimpanan ponsel penuh")
    expect(page.get_by_role("alert")).to_contain_text("Belum terkirim")
    expect(page.get_by_role("img", name="Foto yang akan dikirim")).to_be_visible()
    expect(page.locator("#outbox li")).to_have_count(0)


def test_a_page_without_https_says_that_it_needs_a_signal_and_sends_at_once(
    new_page: OpenPage, siti: tuple[str, StorageState], office: Office
) -> None:
    before = len(office.checkins_of(siti[0]))
    page = new_page(siti[1])
    page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })")
    page.goto("/checkin")
    expect(page.locator("#outbox")).to_contain_text("alamatnya tidak diawali https")
    take(page)
    send(page)

    expect(page.locator("#result-heading")).to_contain_text("ercatat pukul")
    assert len(office.checkins_of(siti[0])) == before + 1


def test_a_refused_item_stays_says_why_and_is_removed_only_when_confirmed(page: Page) -> None:
    refusal = {"code": "sealed_item_refused", "detail": "Tunjukkan kepada HR."}
    page.route(SEALED, lambda route: route.fulfill(status=422, json=refusal))
    take(page)
    send(page)
    state(page).to_have_text("Tidak diterima")
    expect(page.locator("#outbox li")).to_contain_text("Tunjukkan kepada HR.")

    page.get_by_role("button", name="Hapus dari ponsel ini…").click()
    page.get_by_role("dialog").get_by_role("button", name="Batal").click()
    expect(page.locator("#outbox li")).to_have_count(1)
    page.get_by_role("button", name="Hapus dari ponsel ini…").click()
    page.get_by_role("button", name="Hapus", exact=True).click()

    expect(page.locator("#outbox li")).to_have_count(0)


def test_the_service_learns_of_an_upload_by_the_next_one(page: Page) -> None:
    metas = []
    page.route(SEALED, lambda route: route.continue_())
    for _ in range(2):
        with page.expect_request(SEALED) as sending:
            take(page)
            send(page)
        metas.append(SentCheckin.of(sending.value))
        expect(page.locator("#result-heading")).to_contain_text("ercatat pukul")
        page.get_by_role("button", name="Kembali ke kamera").click()

    assert metas[0].offline is metas[1].offline is None
    link = metas[1].meta["link"]
    assert link.keys() == {"bytes", "time_ms", "effective_type", "retries", "offline_s"}
    assert link["bytes"] > len(metas[0].selfie)
    assert (link["retries"], link["offline_s"]) == (0, 0)


def test_the_service_decides_when_to_come_back(page: Page) -> None:
    page.route(SEALED, lambda route: route.fulfill(status=503, headers={"Retry-After": "60"}, body="{}"))
    take(page)
    send(page)
    expect(page.locator("#result-heading")).to_contain_text("Tersimpan pukul")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.url.endswith("/sealed") else None)

    page.get_by_role("button", name="Kirim sekarang").click()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_timeout(1000)

    assert sent == []
    state(page).to_have_text("Menunggu")
