import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select, update

from service import totp
from service.access_errors import (
    CodeNeeded,
    NotSignedIn,
    TooManyAttempts,
    WrongCode,
    WrongLogin,
    WrongPassword,
)
from service.audit import AuditKeys
from service.auth import Auth
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Account, LoginSession
from service.known_devices import KnownDevices
from service.login_attempts import Delays, Origin
from service.second_factor import SecondFactor
from service.settings import Settings
from service.sign_in import Attempt, Entered, Entrance, confirm_owner, sign_in
from tests.service.conftest import FakeClock

PASSWORD = "rahasia sekali"
ADDRESS = "192.0.2.7"


class CountingHasher(Argon2Hasher):
    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.compared = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002
        self.compared += 1
        self.meanwhile()
        return super().verify(password, hash)


class Door:
    """Where people sign in. Dewi has an account of HR."""

    def __init__(self, db: Database, ring: KeyRing, clock: FakeClock) -> None:
        self.db = db
        self.clock = clock
        self.hasher = CountingHasher()
        self.auth = Auth(Settings(), PasswordHash((self.hasher,)))
        self.second_factor = SecondFactor(ring, required=True)
        keys = AuditKeys(b"a" * 32)
        self.entrance = Entrance(db, self.auth, self.second_factor, Delays(keys), KnownDevices(keys))
        with db.write() as session:
            dewi = Account(login="dewi", role="hr", created_at=clock())
            session.add(dewi)
            session.flush()
            self.dewi = dewi.id
            link = self.auth.make_setup_link(session, dewi, clock()).token
        with db.write() as session:
            self.auth.use_setup_link(session, link, PASSWORD, clock())

    def enter(
        self, password: str = PASSWORD, code: str | None = None, *, login: str = "dewi", **more: str | None
    ) -> Entered:
        attempt = Attempt(login=login, password=password, code=code, address=ADDRESS, kind="cookie", **more)
        return sign_in(self.entrance, attempt, self.clock())

    def refused(
        self, *entered: str | None, login: str = "dewi", mark: str | None = None
    ) -> type[Exception] | None:
        """What was said, None when it was let in."""
        try:
            self.enter(*entered, login=login, mark=mark)  # type: ignore[arg-type]
        except (WrongLogin, CodeNeeded, WrongCode, TooManyAttempts) as said:
            return type(said)
        return None

    def enrol_app(self) -> bytes:
        with self.db.write() as session:
            secret = base64.b32decode(self.second_factor.start(session, self.dewi).secret)
        with self.db.write() as session:
            code = totp.code(secret, totp.step_at(self.clock()))
            self.second_factor.confirm(session, self.dewi, code, self.clock())
        self.clock.advance(seconds=totp.STEP_S)
        return secret

    def sessions(self) -> int:
        with self.db.read() as session:
            return len(session.scalars(select(LoginSession)).all())


@pytest.fixture
def door(db: Database, ring: KeyRing, clock: FakeClock) -> Door:
    return Door(db, ring, clock)


def test_the_password_opens_a_session(door: Door) -> None:
    entered = door.enter()
    assert entered.account.login == "dewi"
    with door.db.read() as session:
        assert door.auth.account_for(session, entered.session.token, door.clock()).id == door.dewi


def test_the_new_session_takes_the_place_of_the_earlier(door: Door) -> None:
    earlier = door.enter().session.token
    door.enter(earlier=earlier)
    assert door.sessions() == 1


def test_within_a_delay_no_password_is_hashed_and_the_right_one_does_not_help(door: Door) -> None:
    assert [door.refused("wrong") for _ in range(5)] == [WrongLogin] * 5
    door.hasher.compared = 0
    assert [door.refused("wrong"), door.refused(PASSWORD)] == [TooManyAttempts] * 2
    assert door.hasher.compared == 0
    door.clock.advance(seconds=2)
    assert door.refused(PASSWORD) is None


def test_a_login_that_nobody_has_gets_the_same_answers(door: Door) -> None:
    somebodys = [door.refused("wrong") for _ in range(7)]
    nobodys = [door.refused("wrong", login="nobody") for _ in range(7)]
    assert somebodys == nobodys


def test_the_right_password_alone_is_told_to_bring_the_code(door: Door) -> None:
    door.enrol_app()
    assert door.refused(PASSWORD) is CodeNeeded
    assert door.refused("wrong") is WrongLogin
    assert door.sessions() == 0


def test_password_and_code_open_a_session_once(door: Door) -> None:
    code = totp.code(door.enrol_app(), totp.step_at(door.clock()))
    assert door.refused(PASSWORD, code) is None
    assert door.refused(PASSWORD, code) is WrongCode
    assert door.sessions() == 1


def test_asking_for_the_code_is_no_failure(door: Door) -> None:
    door.enrol_app()
    assert [door.refused(PASSWORD) for _ in range(10)] == [CodeNeeded] * 10


def test_codes_are_guessed_as_slowly_as_passwords(door: Door) -> None:
    door.enrol_app()
    answers = []
    for number in range(7):
        door.refused(PASSWORD)  # forgets nothing of the guesses
        answers.append(door.refused(PASSWORD, f"{number:06}"))
    assert answers == [WrongCode] * 5 + [TooManyAttempts] * 2


def test_a_password_that_is_changed_meanwhile_opens_nothing(door: Door) -> None:
    def change() -> None:
        with door.db.write() as session:
            session.execute(update(Account).values(password_hash="another"))

    door.hasher.meanwhile = change
    assert door.refused(PASSWORD) is WrongLogin
    assert door.sessions() == 0


def test_a_token_that_the_visitor_brought_along_is_not_taken_over(door: Door) -> None:
    planted = "a token of the attacker's choice"
    entered = door.enter(earlier=planted)
    assert entered.session.token != planted
    with door.db.read() as session, pytest.raises(NotSignedIn):
        door.auth.account_for(session, planted, door.clock())


def test_the_owner_of_a_session_is_guessed_as_slowly(door: Door) -> None:
    account = door.enter().account
    origin = Origin(account.login, ADDRESS, device="the session")
    for _ in range(5):
        with pytest.raises(WrongPassword):
            confirm_owner(door.entrance, account, "wrong", origin, door.clock())
    with pytest.raises(TooManyAttempts):
        confirm_owner(door.entrance, account, PASSWORD, origin, door.clock())
    door.clock.advance(seconds=2)
    confirm_owner(door.entrance, account, PASSWORD, origin, door.clock())


def test_while_strangers_guess_the_owner_signs_in_on_a_device_known_before(door: Door) -> None:
    mark = door.enter().mark
    while door.refused("wrong") is not TooManyAttempts:
        pass
    assert door.refused(PASSWORD) is TooManyAttempts
    assert door.refused(PASSWORD, mark=mark) is None


@pytest.mark.parametrize("mark", ["", "x" * 97, "0" * 32 + "." + "0" * 64])
def test_a_made_up_mark_helps_nobody(door: Door, mark: str) -> None:
    answers = [door.refused("wrong", mark=mark) for _ in range(6)]
    assert answers[-1] is TooManyAttempts


def test_a_known_device_guesses_as_slowly(door: Door) -> None:
    mark = door.enter().mark
    assert [door.refused("wrong", mark=mark) for _ in range(6)] == [WrongLogin] * 5 + [TooManyAttempts]


def test_of_many_guesses_at_once_no_more_are_compared_than_one_after_the_other(door: Door) -> None:
    together = Barrier(12)

    def guess(_: int) -> type[Exception] | None:
        together.wait()
        return door.refused("wrong")

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(guess, range(12)))
    assert answers.count(WrongLogin) == door.hasher.compared == 5
    assert answers.count(TooManyAttempts) == 7
