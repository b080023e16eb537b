from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select, text

from service.access_errors import LinkUsedOrExpired, NotSignedIn, WeakPassword, WrongLogin, WrongPassword
from service.audit import AuditKeys
from service.auth import Auth, Issued, normal_login
from service.db.session import Database
from service.db.tables import Account, Employee, LoginSession, Role
from service.errors import HadirError
from service.settings import Settings

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
PASSWORD = "rahasia sekali"
SETTINGS = Settings(session_idle_h=12, employee_session_idle_h=720, session_max_h=2160, setup_link_h=72)


class CountingHasher(Argon2Hasher):
    """As cheap as Argon2 gets; counts the comparisons, which take all the time of a login."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.compared = 0

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002
        self.compared += 1
        return super().verify(password, hash)


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
def auth(hasher: CountingHasher) -> Auth:
    return Auth(SETTINGS, PasswordHash((hasher,)))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'hadir.db'}")
    database.upgrade()
    database.keep_trail(AuditKeys.load_or_create(tmp_path / "keys"))
    yield database
    database.dispose()


def add_account(database: Database, login: str = "197001011990031001", role: Role = "employee") -> Account:
    with database.write() as session:
        employee = Employee(nip=login, name="Siti Rahma", created_at=NOW) if role == "employee" else None
        account = Account(login=login, role=role, employee=employee, created_at=NOW)
        session.add(account)
    return account


@pytest.fixture
def account(database: Database) -> Account:
    return add_account(database)


def link(database: Database, auth: Auth, account: Account, now: datetime = NOW) -> Issued:
    with database.write() as session:
        return auth.make_setup_link(session, account, now)


def use(database: Database, auth: Auth, token: str, password: str = PASSWORD, now: datetime = NOW) -> Account:
    with database.write() as session:
        return auth.use_setup_link(session, token, password, now)


def login(database: Database, auth: Auth, name: str, password: str = PASSWORD) -> Account:
    with database.read() as session:
        return auth.login(session, name, password)


def sign_in(database: Database, auth: Auth, account: Account, now: datetime = NOW) -> Issued:
    with database.write() as session:
        return auth.open_session(session, account, "cookie", now)


def who(database: Database, auth: Auth, token: str, now: datetime = NOW) -> Account:
    with database.read() as session:
        return auth.account_for(session, token, now)


def change(database: Database, statement: str) -> None:
    with database.write() as session:
        session.execute(text(statement))


# --- setting a password


def test_the_password_of_a_setup_link_signs_in(database: Database, auth: Auth, account: Account) -> None:
    assert use(database, auth, link(database, auth, account).token).id == account.id
    assert login(database, auth, account.login).id == account.id


def test_a_setup_link_works_once(database: Database, auth: Auth, account: Account) -> None:
    token = link(database, auth, account).token
    use(database, auth, token)
    with pytest.raises(LinkUsedOrExpired):
        use(database, auth, token, "another password")
    login(database, auth, account.login)


def test_of_two_uses_at_once_one_wins(database: Database, auth: Auth, account: Account) -> None:
    start = Barrier(2)

    def try_use(token: str, password: str) -> bool:
        start.wait()
        try:
            use(database, auth, token, password)
        except LinkUsedOrExpired:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        for _ in range(10):
            token = link(database, auth, account).token
            passwords = ["the first password", "the second password"]
            won = list(threads.map(try_use, [token, token], passwords))
            assert sorted(won) == [False, True]
            login(database, auth, account.login, passwords[won.index(True)])


def test_a_setup_link_ends(database: Database, auth: Auth, account: Account) -> None:
    issued = link(database, auth, account)
    assert issued.expires_at == NOW + 72 * HOUR
    with pytest.raises(LinkUsedOrExpired):
        use(database, auth, issued.token, now=issued.expires_at)
    use(database, auth, issued.token, now=issued.expires_at - timedelta(seconds=1))


def test_a_new_setup_link_ends_the_earlier_one(database: Database, auth: Auth, account: Account) -> None:
    earlier, later = link(database, auth, account), link(database, auth, account)
    with pytest.raises(LinkUsedOrExpired):
        use(database, auth, earlier.token)
    use(database, auth, later.token)


@pytest.mark.parametrize(
    "password", ["ninechars", "x" * 201, "", "197001011990031001", "19700101 199003 1 001", "Rahasia 1945"]
)
def test_a_weak_password_is_refused_and_the_link_still_works(
    database: Database, auth: Auth, account: Account, password: str
) -> None:
    token = link(database, auth, account).token
    with pytest.raises(WeakPassword) as refused:
        use(database, auth, token, password)
    assert refused.value.explain()
    use(database, auth, token)


def test_a_new_password_signs_out_everywhere(database: Database, auth: Auth, account: Account) -> None:
    token = sign_in(database, auth, account).token
    use(database, auth, link(database, auth, account).token)
    with pytest.raises(NotSignedIn):
        who(database, auth, token)


def test_the_link_of_a_disabled_account_does_not_work(
    database: Database, auth: Auth, account: Account
) -> None:
    token = link(database, auth, account).token
    change(database, "UPDATE accounts SET disabled = 1")
    with pytest.raises(LinkUsedOrExpired):
        use(database, auth, token)


@pytest.mark.parametrize("used", [False, True])
def test_a_link_is_looked_at_before_anything_is_hashed_for_it(
    database: Database, auth: Auth, account: Account, used: bool
) -> None:
    token = link(database, auth, account).token
    with database.read() as session:
        auth.check_setup_link(session, token, NOW)
    if used:
        use(database, auth, token)
    later = NOW if used else NOW + 72 * HOUR
    with database.read() as session, pytest.raises(LinkUsedOrExpired):
        auth.check_setup_link(session, token, later)


# --- changing it


def change_password(
    database: Database, auth: Auth, account: Account, password: str, keep: str | None = None
) -> None:
    with database.write() as session:
        auth.change_password(session, account, password, NOW, keep=keep)


@pytest.fixture
def owner(database: Database, auth: Auth, account: Account) -> Account:
    """The account with its password set, as whoever is signed in has it."""
    return use(database, auth, link(database, auth, account).token)


def test_a_changed_password_ends_all_sessions_but_the_owners(
    database: Database, auth: Auth, owner: Account
) -> None:
    own, other = sign_in(database, auth, owner).token, sign_in(database, auth, owner).token
    change_password(database, auth, owner, "another password", keep=own)
    assert who(database, auth, own).id == owner.id
    with pytest.raises(NotSignedIn):
        who(database, auth, other)
    login(database, auth, owner.login, "another password")
    with pytest.raises(WrongLogin):
        login(database, auth, owner.login)


def test_a_changed_password_ends_no_sessions_of_others(
    database: Database, auth: Auth, owner: Account
) -> None:
    token = sign_in(database, auth, add_account(database, "hr-1", "hr")).token
    change_password(database, auth, owner, "another password")
    who(database, auth, token)


def test_a_changed_password_ends_an_open_link(database: Database, auth: Auth, owner: Account) -> None:
    token = link(database, auth, owner).token
    change_password(database, auth, owner, "another password")
    with pytest.raises(LinkUsedOrExpired):
        use(database, auth, token)


@pytest.mark.parametrize("password", ["ninechars", "x" * 201, "19700101 199003 1 001", "Rahasia 1945"])
def test_a_weak_password_changes_nothing(
    database: Database, auth: Auth, owner: Account, password: str
) -> None:
    token = sign_in(database, auth, owner).token
    with pytest.raises(WeakPassword):
        change_password(database, auth, owner, password)
    who(database, auth, token)
    login(database, auth, owner.login)


def test_of_two_changes_at_once_the_second_is_refused(database: Database, auth: Auth, owner: Account) -> None:
    change_password(database, auth, owner, "the first password")
    with pytest.raises(WrongPassword):
        change_password(database, auth, owner, "the second password")
    login(database, auth, owner.login, "the first password")


def test_only_the_password_shows_the_owner(auth: Auth, owner: Account, database: Database) -> None:
    auth.verify_password(owner, PASSWORD)
    for somebody in (owner, add_account(database, "without-one", "hr")):
        with pytest.raises(WrongPassword):
            auth.verify_password(somebody, "wrong password")


# --- signing in


def test_every_refusal_is_the_same_and_takes_one_comparison(
    database: Database, auth: Auth, account: Account, hasher: CountingHasher
) -> None:
    add_account(database, "tanpa-sandi", "hr")
    use(database, auth, link(database, auth, account).token)
    gone = add_account(database, "197001011990031002")
    use(database, auth, link(database, auth, gone).token)
    change(database, "UPDATE employees SET active = 0 WHERE nip = '197001011990031002'")
    refusals = set()
    for name, password in [
        (account.login, "wrong password"),
        ("nobody", PASSWORD),
        ("tanpa-sandi", PASSWORD),
        (gone.login, PASSWORD),
        ("x" * 1000, PASSWORD),
        ("nul\0", PASSWORD),
        ("half \ud800", "half \ud800 a character"),
    ]:
        hasher.compared = 0
        with pytest.raises(HadirError) as refused:
            login(database, auth, name, password)
        assert hasher.compared == 1
        refusals.add((type(refused.value), refused.value.explain()))
    assert refusals == {(WrongLogin, WrongLogin().explain())}


def test_a_disabled_account_does_not_sign_in(database: Database, auth: Auth, account: Account) -> None:
    use(database, auth, link(database, auth, account).token)
    change(database, "UPDATE accounts SET disabled = 1")
    with pytest.raises(WrongLogin):
        login(database, auth, account.login)


@pytest.mark.parametrize("typed", ["19700101 199003 1 001", " 197001011990031001\n"])
def test_a_nip_may_be_typed_as_it_is_printed(
    database: Database, auth: Auth, account: Account, typed: str
) -> None:
    use(database, auth, link(database, auth, account).token)
    assert login(database, auth, typed).id == account.id
    assert normal_login(typed) == account.login


def test_an_accent_is_the_same_from_every_keyboard(database: Database, auth: Auth, account: Account) -> None:
    use(database, auth, link(database, auth, account).token, "re\u0301sume\u0301 rahasia")
    login(database, auth, account.login, "résumé rahasia")


def test_passwords_are_hashed_as_the_library_recommends(database: Database, account: Account) -> None:
    auth = Auth(SETTINGS)
    use(database, auth, link(database, auth, account).token)
    login(database, auth, account.login)
    with database.read() as session:
        stored = session.scalars(select(Account.password_hash)).one()
    assert stored is not None
    assert stored.startswith("$argon2id$")
    assert not Argon2Hasher().check_needs_rehash(stored)


# --- sessions


def test_a_session_is_its_accounts_with_the_employee(
    database: Database, auth: Auth, account: Account
) -> None:
    found = who(database, auth, sign_in(database, auth, account).token)
    assert found.id == account.id
    assert found.employee is not None
    assert found.employee.nip == account.login


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 10_000])
def test_a_made_up_token_is_nobodys(database: Database, auth: Auth, account: Account, token: str) -> None:
    sign_in(database, auth, account)
    with pytest.raises(NotSignedIn):
        who(database, auth, token)


def test_no_token_is_stored_or_shown(
    database: Database, auth: Auth, account: Account, tmp_path: Path
) -> None:
    tokens = [sign_in(database, auth, account), link(database, auth, account)]
    database.dispose()
    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for issued in tokens:
        assert issued.token.encode() not in stored
        assert issued.token not in repr(issued)


@pytest.mark.parametrize(("role", "idle"), [("hr", 12 * HOUR), ("employee", 720 * HOUR)])
def test_a_session_that_is_not_used_ends(database: Database, auth: Auth, role: Role, idle: timedelta) -> None:
    token = sign_in(database, auth, add_account(database, "someone", role)).token
    who(database, auth, token, NOW + idle - timedelta(seconds=1))
    with pytest.raises(NotSignedIn):
        who(database, auth, token, NOW + idle)


def test_use_keeps_a_session_alive_until_its_absolute_end(
    database: Database, auth: Auth, account: Account
) -> None:
    issued = sign_in(database, auth, account)
    assert issued.expires_at == NOW + 2160 * HOUR
    now = NOW
    while now + 700 * HOUR < issued.expires_at:
        now += 700 * HOUR
        who(database, auth, issued.token, now)
        with database.write() as session:
            auth.touch(session, issued.token, now)
    with pytest.raises(NotSignedIn):
        who(database, auth, issued.token, issued.expires_at)


def test_use_is_noted_every_few_minutes_only(database: Database, auth: Auth, account: Account) -> None:
    token = sign_in(database, auth, account).token

    def due(minutes: int) -> bool:
        with database.read() as session:
            return auth.touch_due(session, token, NOW + timedelta(minutes=minutes))

    assert [due(0), due(4), due(5)] == [False, False, True]
    with database.write() as session:
        auth.touch(session, token, NOW + timedelta(minutes=5))
    assert [due(9), due(10)] == [False, True]


def test_a_late_note_does_not_shorten_a_session(database: Database, auth: Auth, account: Account) -> None:
    token = sign_in(database, auth, account, NOW + HOUR).token
    with database.write() as session:
        auth.touch(session, token, NOW)
    who(database, auth, token, NOW + 720 * HOUR)


def test_a_closed_session_is_closed_and_no_other(database: Database, auth: Auth, account: Account) -> None:
    first, second = sign_in(database, auth, account), sign_in(database, auth, account)
    for _ in range(2):
        with database.write() as session:
            auth.close_session(session, first.token, NOW)
    with pytest.raises(NotSignedIn):
        who(database, auth, first.token)
    who(database, auth, second.token)


@pytest.mark.parametrize("change_to", ["accounts SET disabled = 1", "employees SET active = 0"])
def test_who_is_shut_out_is_so_at_once(
    database: Database, auth: Auth, account: Account, change_to: str
) -> None:
    token = sign_in(database, auth, account).token
    change(database, f"UPDATE {change_to}")
    with pytest.raises(NotSignedIn):
        who(database, auth, token)


@pytest.mark.parametrize("later", [720 * HOUR, 2160 * HOUR])
def test_ended_sessions_are_cleared_at_the_next_sign_in(
    database: Database, auth: Auth, account: Account, later: timedelta
) -> None:
    sign_in(database, auth, account)
    sign_in(database, auth, account, NOW + HOUR)
    sign_in(database, auth, account, NOW + later)
    with database.read() as session:
        kept = session.scalars(select(LoginSession.created_at)).all()
    assert NOW not in kept


def test_nothing_is_kept_when_the_use_case_fails(database: Database, auth: Auth, account: Account) -> None:
    def fail_after_signing_in() -> None:
        with database.write() as session:
            auth.open_session(session, account, "bearer", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_signing_in()
    with database.read() as session:
        assert session.scalars(select(LoginSession)).all() == []
