from collections import Counter

from service.web.menu import GROUPS, UNGROUPED, groups_of
from service.web.page_frame import PAGES


def test_every_page_is_in_the_menu_once() -> None:
    paths = [path for group in GROUPS for path in group.paths]
    assert Counter(paths) == Counter(page.path for page in PAGES)


def test_a_group_has_only_the_pages_that_may_be_opened() -> None:
    allowed = {"/checkin", "/my-data", "/reviews", "/checkins", "/kiosks", "/my-month"}
    assert [group.paths for group in groups_of(allowed)] == [
        ("/checkin", "/my-month", "/my-data"),
        ("/reviews", "/checkins"),
        ("/kiosks",),
    ]


def test_few_pages_are_not_grouped() -> None:
    assert groups_of([group.paths[0] for group in GROUPS][:UNGROUPED]) == ()
