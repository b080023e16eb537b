import pytest

from service.audit_entries import PAGE_SIZE, find_entries
from service.audit_notes import note
from service.db.session import Database
from service.db.tables import Account
from tests.service.conftest import FakeClock


@pytest.fixture(autouse=True)
def trail(db: Database, clock: FakeClock) -> None:
    with db.write() as session:
        session.add(Account(id=1, login="dewi", role="hr", created_at=clock()))
        note(session, "enrolled", "employee:1", by=1, at=clock(), photos=3)
        note(session, "decision", "checkin:a", by=None, at=clock(), status="review")
        note(session, "enrolled", "employee:2", by=9, at=clock(), photos=2)


def test_the_newest_is_first(db: Database) -> None:
    page = find_entries(db)
    assert [(one.sequence, one.actor, one.action, one.subject) for one in page.entries] == [
        (3, "account:9", "enrolled", "employee:2"),
        (2, None, "decision", "checkin:a"),
        (1, "dewi", "enrolled", "employee:1"),
    ]
    assert page.entries[0].facts == {"photos": 2}
    assert page.next_before is None


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"action": "enrolled"}, [3, 1]),
        ({"subject": "checkin:a"}, [2]),
        ({"actor": "dewi"}, [1]),
        ({"before": 3}, [2, 1]),
        ({"action": "enrolled", "actor": "nobody"}, []),
    ],
)
def test_only_what_fits_is_shown(db: Database, criteria: dict[str, object], expected: list[int]) -> None:
    page = find_entries(db, **criteria)  # type: ignore[arg-type]
    assert [one.sequence for one in page.entries] == expected


def test_pages_follow_each_other(db: Database, clock: FakeClock) -> None:
    with db.write() as session:
        for number in range(PAGE_SIZE):
            note(session, "decision", f"checkin:{number}", by=None, at=clock())
    first = find_entries(db)
    assert (len(first.entries), first.next_before) == (PAGE_SIZE, 4)
    rest = find_entries(db, before=first.next_before)
    assert ([one.sequence for one in rest.entries], rest.next_before) == ([3, 2, 1], None)
