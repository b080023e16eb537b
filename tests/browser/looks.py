"""How a page is looked at: by a machine, which finds what is cut off, and by people, on saved pictures."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize

from tests.browser.every_page import unclipped
from tests.browser.office import DESKTOP, PHONE

SMALLEST: ViewportSize = {"width": 320, "height": 568}
# Twice the size of all letters, as a phone's settings give it.
LARGE_LETTERS = "document.documentElement.style.fontSize = '%s'"


@dataclass(frozen=True, slots=True)
class Look:
    viewport: ViewportSize
    scheme: Literal["light", "dark"] = "light"
    letters: str = ""


LOOKS = {
    "smallest": Look(SMALLEST),
    "phone": Look(PHONE),
    "desktop": Look(DESKTOP),
    "dark": Look(PHONE, scheme="dark"),
    "large": Look(PHONE, letters="200%"),
}


class Looks:
    """`folder`: where pictures go; None saves none."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def __call__(self, page: Page, name: str, looks: Collection[str] = LOOKS) -> None:
        """Fails when something is wider than the screen, or cut off."""
        whole = page.get_by_role("dialog").count() == 0
        for look in looks:
            chosen = LOOKS[look]
            page.set_viewport_size(chosen.viewport)
            page.emulate_media(color_scheme=chosen.scheme)
            page.evaluate(LARGE_LETTERS % chosen.letters)
            if self.folder is not None:
                page.screenshot(path=self.folder / f"{name}-{look}.png", full_page=whole)
            unclipped(page)
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="light")
        page.evaluate(LARGE_LETTERS % "")
