import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select

from service import login_attempts
from service.access_errors import TooManyAttempts
from service.audit import AuditKeys
from service.db.session import Database
from service.db.tables import LoginAttempts
from service.login_attempts import OF_ACCOUNT, OF_ADDRESS, Delays, Origin, network_of
from tests.service.conftest import FakeClock

HOME = Origin("dewi", "192.0.2.7")
PHONE = Origin("dewi", "192.0.2.7", device="phone")
DELAYS = Delays(AuditKeys(b"a" * 32))


def begin(db: Database, clock: FakeClock, origin: Origin = HOME) -> None:
    with db.write() as session:
        DELAYS.begin(session, origin, clock())


def wait_of(db: Database, clock: FakeClock, origin: Origin = HOME) -> int:
    """How long the next attempt has to wait, seconds; it is not made."""
    try:
        with db.read() as session:
            DELAYS.refuse_while_delayed(session, origin, clock())
    except TooManyAttempts as refused:
        return int(str(refused.extras["retry_after_s"]))
    return 0


def fail(db: Database, clock: FakeClock, times: int, origin: Origin = HOME) -> list[int]:
    """Fails again whenever that is allowed; gives the delay after each failure."""
    delays = []
    for _ in range(times):
        begin(db, clock, origin)
        delays.append(wait_of(db, clock, origin))
        clock.advance(seconds=delays[-1])
    return delays


def test_mistyping_costs_no_time_and_guessing_ever_more(db: Database, clock: FakeClock) -> None:
    assert fail(db, clock, 16) == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_an_attempt_within_the_delay_is_refused_and_does_not_lengthen_it(
    db: Database, clock: FakeClock
) -> None:
    fail(db, clock, 8)
    begin(db, clock)
    for _ in range(5):
        with pytest.raises(TooManyAttempts):
            begin(db, clock)
    assert wait_of(db, clock) == 32
    clock.advance(seconds=32)
    begin(db, clock)


def test_a_login_that_nobody_has_is_treated_alike(db: Database, clock: FakeClock) -> None:
    assert fail(db, clock, 6, Origin("nobody", None)) == [0, 0, 0, 0, 2, 4]


def test_other_accounts_do_not_wait(db: Database, clock: FakeClock) -> None:
    fail(db, clock, 10)
    begin(db, clock)
    assert wait_of(db, clock) > 0
    assert wait_of(db, clock, Origin("rahmat", "192.0.2.7")) == 0


def test_an_account_waits_wherever_the_attempts_come_from(db: Database, clock: FakeClock) -> None:
    for number in range(5):
        begin(db, clock, Origin("dewi", f"192.0.2.{number}"))
    assert wait_of(db, clock, Origin("dewi", "198.51.100.1")) == 2


def test_one_address_that_tries_many_accounts_waits_for_a_minute_at_most(
    db: Database, clock: FakeClock
) -> None:
    delays = []
    for number in range(40):
        origin = Origin(f"person-{number}", "192.0.2.7")
        begin(db, clock, origin)
        delays.append(wait_of(db, clock, origin))
        clock.advance(seconds=delays[-1])
    assert delays[:30] == [0] * 30
    assert delays[30:37] == [2, 4, 8, 16, 32, 60, 60]
    assert wait_of(db, clock, Origin("somebody-else", "198.51.100.1")) == 0


def test_success_forgets_the_accounts_failures(db: Database, clock: FakeClock) -> None:
    fail(db, clock, 10)
    begin(db, clock)
    with db.write() as session:
        DELAYS.succeeded(session, HOME)
    assert fail(db, clock, 5) == [0, 0, 0, 0, 2]


def test_success_does_not_forget_the_addresss_failures(db: Database, clock: FakeClock) -> None:
    for number in range(30):
        begin(db, clock, Origin(f"person-{number}", "192.0.2.7"))
        own = Origin("attacker", "192.0.2.7")
        begin(db, clock, own)
        with db.write() as session:
            DELAYS.succeeded(session, own)
    begin(db, clock, Origin("one-more", "192.0.2.7"))
    assert wait_of(db, clock, Origin("another", "192.0.2.7")) == 2


def test_an_attempt_taken_back_leaves_the_failures_before_it(db: Database, clock: FakeClock) -> None:
    fail(db, clock, 4)
    begin(db, clock)
    with db.write() as session:
        DELAYS.take_back(session, HOME)
    assert wait_of(db, clock) == 0
    assert fail(db, clock, 1) == [2]


@pytest.mark.parametrize(("hours", "next_delay"), [(23, 4), (24, 0)])
def test_failures_are_forgotten_after_a_day(
    db: Database, clock: FakeClock, hours: float, next_delay: int
) -> None:
    fail(db, clock, 5)
    clock.now -= timedelta(seconds=2)
    clock.advance(hours=hours)
    assert fail(db, clock, 1) == [next_delay]


def test_a_clock_set_back_shuts_nobody_out_for_longer(db: Database, clock: FakeClock) -> None:
    fail(db, clock, 14)
    clock.advance(days=-30)
    assert wait_of(db, clock) == OF_ACCOUNT.longest.total_seconds()


def test_of_many_attempts_at_once_no_more_get_through_than_one_after_the_other(
    db: Database, clock: FakeClock
) -> None:
    together = Barrier(12)

    def attempt(_: int) -> bool:
        together.wait()
        try:
            begin(db, clock)
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(attempt, range(12))) == OF_ACCOUNT.free + 1


def test_a_second_process_counts_on(db: Database, clock: FakeClock, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path / 'hadir.db'}")
    try:
        for process in (db, other, db, other, db):
            begin(process, clock)
        assert wait_of(other, clock) == wait_of(db, clock) == 2
    finally:
        other.dispose()


def test_what_is_old_is_deleted(db: Database, clock: FakeClock) -> None:
    for number in range(20):
        begin(db, clock, Origin(f"person-{number}", None))
    clock.advance(days=1)
    begin(db, clock)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(LoginAttempts)) == 2


def test_the_table_does_not_grow_without_end(
    db: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_attempts, "MOST_ROWS", 50)
    for number in range(200):
        begin(db, clock, Origin(f"person-{number}", None))
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(LoginAttempts)) == 51


def subjects(db: Database) -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(LoginAttempts.subject)))


def test_what_was_typed_is_not_stored(db: Database, clock: FakeClock) -> None:
    begin(db, clock, Origin("my password in the wrong field", "192.0.2.7"))
    assert [len(subject) for subject in subjects(db)] == [64, 64]


def test_no_login_can_be_found_by_trying_without_the_keys(db: Database, clock: FakeClock) -> None:
    begin(db, clock)
    tried = {
        digest(text.encode()).hexdigest()
        for digest in (hashlib.sha256, hashlib.sha512, hashlib.sha1, hashlib.md5)
        for text in ("dewi", "account:dewi", "192.0.2.7", "address:192.0.2.7")
    }
    assert tried.isdisjoint(subjects(db))
    with db.write() as session:
        Delays(AuditKeys(b"b" * 32)).begin(session, HOME, clock())
    assert len(set(subjects(db))) == 4


def test_strangers_do_not_keep_the_owner_out_on_a_known_device(db: Database, clock: FakeClock) -> None:
    fail(db, clock, 40)
    begin(db, clock)
    assert wait_of(db, clock) > 0
    assert wait_of(db, clock, PHONE) == 0


def test_a_known_device_waits_for_its_own_failures(db: Database, clock: FakeClock) -> None:
    assert fail(db, clock, 7, PHONE) == [0, 0, 0, 0, 2, 4, 8]
    begin(db, clock, PHONE)
    assert wait_of(db, clock, PHONE) == 16
    assert wait_of(db, clock, HOME) == 0


def test_success_on_a_known_device_does_not_forget_what_strangers_did(db: Database, clock: FakeClock) -> None:
    fail(db, clock, 6)
    begin(db, clock, PHONE)
    with db.write() as session:
        DELAYS.succeeded(session, PHONE)
    assert fail(db, clock, 1) == [8]


@pytest.mark.parametrize("login", ["\ud800", "nul\0", "x" * 10_000, ""])
def test_any_login_can_be_counted(db: Database, clock: FakeClock, login: str) -> None:
    begin(db, clock, Origin(login, None))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_a_subscribers_addresses_are_one(address: str, network: str) -> None:
    assert network_of(address) == network


def test_no_limit_grows_past_its_longest_delay() -> None:
    for limit in (OF_ACCOUNT, OF_ADDRESS):
        assert limit.delay(10**9) == limit.longest
