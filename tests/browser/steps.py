"""What people do on the pages, in the words of the Indonesian ones."""

import re

import numpy as np
from playwright.sync_api import FilePayload, Page, Route, expect

from models.image import encode_jpeg

PASSWORD = "pagi cerah di kantor"
# The large button of the check-in page: what comes next.
RECORD = re.compile("^Catat (kedatangan|kepulangan)$")


def choose_password(page: Page) -> None:
    page.locator("#password").fill(PASSWORD)
    page.locator("#repeated").fill(PASSWORD)
    page.get_by_role("button", name="Simpan kata sandi").click()
    page.get_by_role("link", name="Masuk", exact=True).click()


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.get_by_label("NIP atau nama pengguna").fill(login)
    page.get_by_label("Kata sandi").fill(password)
    page.get_by_role("button", name="Masuk", exact=True).click()


def wall(brightness: int = 150) -> FilePayload:
    """A photo without anybody in it."""
    picture = np.tile(np.linspace(20, brightness, 480, dtype=np.uint8)[:, None, None], (1, 360, 3))
    return {"name": "wall.jpg", "mimeType": "image/jpeg", "buffer": encode_jpeg(picture)}


def ask_for(page: Page, *steps: str) -> list[str]:
    """Has the service's challenges ask for these steps; gives the challenges' ids as the page is given them."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        issued = route.fetch()
        challenge = issued.json()
        asked.append(challenge["id"])
        route.fulfill(response=issued, json=challenge | {"steps": steps})

    page.route("**/api/challenges", answer)
    return asked


def open_page_named(page: Page, name: str) -> None:
    """By the navigation, which is a menu on a phone."""
    menu = page.locator(".menu:not([open]) summary")
    if menu.is_visible():
        menu.click()
    page.get_by_role("navigation").get_by_role("link", name=name).click()


def shoot(page: Page) -> None:
    page.get_by_role("button", name=RECORD).click()


def skip(page: Page) -> None:
    page.get_by_role("button", name="Saya tidak bisa").click()


def take(page: Page) -> None:
    """Without the movements: they take ten seconds."""
    shoot(page)
    skip(page)
    expect(page.get_by_role("img", name="Foto yang akan dikirim")).to_be_visible()


def send(page: Page) -> None:
    page.get_by_role("button", name="Kirim", exact=True).click()


def compare_photos(page: Page) -> None:
    """And says of everybody who looks alike that they were looked at."""
    page.get_by_role("button", name="Bandingkan foto").click()
    expect(page.locator("#compared")).to_be_focused()
    for tick in page.locator("#compared input").all():
        tick.check()


def save(page: Page) -> None:
    page.get_by_role("button", name="Simpan pendaftaran").click()
