"""Roles and their limits, and that somebody administers."""

from collections.abc import Callable

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select

from service import people, people_search
from service.access_errors import LastAdmin, LinkUsedOrExpired, NotSignedIn, OwnRecord, UnitNeeded
from service.auth import Auth
from service.db.session import Database
from service.db.tables import Account, Role
from service.employee_rows import employee_row
from service.erasure import Erasure
from service.errors import InvalidRequest, UnknownAccount, UnknownEmployee, UnknownUnit
from service.evidence import EvidenceStore
from service.login_attempts import Delays
from service.placements import move_employee
from service.reach import Reach
from service.roles import Duty, duty_of, give_role, give_role_to_login
from service.settings import Settings
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put

PASSWORD = "rahasia sekali"
Hire = Callable[..., Account]


@pytest.fixture(scope="module")
def auth() -> Auth:
    return Auth(Settings(), PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))


@pytest.fixture
def units(db: Database, clock: FakeClock) -> dict[str, int]:
    return plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, clock())


@pytest.fixture
def hire(db: Database, auth: Auth, clock: FakeClock) -> Hire:
    def add(nip: str, role: Role = "employee", unit: str | None = None) -> Account:
        people.add_employee(db, auth, nip=nip, name="Siti", role=role, now=clock(), unit=unit)
        with db.read() as session:
            return session.scalars(select(Account).where(Account.login == nip)).one()

    return add


def test_an_account_gets_a_role_and_a_limit(
    db: Database, auth: Auth, hire: Hire, units: dict[str, int], clock: FakeClock
) -> None:
    hire("1")
    give_role(db, auth, nip="1", duty=Duty("hr", "DESA"), now=clock())
    assert duty_of(db, "1") == Duty("hr", "DESA")
    give_role(db, auth, nip="1", duty=Duty("auditor", None), now=clock())
    assert duty_of(db, "1") == Duty("auditor", None)


def test_who_has_no_account_is_an_employee_and_gets_one_with_the_role(
    db: Database, auth: Auth, clock: FakeClock
) -> None:
    put(db, "1", None, clock())
    assert duty_of(db, "1") == Duty("employee", None)
    give_role(db, auth, nip="1", duty=Duty("hr", None), now=clock())
    assert people.role_of(db, "1") == "hr"


@pytest.mark.parametrize("role", ["employee", "admin"])
def test_only_hr_and_auditors_are_limited(
    db: Database, auth: Auth, hire: Hire, units: dict[str, int], clock: FakeClock, role: Role
) -> None:
    hire("1", "hr")
    with pytest.raises(InvalidRequest):
        give_role(db, auth, nip="1", duty=Duty(role, "DESA"), now=clock())
    assert duty_of(db, "1") == Duty("hr", None)


def test_who_or_what_is_not_there_is_refused(db: Database, auth: Auth, hire: Hire, clock: FakeClock) -> None:
    hire("1")
    with pytest.raises(UnknownEmployee):
        give_role(db, auth, nip="9", duty=Duty("hr", None), now=clock())
    with pytest.raises(UnknownUnit):
        give_role(db, auth, nip="1", duty=Duty("hr", "NOTHING"), now=clock())
    with pytest.raises(UnknownAccount):
        give_role_to_login(db, auth, login="nobody", duty=Duty("hr", None), now=clock())


def test_a_new_role_ends_the_sessions(db: Database, auth: Auth, hire: Hire, clock: FakeClock) -> None:
    account = hire("1", "hr")
    with db.write() as session:
        issued = auth.open_session(session, account, "bearer", clock())
    give_role(db, auth, nip="1", duty=Duty("auditor", None), now=clock())
    with db.read() as session, pytest.raises(NotSignedIn):
        auth.account_for(session, issued.token, clock())


def test_a_link_made_for_an_employee_does_not_open_a_greater_account(
    db: Database, auth: Auth, clock: FakeClock
) -> None:
    _, link = people.add_employee(db, auth, nip="1", name="Siti", role="employee", now=clock())
    give_role(db, auth, nip="1", duty=Duty("admin", None), now=clock())
    with db.write() as session, pytest.raises(LinkUsedOrExpired):
        auth.use_setup_link(session, link.token, PASSWORD, clock())


def test_a_link_stays_when_only_the_limit_changes(
    db: Database, auth: Auth, units: dict[str, int], clock: FakeClock
) -> None:
    _, link = people.add_employee(db, auth, nip="1", name="Siti", role="hr", now=clock())
    give_role(db, auth, nip="1", duty=Duty("hr", "KEC"), now=clock())
    with db.write() as session:
        assert auth.use_setup_link(session, link.token, PASSWORD, clock()).login == "1"


def test_nobody_changes_their_own_role(db: Database, auth: Auth, hire: Hire, clock: FakeClock) -> None:
    hire("1", "admin")
    chief = hire("2", "admin")
    reach = Reach(everybody=True, employee_id=chief.employee_id)
    with pytest.raises(OwnRecord):
        give_role(db, auth, nip="2", duty=Duty("hr", None), now=clock(), reach=reach)


def test_an_account_that_is_no_employees_gets_a_role_by_its_login(
    db: Database, auth: Auth, units: dict[str, int], clock: FakeClock
) -> None:
    people.add_account(db, auth, login="inspektorat", role="auditor", now=clock())
    give_role_to_login(db, auth, login=" Inspektorat ", duty=Duty("auditor", "KEC"), now=clock())
    with db.read() as session:
        assert session.scalars(select(Account.unit_id)).one() == units["KEC"]
    with pytest.raises(InvalidRequest):
        give_role_to_login(db, auth, login="inspektorat", duty=Duty("employee", None), now=clock())


# --- there is always an administrator


def test_the_last_administrator_stays_one(db: Database, auth: Auth, hire: Hire, clock: FakeClock) -> None:
    hire("1", "admin")
    hire("2", "admin")
    give_role(db, auth, nip="1", duty=Duty("hr", None), now=clock())
    with pytest.raises(LastAdmin):
        give_role(db, auth, nip="2", duty=Duty("hr", None), now=clock())
    with pytest.raises(LastAdmin):
        give_role_to_login(db, auth, login="2", duty=Duty("employee", None), now=clock())
    assert duty_of(db, "2").role == "admin"


def test_an_administrator_who_has_left_does_not_count(
    db: Database, auth: Auth, hire: Hire, clock: FakeClock
) -> None:
    hire("1", "admin")
    hire("2", "admin")
    with db.write() as session:
        employee_row(session, "1").active = False
    with pytest.raises(LastAdmin):
        give_role(db, auth, nip="2", duty=Duty("hr", None), now=clock())


def test_the_last_administrator_is_not_erased(
    db: Database, auth: Auth, hire: Hire, evidence: EvidenceStore, delays: Delays, clock: FakeClock
) -> None:
    hire("1", "admin")
    with pytest.raises(LastAdmin):
        Erasure(db, evidence, delays).erase("1", clock())
    assert people_search.get_person(db, "1").active
    people.add_account(db, auth, login="another", role="admin", now=clock())
    Erasure(db, evidence, delays).erase("1", clock())


# --- who works where


def test_an_employee_is_moved_and_found_by_the_unit_or_one_above(
    db: Database, hire: Hire, units: dict[str, int], clock: FakeClock
) -> None:
    hire("1")
    move_employee(db, nip="1", unit="DESA", now=clock())
    person = people_search.get_person(db, "1")
    assert (person.unit, person.unit_name) == ("DESA", "Unit DESA")
    for unit, found in [("DESA", 1), ("KEC", 1), ("DINAS", 0), (people_search.IN_NO_UNIT, 0)]:
        assert people_search.find_people(db, unit=unit).total == found
    move_employee(db, nip="1", unit=None, now=clock())
    assert people_search.find_people(db, unit=people_search.IN_NO_UNIT).total == 1


def test_within_a_limit_people_are_added_and_moved_only_within_it(
    db: Database, auth: Auth, hire: Hire, units: dict[str, int], clock: FakeClock
) -> None:
    reach = Reach(unit_id=units["KEC"])
    for unit, error in [("DINAS", UnknownUnit), (None, UnitNeeded), ("NOTHING", UnknownUnit)]:
        with pytest.raises(error):
            people.add_employee(
                db, auth, nip="1", name="Siti", role="employee", now=clock(), unit=unit, reach=reach
            )
    person, _ = people.add_employee(
        db, auth, nip="1", name="Siti", role="employee", now=clock(), unit="DESA", reach=reach
    )
    assert person.unit == "DESA"
    move_employee(db, nip="1", unit="KEC", now=clock(), reach=reach)
    for unit, error in [("DINAS", UnknownUnit), (None, UnitNeeded)]:
        with pytest.raises(error):
            move_employee(db, nip="1", unit=unit, now=clock(), reach=reach)
    hire("2", unit="DINAS")
    with pytest.raises(UnknownEmployee):
        move_employee(db, nip="2", unit="KEC", now=clock(), reach=reach)


def test_who_is_erased_is_in_no_unit(
    db: Database, hire: Hire, units: dict[str, int], evidence: EvidenceStore, delays: Delays, clock: FakeClock
) -> None:
    hire("1", unit="DESA")
    Erasure(db, evidence, delays).erase("1", clock())
    with db.read() as session:
        assert session.scalars(select(Account)).one().employee.unit_id is None  # type: ignore[union-attr]


@pytest.mark.parametrize(("role", "limited"), [("hr", True), ("auditor", True), ("employee", False)])
def test_a_unit_of_a_new_account_limits_it_or_places_its_employee(
    db: Database, auth: Auth, units: dict[str, int], clock: FakeClock, role: Role, limited: bool
) -> None:
    people.add_account(db, auth, login="1", role=role, nip="1", name="Siti", now=clock(), unit="DESA")
    assert duty_of(db, "1") == Duty(role, "DESA" if limited else None)
    assert people_search.get_person(db, "1").unit == (None if limited else "DESA")


def test_an_administrator_has_no_unit(
    db: Database, auth: Auth, units: dict[str, int], clock: FakeClock
) -> None:
    with pytest.raises(InvalidRequest):
        people.add_account(db, auth, login="boss", role="admin", now=clock(), unit="DESA")
