"""A shared tablet at an office door: paired by HR, it names who checks in, or asks for a NIP."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.office import DESKTOP, Office
from tests.browser.running_server import RunningServer

OpenPage = Callable[..., Page]

# The page has what it needs without a connection: a worker, its own copy, and a pass.
READY = """async () => {
  await navigator.serviceWorker.ready;
  const { passOf } = await import(document.querySelector('link[href$="pass.js"]').href);
  const shell = await caches.open("hadir-kiosk");
  return Boolean(await shell.match("/kiosk")) && Boolean(await passOf(document.body.dataset.account));
}"""
SITI, BUDI = "198503302003121002", "197001011995031001"


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Liveness rests on the selfie: the picture of the fake camera can't turn its head."""
    running = RunningServer(tmp_path_factory.mktemp("service"), HADIR_LIVENESS="passive")
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def site(
    office: Office, server: RunningServer, camera_person: tuple[bytes, bytes], other_person: Path
) -> str:
    """Where Siti, whom the camera shows, and Budi work; gives its name."""
    office.add_unit("KEC-01", "Kecamatan Cibinong")
    for nip, name, photo in (
        (SITI, "Siti Rahmawati", camera_person[0]),
        (BUDI, "Budi Santoso", other_person.read_bytes()),
    ):
        office.add_employee(nip, name)
        office.enrol(nip, photo)
        office.put_into(nip, "KEC-01")
    name = "Kantor Kecamatan Cibinong"
    with sqlite3.connect(server.database) as database:
        database.execute(
            "INSERT INTO sites (code, name, unit_id, time_zone, created_at)"
            " SELECT 'KEC-01', ?, id, 'Asia/Makassar', ? FROM units WHERE code = 'KEC-01'",
            (name, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"),
        )
    return name


@pytest.fixture
def kiosks_page(office: Office, site: str, new_page: OpenPage) -> Page:
    page = new_page(office.admin, viewport=DESKTOP)
    page.goto("/kiosks")
    return page


@pytest.fixture
def tablet(kiosks_page: Page, new_page: OpenPage, site: str) -> Page:
    """Paired as HR and a tablet would do it."""
    kiosks_page.get_by_role("button", name="Tambah kios").click()
    kiosks_page.get_by_label("Nama kios").fill("Pintu depan")
    kiosks_page.get_by_label("Lokasi").select_option(label=site)
    kiosks_page.get_by_role("button", name="Tambahkan", exact=True).click()
    expect(kiosks_page.get_by_role("heading", name="Pasangkan tablet")).to_be_visible()
    link = kiosks_page.get_by_label("Alamat pemasangan", exact=True).input_value()
    page = new_page(viewport=DESKTOP)
    page.goto(link)
    page.get_by_role("button", name="Pasangkan").click()
    expect(page.get_by_role("heading", name=site)).to_be_visible()
    return page


def check_in(tablet: Page) -> None:
    tablet.get_by_role("button", name="Presensi", exact=True).click()


def type_nip(tablet: Page, nip: str) -> None:
    for digit in nip:
        tablet.get_by_role("button", name=digit, exact=True).click()
    tablet.get_by_role("button", name="Kirim NIP").click()


def test_a_person_is_named_for_a_moment(tablet: Page, office: Office) -> None:
    check_in(tablet)

    expect(tablet.get_by_role("heading", name="Siti Rahmawati")).to_be_visible()
    expect(tablet.get_by_role("heading", name="Siti Rahmawati")).to_be_hidden(timeout=4_000)
    expect(tablet.get_by_role("button", name="Presensi", exact=True)).to_be_focused()
    [checkin] = office.checkins_of(SITI)
    assert checkin["status"] == "accepted"


def test_who_is_not_the_person_named_takes_it_back_and_gives_a_nip(tablet: Page, office: Office) -> None:
    check_in(tablet)
    tablet.get_by_role("button", name="Itu bukan saya").first.click()
    expect(tablet.get_by_text("Presensi tadi tidak dihitung lagi").first).to_be_visible()
    type_nip(tablet, BUDI)

    # The camera still shows Siti: whoever says that they are Budi has to be looked at.
    expect(tablet.get_by_role("heading", name="Tercatat pukul")).to_be_visible()
    [of_budi] = office.checkins_of(BUDI)
    assert (of_budi["status"], of_budi["reasons"][0]) == ("review", "other_person")
    taken_back = office.checkins_of(SITI)[0]
    assert (taken_back["status"], taken_back["counted_at"]) == ("review", None)
    assert "disowned_at_kiosk" in taken_back["reasons"]


def test_a_kiosk_that_is_revoked_asks_for_a_code_again(tablet: Page, kiosks_page: Page) -> None:
    kiosks_page.reload()
    kiosks_page.get_by_role("button", name="Ubah Pintu depan").first.click()
    kiosks_page.get_by_role("button", name="Cabut", exact=True).click()
    expect(kiosks_page.get_by_role("heading", name="Cabut Pintu depan?")).to_be_visible()
    kiosks_page.get_by_role("button", name="Cabut", exact=True).click()
    expect(kiosks_page.get_by_text("Dicabut").first).to_be_visible()

    check_in(tablet)

    expect(tablet.get_by_label("Kode pemasangan")).to_be_visible()


def test_without_the_service_a_check_in_is_stored_with_its_nip_and_sent_when_it_is_back(
    tablet: Page, office: Office, server: RunningServer
) -> None:
    before = len(office.checkins_of(SITI))
    tablet.wait_for_function(READY)
    server.kill()
    try:
        tablet.reload()
        check_in(tablet)
        stored = tablet.get_by_role("heading", name="Tersimpan pukul")
        expect(stored).to_be_visible()
        expect(tablet.get_by_text("nama Anda belum dapat ditampilkan")).to_be_visible()
        tablet.get_by_role("button", name="Masukkan NIP").click()
        type_nip(tablet, SITI)
        expect(tablet.get_by_text("NIP Anda disimpan bersamanya")).to_be_visible()
        waiting = tablet.get_by_text("masih menunggu dikirim: 1.")
        expect(waiting).to_be_visible()
    finally:
        server.start()
        server.wait_until_ready()

    tablet.evaluate("window.dispatchEvent(new Event('online'))")

    expect(waiting).to_be_hidden()
    sent, *earlier = office.checkins_of(SITI)
    assert len(earlier) == before
    # The page was opened anew after the last contact: nothing bears out its clock.
    assert sent["status"] == "review"
    assert "offline_unconfirmed" in sent["reasons"]
    assert sent["counted_at"] == sent["captured_at"] < sent["received_at"]
