"""The roster and the accounts of the people in it."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func, select

from service import employee_rows, people, people_search, totp
from service.access_errors import LinkUsedOrExpired
from service.auth import Auth
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Account, Employee, Role, SetupLink
from service.errors import InvalidRequest, NipTaken, UnknownAccount, UnknownEmployee
from service.people_search import PAGE_SIZE, Person
from service.second_factor import SecondFactor
from service.settings import Settings
from tests.service.conftest import FakeClock
from tests.service.made_up import enrol, unit_vector

PASSWORD = "rahasia sekali"
Hire = Callable[..., Person]


@pytest.fixture(scope="module")
def auth() -> Auth:
    return Auth(Settings(), PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))


@pytest.fixture
def hire(db: Database, auth: Auth, clock: FakeClock) -> Hire:
    def add(nip: str, name: str = "Siti", role: Role = "employee") -> Person:
        return people.add_employee(db, auth, nip=nip, name=name, role=role, now=clock())[0]

    return add


def _account(db: Database, login: str) -> Account:
    with db.read() as session:
        return session.scalars(select(Account).where(Account.login == login)).one()


def _count(db: Database, table: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_new_employee_has_an_account_of_their_nip(db: Database, hire: Hire) -> None:
    person = hire("19850330 200312 1 002", "  Siti   Rahmawati ", "hr")
    assert person == Person("198503302003121002", "Siti Rahmawati", active=True, enrolled=False, photos=0)
    account = _account(db, "198503302003121002")
    assert (account.role, account.password_hash, account.disabled) == ("hr", None, False)


def test_the_link_of_a_new_employee_sets_their_password(db: Database, auth: Auth, clock: FakeClock) -> None:
    _, link = people.add_employee(db, auth, nip="1", name="Siti", role="employee", now=clock())
    with db.write() as session:
        auth.use_setup_link(session, link.token, PASSWORD, clock())
    with db.read() as session:
        assert auth.login(session, "1", PASSWORD).login == "1"


def test_a_nip_is_given_once(db: Database, hire: Hire) -> None:
    hire("1")
    with pytest.raises(NipTaken):
        hire("1", "Budi")
    assert _count(db, Employee) == 1


def test_nips_that_differ_in_case_only_would_be_one_login(db: Database, hire: Hire) -> None:
    hire("thl-1")
    with pytest.raises(NipTaken):
        hire("THL-1")
    assert _count(db, Employee) == 1


@pytest.mark.parametrize("nip", ["", "a/b", "../x", "x" * 65])
def test_what_is_no_nip_is_refused(db: Database, hire: Hire, nip: str) -> None:
    with pytest.raises(InvalidRequest):
        hire(nip)
    assert _count(db, Employee) == 0


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "Siti\x00", "Siti\ud800"])
def test_what_is_no_name_is_refused(hire: Hire, name: str) -> None:
    with pytest.raises(InvalidRequest):
        hire("1", name)


def test_people_come_by_name_a_page_at_a_time(db: Database, hire: Hire) -> None:
    for number in range(PAGE_SIZE + 2):
        hire(str(number), f"{'ab'[number % 2]}{number:03}")
    first, second = people_search.find_people(db), people_search.find_people(db, page=2)
    assert (first.total, first.pages, second.page) == (PAGE_SIZE + 2, 2, 2)
    names = [person.name for person in first.people + second.people]
    assert names == sorted(names)
    assert len(names) == PAGE_SIZE + 2


def test_nobody_is_one_empty_page(db: Database) -> None:
    assert people_search.find_people(db) == people_search.PeoplePage(0, 1, 1, ())


def test_a_page_past_the_end_is_empty(db: Database, hire: Hire) -> None:
    hire("1")
    page = people_search.find_people(db, page=9)
    assert (page.total, page.people) == (1, ())


@pytest.mark.parametrize("page", [0, -1, 2**63])
def test_what_is_no_page_is_refused(db: Database, page: int) -> None:
    with pytest.raises(InvalidRequest):
        people_search.find_people(db, page=page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Budi 100%", "siti B", "Siti_A"]),
        ("SITI", ["siti B", "Siti_A"]),
        ("ti_", ["Siti_A"]),
        ("100%", ["Budi 100%"]),
        ("1985", ["siti B"]),
        ("1985 03", ["siti B"]),
        ("503", []),
        ("\x00\ud800", ["Budi 100%", "siti B", "Siti_A"]),
    ],
)
def test_people_are_found_by_part_of_the_name_or_the_start_of_the_nip(
    db: Database, hire: Hire, query: str, found: list[str]
) -> None:
    for nip, name in [("1", "Budi 100%"), ("2", "Siti_A"), ("198503", "siti B")]:
        hire(nip, name)
    assert [person.name for person in people_search.find_people(db, query=query).people] == found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=30))
def test_no_query_fails(query: str, db: Database) -> None:
    assert people_search.find_people(db, query=query).total == 0


def test_an_enrolled_person_shows_with_their_photos(
    db: Database, hire: Hire, ring: KeyRing, clock: FakeClock
) -> None:
    hire("1")
    with db.read() as session:
        employee_id = employee_rows.employee_row(session, "1").id
    enrol(db, ring, employee_id, unit_vector(1), clock())
    assert people_search.get_person(db, "1") == Person("1", "Siti", active=True, enrolled=True, photos=1)
    assert people_search.find_people(db).people[0].enrolled


def test_an_unknown_nip_is_nobody(db: Database) -> None:
    with pytest.raises(UnknownEmployee):
        people_search.get_person(db, "1")
    with pytest.raises(UnknownEmployee):
        people_search.get_person(db, "no nip/")


def test_a_renewed_link_replaces_the_first(db: Database, auth: Auth, clock: FakeClock) -> None:
    _, first = people.add_employee(db, auth, nip="1", name="Siti", role="employee", now=clock())
    second = people.renew_setup_link(db, auth, nip="1", now=clock())
    with db.write() as session, pytest.raises(LinkUsedOrExpired):
        auth.use_setup_link(session, first.token, PASSWORD, clock())
    with db.write() as session:
        assert auth.use_setup_link(session, second.token, PASSWORD, clock()).login == "1"


def test_any_account_is_reset_by_its_login(db: Database, auth: Auth, clock: FakeClock) -> None:
    people.add_account(db, auth, login="admin", role="admin", now=clock())
    link = people.reset_account(db, auth, login=" Admin", now=clock())
    with db.write() as session:
        assert auth.use_setup_link(session, link.token, PASSWORD, clock()).login == "admin"
    with pytest.raises(UnknownAccount):
        people.reset_account(db, auth, login="nobody", now=clock())


@pytest.mark.parametrize("lost", [False, True])
def test_a_reset_removes_the_authenticator_app_only_when_it_is_lost(
    db: Database, auth: Auth, ring: KeyRing, clock: FakeClock, lost: bool
) -> None:
    people.add_account(db, auth, login="admin", role="admin", now=clock())
    second_factor = SecondFactor(ring, required=True)
    account_id = _account(db, "admin").id
    with db.write() as session:
        secret = base64.b32decode(second_factor.start(session, account_id).secret)
    with db.write() as session:
        second_factor.confirm(session, account_id, totp.code(secret, totp.step_at(clock())), clock())
    people.reset_account(db, auth, login="admin", now=clock(), second_factor=second_factor if lost else None)
    assert second_factor.is_missing(_account(db, "admin")) == lost


def test_an_employee_without_an_account_gets_one_with_the_link(
    db: Database, auth: Auth, clock: FakeClock
) -> None:
    with db.write() as session:
        people.insert_employee(session, nip="1", name="1", now=clock())
    assert people.role_of(db, "1") == "employee"
    people.renew_setup_link(db, auth, nip="1", now=clock())
    assert _account(db, "1").role == "employee"


def test_an_employee_cannot_take_over_an_account_that_is_not_theirs(
    db: Database, auth: Auth, clock: FakeClock
) -> None:
    people.add_account(db, auth, login="admin", role="admin", now=clock())
    with db.write() as session:
        people.insert_employee(session, nip="ADMIN", name="Mallory", now=clock())
    with pytest.raises(NipTaken):
        people.renew_setup_link(db, auth, nip="ADMIN", now=clock())
    assert _account(db, "admin").employee_id is None


def test_an_account_may_belong_to_nobody_on_the_roster(db: Database, auth: Auth, clock: FakeClock) -> None:
    people.add_account(db, auth, login="Inspektorat", role="auditor", now=clock())
    assert _account(db, "inspektorat").employee_id is None


def test_an_account_may_be_an_employees_under_another_login(
    db: Database, auth: Auth, clock: FakeClock
) -> None:
    people.add_account(db, auth, login="siti", role="hr", nip="1", name="Siti", now=clock())
    assert people.role_of(db, "1") == "hr"


def test_an_account_for_an_employee_needs_an_employee(db: Database, auth: Auth, clock: FakeClock) -> None:
    with pytest.raises(InvalidRequest):
        people.add_account(db, auth, login="siti", role="employee", now=clock())
    with pytest.raises(UnknownEmployee):
        people.add_account(db, auth, login="siti", role="employee", nip="1", now=clock())
    assert _count(db, Account) == 0


def test_an_employee_has_one_account(db: Database, auth: Auth, hire: Hire, clock: FakeClock) -> None:
    hire("1")
    with pytest.raises(NipTaken):
        people.add_account(db, auth, login="another", role="hr", nip="1", now=clock())


def test_the_first_admin_gets_a_link_until_the_password_is_set(
    db: Database, auth: Auth, clock: FakeClock
) -> None:
    assert people.first_admin(db, auth, login="admin", now=clock()) is not None
    link = people.first_admin(db, auth, login="admin", now=clock())
    assert link is not None
    assert (_count(db, Account), _count(db, SetupLink)) == (1, 1)
    with db.write() as session:
        auth.use_setup_link(session, link.token, PASSWORD, clock())
    assert people.first_admin(db, auth, login="admin", now=clock()) is None
