"""Whose check-ins keep coming close to the threshold is named, with numbers."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from service import reenrolment
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Checkin, Employee, Template
from service.reach import Reach
from service.reenrolment import CLOSE_MARGIN, DAYS, LAST, Suggestion
from tests.service.conftest import FakeClock
from tests.service.made_up import VERSION, enrol, unit_vector
from tests.service.org_tree import plant, put

THRESHOLD = 0.62
FAR, NEAR, BELOW = (THRESHOLD + above for above in (0.2, CLOSE_MARGIN - 0.01, -0.01))
Came = Callable[..., None]


@pytest.fixture
def siti(db: Database, ring: KeyRing, clock: FakeClock) -> int:
    """Enrolled a year ago."""
    plant(db, {"KEC": None, "DINAS": None}, clock())
    employee_id = put(db, "1", "KEC", clock())
    enrol(db, ring, employee_id, unit_vector(1), clock() - timedelta(days=365))
    return employee_id


@pytest.fixture
def came(db: Database, clock: FakeClock) -> Came:
    """Check-ins of somebody, the oldest first, one a day up to today."""

    def these(employee_id: int, *similarities: float | None, days_ago: int = 0, **more: Any) -> None:
        with db.write() as session:
            for n, similarity in enumerate(reversed(similarities)):
                at = clock() - timedelta(days=days_ago + n)
                findings = None if similarity is None else {"similarity": similarity, "threshold": THRESHOLD}
                row: dict[str, Any] = {
                    "id": str(uuid.uuid4()),
                    "employee_id": employee_id,
                    "kind": "auto",
                    "captured_at": at,
                    "received_at": at,
                    "counted_at": at,
                    "status": "accepted",
                    "reasons": [],
                    "selfie_sha256": "0" * 64,
                    "frame_keys": [],
                    "meta": {},
                    "encoders": VERSION,
                    "findings": findings,
                }
                session.add(Checkin(**(row | more)))

    return these


def named(db: Database, clock: FakeClock, **more: Any) -> list[tuple[str, int, int, int]]:
    found = reenrolment.suggestions(db, VERSION, clock(), **more)
    return [(one.nip, one.compared, one.close, one.below) for one in found]


def test_three_close_ones_of_ten_are_named_with_numbers(
    db: Database, siti: int, came: Came, clock: FakeClock
) -> None:
    came(siti, *[FAR] * 7, NEAR, BELOW, NEAR)
    (found,) = reenrolment.suggestions(db, VERSION, clock())
    since = clock() - timedelta(days=365)
    assert found == Suggestion("1", "Pegawai 1", "Unit KEC", compared=10, close=3, below=1, since=since)


@pytest.mark.parametrize(
    "similarities",
    [
        (NEAR, NEAR),
        (FAR,) * 10,
        (NEAR,) * 3 + (FAR,) * LAST,
        (NEAR, NEAR, THRESHOLD + CLOSE_MARGIN + 0.001),
        (NEAR, NEAR, None),
        (),
    ],
    ids=["two", "none", "before the last ten", "just far enough", "nothing compared", "no check-ins"],
)
def test_fewer_are_nothing(
    db: Database, siti: int, came: Came, clock: FakeClock, similarities: tuple[float | None, ...]
) -> None:
    came(siti, *similarities)
    assert named(db, clock) == []


def test_what_is_under_review_counts_too(db: Database, siti: int, came: Came, clock: FakeClock) -> None:
    came(siti, BELOW, BELOW, BELOW, status="review")
    assert named(db, clock) == [("1", 3, 3, 3)]


@pytest.mark.parametrize(
    "more",
    [{"status": "rejected"}, {"status": "retake"}, {"encoders": "dlib/1"}, {"days_ago": DAYS + 1}],
    ids=lambda more: next(iter(more)) + str(next(iter(more.values()))),
)
def test_what_says_nothing_of_the_enrolment_does_not_count(
    db: Database, siti: int, came: Came, clock: FakeClock, more: dict[str, Any]
) -> None:
    came(siti, BELOW, BELOW, BELOW, **more)
    assert named(db, clock) == []


def test_after_a_new_enrolment_nobody_is_named_any_more(
    db: Database, ring: KeyRing, siti: int, came: Came, clock: FakeClock
) -> None:
    came(siti, BELOW, BELOW, BELOW)
    clock.advance(hours=1)
    enrol(db, ring, siti, unit_vector(1), clock())
    assert named(db, clock) == []


def test_who_has_left_is_not_named(db: Database, siti: int, came: Came, clock: FakeClock) -> None:
    came(siti, BELOW, BELOW, BELOW)
    with db.write() as session:
        session.execute(update(Employee).values(active=False))
    assert named(db, clock) == []


def test_who_needs_it_most_comes_first_and_units_are_told_apart(
    db: Database, ring: KeyRing, siti: int, came: Came, clock: FakeClock
) -> None:
    budi = put(db, "2", "DINAS", clock())
    enrol(db, ring, budi, unit_vector(2), clock() - timedelta(days=365))
    came(siti, NEAR, NEAR, NEAR)
    came(budi, BELOW, NEAR, NEAR)
    assert [nip for nip, *_ in named(db, clock)] == ["2", "1"]
    assert [nip for nip, *_ in named(db, clock, unit="KEC")] == ["1"]
    with db.read() as session:
        dinas = session.get_one(Employee, budi).unit_id
    assert [nip for nip, *_ in named(db, clock, reach=Reach(unit_id=dinas))] == ["2"]


def test_it_takes_two_queries_whatever_the_number(
    db: Database, ring: KeyRing, siti: int, came: Came, clock: FakeClock
) -> None:
    for n in range(2, 30):
        employee_id = put(db, str(n), "KEC", clock())
        enrol(db, ring, employee_id, unit_vector(n), clock() - timedelta(days=1))
        came(employee_id, BELOW, BELOW, BELOW, days_ago=-3)
    with db.read() as session:
        engine = session.get_bind()
        assert session.query(Template).count() == 29
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    reenrolment.suggestions(db, VERSION, clock() + timedelta(days=3))
    assert sum(statement.lstrip().startswith(("SELECT", "WITH")) for statement in statements) <= 3
