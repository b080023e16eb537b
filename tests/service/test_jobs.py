"""Long work: asked for, done by some process, seen as it goes."""

from datetime import timedelta
from typing import Any

import pytest

from service.db.session import Database
from service.errors import UnknownJob
from service.evidence import EvidenceStore
from service.jobs import CLAIM, KEPT, MOST_TRIES, Jobs, Work
from tests.service.conftest import FakeClock
from tests.service.org_tree import account, plant


class Works:
    """Kinds of work, and what they were given."""

    def __init__(self) -> None:
        self.seen: list[Work] = []
        self.stop: Jobs | None = None

    def echo(self, work: Work) -> dict[str, Any]:
        self.seen.append(work)
        work.progress(1, 2)
        return {"bytes": len(work.data), **work.options}

    def fail(self, work: Work) -> dict[str, Any]:
        raise RuntimeError("no")

    def stopped(self, work: Work) -> dict[str, Any]:
        assert self.stop is not None
        self.stop.close()
        work.progress(1, 2)
        raise AssertionError("goes on after the end")


@pytest.fixture
def works() -> Works:
    return Works()


@pytest.fixture
def hr(db: Database, clock: FakeClock) -> int:
    plant(db, {"KEC": None}, clock())
    return account(db, "hr", "hr", clock(), limit="KEC").id


def make(db: Database, evidence: EvidenceStore, works: Works, clock: FakeClock) -> Jobs:
    handlers = {"echo": works.echo, "fail": works.fail, "stopped": works.stopped}
    return Jobs(db, evidence, handlers, clock=clock)


@pytest.fixture
def jobs(db: Database, evidence: EvidenceStore, works: Works, clock: FakeClock) -> Jobs:
    return make(db, evidence, works, clock)


def test_work_is_done_with_what_was_given_and_reported(jobs: Jobs, hr: int) -> None:
    job = jobs.ask("echo", b"four", {"mode": "x"}, by=hr)
    assert jobs.status(job, of=hr).state == "waiting"
    assert jobs.do_next()
    status = jobs.status(job, of=hr)
    assert (status.state, status.report) == ("done", {"bytes": 4, "mode": "x"})
    assert not jobs.do_next()


def test_work_has_the_reach_of_whoever_asked(jobs: Jobs, works: Works, hr: int) -> None:
    jobs.ask("echo", b"", {}, by=hr)
    jobs.do_next()
    assert not works.seen[0].reach.everybody


def test_work_is_done_in_the_order_it_was_asked_for(
    jobs: Jobs, works: Works, hr: int, clock: FakeClock
) -> None:
    for data in (b"first", b"second"):
        jobs.ask("echo", data, {}, by=hr)
        clock.advance(seconds=1)
    while jobs.do_next():
        pass
    assert [work.data for work in works.seen] == [b"first", b"second"]


def test_what_was_given_is_removed_at_the_end(jobs: Jobs, evidence: EvidenceStore, hr: int) -> None:
    jobs.ask("echo", b"names", {}, by=hr)
    jobs.do_next()
    assert list(evidence.stored_keys()) == []


def test_work_that_fails_says_so_once(jobs: Jobs, hr: int) -> None:
    job = jobs.ask("fail", b"", {}, by=hr)
    jobs.do_next()
    assert jobs.status(job, of=hr).state == "failed"
    assert not jobs.do_next()


def test_work_of_a_process_that_died_is_begun_again_by_another(
    db: Database, evidence: EvidenceStore, works: Works, jobs: Jobs, hr: int, clock: FakeClock
) -> None:
    job = jobs.ask("echo", b"", {}, by=hr)
    assert jobs._claim() == job
    other = make(db, evidence, works, clock)
    assert not other.do_next()
    clock.advance(seconds=CLAIM.total_seconds() + 1)
    assert other.do_next()
    assert other.status(job, of=hr).state == "done"


def test_work_that_kills_each_process_is_given_up(jobs: Jobs, hr: int, clock: FakeClock) -> None:
    job = jobs.ask("echo", b"", {}, by=hr)
    for _ in range(MOST_TRIES):
        jobs._claim()
        clock.advance(seconds=CLAIM.total_seconds() + 1)
    jobs.do_next()
    assert jobs.status(job, of=hr).state == "failed"


def test_work_waits_for_the_next_process_when_this_one_ends(jobs: Jobs, works: Works, hr: int) -> None:
    works.stop = jobs
    job = jobs.ask("stopped", b"", {}, by=hr)
    assert not jobs.do_next()
    assert jobs.status(job, of=hr).state == "waiting"


def test_nobody_sees_the_work_of_somebody_else(db: Database, jobs: Jobs, hr: int, clock: FakeClock) -> None:
    job = jobs.ask("echo", b"", {}, by=hr)
    other = account(db, "hr-2", "hr", clock()).id
    with pytest.raises(UnknownJob):
        jobs.status(job, of=other)


def test_old_work_is_forgotten(jobs: Jobs, hr: int, clock: FakeClock) -> None:
    job = jobs.ask("echo", b"", {}, by=hr)
    jobs.do_next()
    clock.now += KEPT + timedelta(seconds=1)
    jobs.forget_old()
    with pytest.raises(UnknownJob):
        jobs.status(job, of=hr)


def test_an_unknown_kind_stores_nothing(jobs: Jobs, evidence: EvidenceStore, hr: int) -> None:
    with pytest.raises(KeyError):
        jobs.ask("other", b"data", {}, by=hr)
    assert list(evidence.stored_keys()) == []
