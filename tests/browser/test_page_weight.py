"""The check-in page must open on a village's link."""

from collections.abc import Callable, Iterator

from playwright.sync_api import Page

from tests.browser.office import Office

FIRST_LOAD_BYTES = 60_000


def test_the_first_load_of_the_check_in_page_is_small(
    office: Office, new_page: Callable[..., Page], nips: Iterator[str]
) -> None:
    page = new_page(office.employee(next(nips), "Yohanes Tambunan"), permissions=[])
    network = page.context.new_cdp_session(page)
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    network.send("Network.enable")

    page.goto("/checkin", wait_until="networkidle")

    print(f"first load of /checkin: {sum(sizes)} bytes in {len(sizes)} requests")  # noqa: T201 - asked for
    assert 0 < sum(sizes) <= FIRST_LOAD_BYTES
