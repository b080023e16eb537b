import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from service import totp
from service.access_errors import CodeNeeded, SecondFactorPresent, WrongCode
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Account, RecoveryCode, Role
from service.second_factor import RECOVERY_CODES, SecondFactor
from service.storage_errors import SealBroken
from tests.service.conftest import FakeClock


@pytest.fixture
def second_factor(ring: KeyRing) -> SecondFactor:
    return SecondFactor(ring, required=True)


def add_account(db: Database, now: datetime, login: str = "dewi", role: Role = "hr") -> int:
    with db.write() as session:
        account = Account(login=login, role=role, created_at=now)
        session.add(account)
        session.flush()
        return account.id


@pytest.fixture
def account_id(db: Database, clock: FakeClock) -> int:
    return add_account(db, clock())


class App:
    """The authenticator app on somebody's phone."""

    def __init__(self, secret: str) -> None:
        self.secret = base64.b32decode(secret)

    def code(self, now: datetime) -> str:
        return totp.code(self.secret, totp.step_at(now))


def start(db: Database, second_factor: SecondFactor, account_id: int) -> App:
    with db.write() as session:
        return App(second_factor.start(session, account_id).secret)


def confirm(
    db: Database, second_factor: SecondFactor, account_id: int, code: str, now: datetime
) -> tuple[str, ...]:
    with db.write() as session:
        return second_factor.confirm(session, account_id, code, now)


def check(
    db: Database, second_factor: SecondFactor, account_id: int, code: str | None, now: datetime
) -> None:
    with db.write() as session:
        second_factor.check(session, account_id, code, now)


@pytest.fixture
def enrolled(
    db: Database, second_factor: SecondFactor, account_id: int, clock: FakeClock
) -> tuple[App, tuple[str, ...]]:
    """The app, and the recovery codes; its first code is used up."""
    app = start(db, second_factor, account_id)
    codes = confirm(db, second_factor, account_id, app.code(clock()), clock())
    clock.advance(seconds=totp.STEP_S)
    return app, codes


def stored(db: Database, account_id: int) -> Account:
    with db.read() as session:
        return session.get_one(Account, account_id)


@pytest.mark.parametrize(
    ("role", "required", "missing"),
    [
        ("hr", True, True),
        ("auditor", True, True),
        ("admin", True, True),
        ("employee", True, False),
        ("admin", False, False),
    ],
)
def test_it_is_required_of_who_sees_other_peoples_data(
    db: Database, ring: KeyRing, clock: FakeClock, role: Role, required: bool, missing: bool
) -> None:
    account = stored(db, add_account(db, clock(), role=role))
    assert SecondFactor(ring, required=required).is_missing(account) == missing


def test_it_counts_from_the_first_confirmed_code(
    db: Database, second_factor: SecondFactor, account_id: int, clock: FakeClock
) -> None:
    app = start(db, second_factor, account_id)
    check(db, second_factor, account_id, None, clock())
    assert second_factor.is_missing(stored(db, account_id))
    confirm(db, second_factor, account_id, app.code(clock()), clock())
    assert not second_factor.is_missing(stored(db, account_id))
    with pytest.raises(CodeNeeded):
        check(db, second_factor, account_id, None, clock())


def test_a_wrong_code_confirms_nothing(
    db: Database, second_factor: SecondFactor, account_id: int, clock: FakeClock
) -> None:
    app = start(db, second_factor, account_id)
    with pytest.raises(WrongCode):
        confirm(db, second_factor, account_id, app.code(clock() + timedelta(hours=1)), clock())
    assert stored(db, account_id).totp_confirmed_at is None


def test_nothing_is_confirmed_that_was_not_started(
    db: Database, second_factor: SecondFactor, account_id: int, clock: FakeClock
) -> None:
    with pytest.raises(WrongCode):
        confirm(db, second_factor, account_id, "123456", clock())


def test_starting_again_replaces_what_was_not_confirmed(
    db: Database, second_factor: SecondFactor, account_id: int, clock: FakeClock
) -> None:
    first = start(db, second_factor, account_id)
    second = start(db, second_factor, account_id)
    with pytest.raises(WrongCode):
        confirm(db, second_factor, account_id, first.code(clock()), clock())
    confirm(db, second_factor, account_id, second.code(clock()), clock())


def test_one_that_is_in_force_is_not_replaced(
    db: Database,
    second_factor: SecondFactor,
    account_id: int,
    enrolled: tuple[App, tuple[str, ...]],
    clock: FakeClock,
) -> None:
    app, _ = enrolled
    with pytest.raises(SecondFactorPresent):
        start(db, second_factor, account_id)
    with pytest.raises(SecondFactorPresent):
        confirm(db, second_factor, account_id, app.code(clock()), clock())


def test_a_code_works_once_however_it_is_spaced(
    db: Database,
    second_factor: SecondFactor,
    account_id: int,
    enrolled: tuple[App, tuple[str, ...]],
    clock: FakeClock,
) -> None:
    code = enrolled[0].code(clock())
    check(db, second_factor, account_id, f" {code[:3]} {code[3:]} ", clock())
    with pytest.raises(WrongCode):
        check(db, second_factor, account_id, code, clock())


def test_the_confirming_code_does_not_sign_in(
    db: Database, second_factor: SecondFactor, account_id: int, clock: FakeClock
) -> None:
    app = start(db, second_factor, account_id)
    code = app.code(clock())
    confirm(db, second_factor, account_id, code, clock())
    with pytest.raises(WrongCode):
        check(db, second_factor, account_id, code, clock())


def test_of_two_uses_of_a_code_at_once_one_is_accepted(
    db: Database,
    second_factor: SecondFactor,
    account_id: int,
    enrolled: tuple[App, tuple[str, ...]],
    clock: FakeClock,
) -> None:
    code = enrolled[0].code(clock())
    together = Barrier(2)

    def try_code(_: int) -> bool:
        together.wait()
        try:
            check(db, second_factor, account_id, code, clock())
        except WrongCode:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(try_code, range(2))) == [False, True]


def test_ten_recovery_codes_work_once_each(
    db: Database,
    second_factor: SecondFactor,
    account_id: int,
    enrolled: tuple[App, tuple[str, ...]],
    clock: FakeClock,
) -> None:
    codes = enrolled[1]
    assert len(set(codes)) == RECOVERY_CODES == 10
    for code in codes:
        check(db, second_factor, account_id, code.upper().replace("-", " "), clock())
        with pytest.raises(WrongCode):
            check(db, second_factor, account_id, code, clock())
    with db.read() as session:
        assert second_factor.recovery_codes_left(session, account_id) == 0


def test_a_recovery_code_is_one_accounts(
    db: Database,
    second_factor: SecondFactor,
    enrolled: tuple[App, tuple[str, ...]],
    clock: FakeClock,
) -> None:
    other = add_account(db, clock(), "rahmat")
    app = start(db, second_factor, other)
    confirm(db, second_factor, other, app.code(clock()), clock())
    with pytest.raises(WrongCode):
        check(db, second_factor, other, enrolled[1][0], clock())


def test_new_recovery_codes_end_the_earlier_ones(
    db: Database,
    second_factor: SecondFactor,
    account_id: int,
    enrolled: tuple[App, tuple[str, ...]],
    clock: FakeClock,
) -> None:
    with db.write() as session:
        new = second_factor.renew_recovery_codes(session, account_id, clock())
    with pytest.raises(WrongCode):
        check(db, second_factor, account_id, enrolled[1][0], clock())
    check(db, second_factor, account_id, new[0], clock())


def test_without_one_there_is_no_code_to_use(
    db: Database, second_factor: SecondFactor, account_id: int, clock: FakeClock
) -> None:
    with pytest.raises(WrongCode), db.write() as session:
        second_factor.use_code(session, account_id, "123456", clock())


def test_removed_it_is_asked_for_no_more_and_can_be_enrolled_again(
    db: Database,
    second_factor: SecondFactor,
    account_id: int,
    enrolled: tuple[App, tuple[str, ...]],
    clock: FakeClock,
) -> None:
    with db.write() as session:
        second_factor.remove(session, account_id, clock(), by=None)
    check(db, second_factor, account_id, None, clock())
    with db.read() as session:
        assert session.scalars(select(RecoveryCode)).all() == []
    app = start(db, second_factor, account_id)
    confirm(db, second_factor, account_id, app.code(clock()), clock())


def test_neither_secret_nor_recovery_code_lies_in_the_database(
    db: Database, enrolled: tuple[App, tuple[str, ...]], tmp_path: Path
) -> None:
    app, codes = enrolled
    content = b"".join(file.read_bytes() for file in tmp_path.glob("hadir.db*"))
    assert app.secret not in content
    assert totp.in_base32(app.secret).encode() not in content
    assert not any(code.encode() in content or code.replace("-", "").encode() in content for code in codes)


def test_a_secret_moved_to_another_account_does_not_open(
    db: Database,
    second_factor: SecondFactor,
    account_id: int,
    enrolled: tuple[App, tuple[str, ...]],
    clock: FakeClock,
) -> None:
    other = add_account(db, clock(), "rahmat")
    with db.write() as session:
        session.get_one(Account, other).totp_secret = session.get_one(Account, account_id).totp_secret
        session.get_one(Account, other).totp_confirmed_at = clock()
    with pytest.raises(SealBroken):
        check(db, second_factor, other, enrolled[0].code(clock()), clock())


def test_what_is_shown_once_is_not_in_its_repr(
    db: Database, second_factor: SecondFactor, account_id: int
) -> None:
    with db.write() as session:
        enrolment = second_factor.start(session, account_id)
    assert enrolment.secret not in repr(enrolment)
