import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from service.absences import one_absence
from service.audit import AuditKeys
from service.corrections import NewCorrection, one_correction
from service.db.request_tables import Absence, Correction
from service.db.session import Database
from service.db.tables import Account, AuditEntry
from service.evidence import EvidenceStore
from service.request_decisions import decide, revoke
from service.request_errors import AlreadyDecided, OwnRequest, RequestOverlaps, UnknownRequest, WordsRefused
from tests.service.conftest import FakeClock
from tests.service.request_desk import TODAY, Desk, open_desk


@pytest.fixture
def desk(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Desk:
    return open_desk(db, evidence, clock())


@pytest.fixture
def absence(desk: Desk, clock: FakeClock) -> int:
    return desk.ask(TODAY, now=clock()).request.id


def actions(db: Database) -> list[tuple[str, str, int | None]]:
    with db.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
        return [(row.action, row.subject, row.actor) for row in rows]


def test_hr_approves_and_the_employee_sees_who(desk: Desk, clock: FakeClock, absence: int) -> None:
    decide(desk.db, Absence, absence, desk.dewi, approve=True, words="", now=clock())
    seen = one_absence(desk.db, desk.siti, absence).request
    assert (seen.state, seen.may_withdraw) == ("approved", False)
    assert [(one.state, one.by, one.at) for one in seen.decisions] == [("approved", "Pegawai 2", clock())]
    assert actions(desk.db)[-1] == ("request_decided", f"absence:{absence}", desk.dewi.id)


def test_a_refusal_needs_words_and_they_are_shown(desk: Desk, clock: FakeClock, absence: int) -> None:
    with pytest.raises(WordsRefused):
        decide(desk.db, Absence, absence, desk.dewi, approve=False, words=" ", now=clock())
    decide(desk.db, Absence, absence, desk.rahmat, approve=False, words="tanpa surat", now=clock())
    (decision,) = one_absence(desk.db, desk.siti, absence).request.decisions
    assert (decision.state, decision.note, decision.by) == ("refused", "tanpa surat", "rahmat")


@pytest.mark.parametrize("approve", [False, True])
def test_what_was_decided_is_not_decided_again(
    desk: Desk, clock: FakeClock, absence: int, approve: bool
) -> None:
    decide(desk.db, Absence, absence, desk.dewi, approve=approve, words="tidak", now=clock())
    with pytest.raises(AlreadyDecided) as refused:
        decide(desk.db, Absence, absence, desk.rahmat, approve=True, words="", now=clock())
    assert refused.value.extras["state"] == ("approved" if approve else "refused")
    assert len(one_absence(desk.db, desk.siti, absence).request.decisions) == 1


def test_nobody_decides_on_their_own(desk: Desk, clock: FakeClock) -> None:
    own = desk.ask(TODAY, now=clock(), owner=desk.dewi).request
    assert not own.may_decide
    with pytest.raises(OwnRequest):
        decide(desk.db, Absence, own.id, desk.dewi, approve=True, words="", now=clock())
    decide(desk.db, Absence, own.id, desk.rahmat, approve=True, words="", now=clock())
    with pytest.raises(OwnRequest):
        revoke(desk.db, Absence, own.id, desk.dewi, words="keliru", now=clock())


def test_nobody_decides_outside_their_reach(desk: Desk, clock: FakeClock, absence: int) -> None:
    with pytest.raises(UnknownRequest):
        decide(desk.db, Absence, absence, desk.lain, approve=True, words="", now=clock())
    decide(desk.db, Absence, absence, desk.dewi, approve=True, words="", now=clock())
    with pytest.raises(UnknownRequest):
        revoke(desk.db, Absence, absence, desk.lain, words="keliru", now=clock())


def test_an_approval_is_revoked_as_a_new_fact(desk: Desk, clock: FakeClock, absence: int) -> None:
    decide(desk.db, Absence, absence, desk.dewi, approve=True, words="baik", now=clock())
    clock.advance(hours=1)
    with pytest.raises(WordsRefused):
        revoke(desk.db, Absence, absence, desk.rahmat, words="", now=clock())
    revoke(desk.db, Absence, absence, desk.rahmat, words="surat palsu", now=clock())
    seen = one_absence(desk.db, desk.siti, absence).request
    assert seen.state == "revoked"
    assert [(one.state, one.note) for one in seen.decisions] == [
        ("approved", "baik"),
        ("revoked", "surat palsu"),
    ]
    assert [action for action, *_ in actions(desk.db)] == [
        "request_made",
        "request_decided",
        "request_revoked",
    ]


def test_only_what_is_approved_is_revoked_and_only_once(desk: Desk, clock: FakeClock, absence: int) -> None:
    with pytest.raises(AlreadyDecided) as refused:
        revoke(desk.db, Absence, absence, desk.dewi, words="keliru", now=clock())
    assert "approve or refuse" in refused.value.explain()
    decide(desk.db, Absence, absence, desk.dewi, approve=True, words="", now=clock())
    revoke(desk.db, Absence, absence, desk.dewi, words="keliru", now=clock())
    with pytest.raises(AlreadyDecided):
        revoke(desk.db, Absence, absence, desk.dewi, words="keliru", now=clock())


def test_corrections_are_decided_in_the_same_way(desk: Desk, clock: FakeClock) -> None:
    wanted = NewCorrection(TODAY - timedelta(days=1), time(7, 30), None, False, "ponsel rusak")
    asked = desk.correct(wanted, now=clock()).request.id
    decide(desk.db, Correction, asked, desk.dewi, approve=True, words="", now=clock())
    assert one_correction(desk.db, desk.siti, asked).request.state == "approved"
    assert actions(desk.db)[-1] == ("request_decided", f"correction:{asked}", desk.dewi.id)


@pytest.fixture
def replica(tmp_path: Path) -> Database:
    """The same database, opened by another process of the service."""
    other = Database(f"sqlite:///{tmp_path / 'hadir.db'}")
    other.keep_trail(AuditKeys.load(tmp_path / "keys"))
    return other


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each gives or raises, begun together."""
    barrier = threading.Barrier(len(works))

    def work(one: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return one()
        except (AlreadyDecided, RequestOverlaps) as refused:
            return refused

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(work, works))


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(
    desk: Desk, clock: FakeClock, replica: Database
) -> None:
    for number in range(10):
        asked = desk.ask(TODAY + timedelta(days=number), now=clock()).request.id

        def decision(db: Database, who: Account, approve: bool, asked: int = asked) -> Callable[[], object]:
            return lambda: decide(db, Absence, asked, who, approve=approve, words="tidak", now=clock())

        given = at_once(decision(desk.db, desk.dewi, True), decision(replica, desk.rahmat, False))
        (refused,) = [one for one in given if one is not None]
        seen = one_absence(desk.db, desk.siti, asked).request
        assert isinstance(refused, AlreadyDecided)
        assert refused.extras == {"state": seen.state}
        assert [one.state for one in seen.decisions] == [seen.state]
    replica.dispose()


def test_of_two_requests_for_a_day_sent_at_once_one_is_taken(
    desk: Desk, clock: FakeClock, replica: Database
) -> None:
    other = Desk(replica, desk.evidence, desk.siti, desk.dewi, desk.rahmat, desk.lain)
    given = at_once(lambda: desk.ask(TODAY, now=clock()), lambda: other.ask(TODAY, now=clock()))
    assert sum(isinstance(one, RequestOverlaps) for one in given) == 1
    replica.dispose()
