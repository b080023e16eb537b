from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.office import Office
from tests.browser.steps import PASSWORD, open_page_named, sign_in

pytestmark = pytest.mark.own_server

OpenPage = Callable[..., Page]

SUBDISTRICT, VILLAGE, AGENCY = "Kecamatan Ubud", "Desa Mas", "Dinas Kesehatan"


@pytest.fixture(scope="module")
def units(office: Office) -> None:
    """A sub-district with a village, and an agency beside it."""
    for code, name, parent in [
        ("KEC-1", SUBDISTRICT, None),
        ("DESA-1", VILLAGE, "KEC-1"),
        ("DINKES", AGENCY, None),
    ]:
        office.add_unit(code, name, parent)


def entry(page: Page, name: str) -> Locator:
    """The unit's own line, without those below it."""
    return page.locator(".unit", has_text=name)


def open_change(page: Page, name: str) -> Locator:
    page.get_by_role("button", name=f"Ubah: {name}", exact=True).click()
    dialog = page.get_by_role("dialog", name=name)
    expect(dialog).to_be_visible()
    return dialog


def test_without_units_the_page_says_what_to_do_and_takes_the_first(
    office: Office, new_page: OpenPage
) -> None:
    page = new_page(office.admin)
    page.goto("/employees")
    open_page_named(page, "Unit kerja")
    expect(page.get_by_role("heading", name="Belum ada unit")).to_be_visible()

    page.get_by_role("button", name="Tambah unit").click()
    page.get_by_role("button", name="Tambahkan").click()
    expect(page.get_by_role("alert")).to_have_text("Isi nama dan kode.")
    page.get_by_role("textbox", name="Nama unit").fill("Sekretariat Daerah")
    page.get_by_label("Kode").fill("SETDA")
    page.keyboard.press("Enter")

    expect(entry(page, "Sekretariat Daerah")).to_contain_text("Pegawai: 0")
    expect(page.get_by_role("button", name="Ubah: Sekretariat Daerah")).to_be_focused()


@pytest.mark.usefixtures("units")
def test_a_unit_is_added_below_another_renamed_moved_and_removed(office: Office, new_page: OpenPage) -> None:
    page = new_page(office.admin)
    page.goto("/units")
    open_change(page, SUBDISTRICT).get_by_role("button", name="Tambah unit di bawahnya").click()
    page.get_by_role("textbox", name="Nama unit").fill("Desa Lama")
    page.get_by_label("Kode").fill("DESA-2")
    page.get_by_role("button", name="Tambahkan").click()
    below = page.get_by_role("listitem").filter(has=entry(page, SUBDISTRICT)).get_by_role("listitem")
    expect(below.filter(has_text="Desa Lama")).to_be_visible()

    dialog = open_change(page, "Desa Lama")
    dialog.get_by_label("Nama unit").fill("Desa Baru")
    dialog.get_by_role("button", name="Ganti nama").click()
    expect(page.get_by_role("button", name="Ubah: Desa Baru")).to_be_focused()

    dialog = open_change(page, "Desa Baru")
    dialog.get_by_label("Di bawah").select_option("DINKES")
    dialog.get_by_role("button", name="Pindahkan beserta semua di bawahnya").click()
    moved = page.get_by_role("listitem").filter(has=entry(page, AGENCY)).get_by_role("listitem")
    expect(moved.filter(has_text="Desa Baru")).to_be_visible()

    open_change(page, "Desa Baru").get_by_role("button", name="Hapus…").click()
    page.get_by_role("dialog", name="Hapus Desa Baru?").get_by_role("button", name="Jangan hapus").click()
    expect(entry(page, "Desa Baru")).to_be_visible()
    open_change(page, "Desa Baru").get_by_role("button", name="Hapus…").click()
    page.get_by_role("button", name="Hapus", exact=True).click()
    expect(entry(page, "Desa Baru")).to_have_count(0)
    expect(page.get_by_role("button", name=f"Ubah: {AGENCY}")).to_be_focused()


@pytest.mark.usefixtures("units")
def test_a_unit_can_not_be_moved_below_itself_or_removed_with_units_below_it(
    office: Office, new_page: OpenPage
) -> None:
    page = new_page(office.admin)
    page.goto("/units")
    dialog = open_change(page, SUBDISTRICT)
    offered = dialog.get_by_label("Di bawah").get_by_role("option").all_inner_texts()
    assert not any(name in option for option in offered for name in (SUBDISTRICT, VILLAGE))

    dialog.get_by_role("button", name="Hapus…").click()
    page.get_by_role("button", name="Hapus", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Hanya unit kosong yang dapat dihapus")


@pytest.mark.usefixtures("units")
def test_an_employee_is_put_into_a_unit_and_given_a_limited_role(
    office: Office, new_page: OpenPage, nips: Iterator[str]
) -> None:
    nip = next(nips)
    office.employee(nip, "Ni Wayan Sari")
    page = new_page(office.admin)
    page.goto(f"/employees/{nip}")
    page.get_by_label("Ke unit").select_option("DESA-1")
    moving = page.get_by_role("region", name="Unit", exact=True)
    moving.get_by_label("Alasan").fill("Penempatan pertama")
    moving.get_by_role("button", name="Simpan mutasi").click()
    expect(page.get_by_text("Mutasi tersimpan.")).to_be_visible()
    expect(page.get_by_label("Dibatasi pada")).to_be_hidden()
    page.get_by_role("combobox", name="Peran").select_option("hr")
    page.get_by_label("Dibatasi pada").select_option("KEC-1")
    page.get_by_role("button", name="Simpan peran").click()
    expect(page.get_by_text("Peran tersimpan.")).to_be_visible()

    officer = new_page()
    officer.goto("/login")
    sign_in(officer, nip, PASSWORD)
    expect(officer.get_by_role("row", name="Ni Wayan Sari")).to_contain_text(VILLAGE)
    open_page_named(officer, "Unit kerja")
    expect(entry(officer, SUBDISTRICT)).to_be_visible()
    expect(entry(officer, AGENCY)).to_have_count(0)
    expect(officer.get_by_role("button", name="Ubah")).to_have_count(0)

    entry(officer, VILLAGE).get_by_role("link").click()
    expect(officer).to_have_url(f"{office.url}/employees?query=&page=1&unit=DESA-1")
    officer.get_by_role("button", name="Tambah pegawai").click()
    expect(officer.get_by_role("dialog").get_by_label("Unit")).to_have_value("DESA-1")
    officer.get_by_role("dialog").get_by_label("NIP").fill(next(nips))
    officer.get_by_label("Nama lengkap").fill("I Ketut Alit")
    officer.get_by_role("button", name="Tambahkan").click()
    expect(officer.get_by_role("row", name="I Ketut Alit")).to_contain_text(VILLAGE)
    officer.goto(f"/employees/{nip}")
    expect(officer.get_by_text("Ini data Anda sendiri")).to_be_visible()


@pytest.mark.usefixtures("units")
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_the_units_page_fits_the_screen(office: Office, new_page: OpenPage, width: int) -> None:
    page = new_page(office.admin, viewport={"width": width, "height": 740})
    page.goto("/units")
    expect(entry(page, VILLAGE)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    open_change(page, SUBDISTRICT)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
