from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.every_page import unclipped
from tests.browser.office import DESKTOP, Office

OpenPage = Callable[..., Page]

SMALLEST = {"width": 320, "height": 568}
MONTH = "2026-01"


@pytest.mark.parametrize(("viewport", "code"), [(SMALLEST, "KEC-T1"), (DESKTOP, "KEC-T2")])
def test_a_month_is_closed_and_unlocked_by_keyboard(
    office: Office, new_page: OpenPage, nips: Iterator[str], viewport: dict[str, int], code: str
) -> None:
    office.add_unit(code, f"Kecamatan {code}")
    office.add_unit(f"{code}-1", "Desa Mas", parent=code)
    nip = next(nips)
    office.add_employee(nip, "Komang Ayu")
    office.put_into(nip, f"{code}-1")
    page = new_page(office.admin, viewport=viewport)
    page.goto(f"/closing?month={MONTH}")
    row = page.get_by_role("row", name=f"Kecamatan {code}")
    expect(row).to_contain_text("Siap ditutup")
    unclipped(page)
    row.get_by_role("link").press("Enter")

    expect(page.get_by_role("heading", name=f"Kecamatan {code}", level=1)).to_be_visible()
    expect(page.locator("#month")).to_have_text("Januari 2026")
    page.get_by_label("Beserta semua unit di bawahnya").first.press("Space")
    expect(page.locator("#scope")).to_contain_text("2")
    unclipped(page)
    page.get_by_role("button", name="Tutup bulan").press("Enter")
    dialog = page.get_by_role("dialog", name="Tutup bulan")
    expect(dialog).to_contain_text(f"Kecamatan {code} dan semua unit di bawahnya")
    unclipped(page)
    dialog.get_by_role("button", name="Tutup bulan").press("Enter")
    expect(page.locator("#done")).to_be_focused()
    expect(page.locator("#done")).to_contain_text("Ditutup: 2 unit")
    expect(page.locator("#state")).to_have_text("Ditutup")
    expect(page.locator("#history")).to_contain_text("Ditutup oleh admin")
    unclipped(page)

    page.get_by_role("button", name="Buka kunci…").press("Enter")
    dialog = page.get_by_role("dialog", name="Buka kunci bulan")
    dialog.get_by_role("button", name="Buka kunci bulan").press("Enter")
    expect(dialog.get_by_role("alert")).to_be_focused()
    dialog.get_by_label("Alasan").fill("Surat tugas terlambat masuk")
    unclipped(page)
    dialog.get_by_role("button", name="Buka kunci bulan").press("Enter")
    expect(page.locator("#state")).to_have_text("Belum ditutup")
    expect(page.locator("#history")).to_contain_text("Surat tugas terlambat masuk")
    page.goto(f"/closing?month={MONTH}")
    expect(page.get_by_role("row", name=f"Kecamatan {code}")).to_contain_text("Pernah dibuka kuncinya")
    unclipped(page)
