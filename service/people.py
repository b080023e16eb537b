"""The roster: employees and the accounts by which people sign in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from enrollment.nip import parse_nip
from service.attendance.day import local_date
from service.audit_notes import note, pseudonym
from service.auth import Auth, Issued, normal_login
from service.db.session import Database
from service.db.tables import Account, Employee, Role, Unit
from service.employee_rows import employee_row, managed_row
from service.errors import InvalidRequest, NipTaken, UnknownAccount
from service.people_search import Person, has_nip, person_of
from service.reach import EVERYBODY, LIMITED_ROLES, Reach
from service.second_factor import SecondFactor
from service.unit_changes import place
from service.units import held_unit, unit_within

LONGEST_NAME = 200
LONGEST_LOGIN = 64


@dataclass(frozen=True, slots=True)
class Named:
    nip: str
    name: str


def add_employee(
    db: Database,
    auth: Auth,
    *,
    nip: str,
    name: str,
    role: Role,
    now: datetime,
    unit: str | None = None,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> tuple[Person, Issued]:
    """A new employee with an account of the same login, and the token by which they set its password.

    by : the account id of whoever does it, here and below; None for the command line.

    Raises
    ------
    InvalidRequest : the NIP or the name is none.
    NipTaken : an employee or an account has this NIP.
    UnknownUnit, UnitNeeded : as `unit_within`.
    """
    try:
        with db.write() as session:
            placed = unit_within(session, unit, reach)
            employee = insert_employee(session, nip=nip, name=name, now=now, by=by)
            employee.unit = placed
            account = _insert_account(
                session, login=employee.nip, role=role, employee=employee, now=now, by=by
            )
            return person_of(employee, None), auth.make_setup_link(session, account, now, by=by)
    except IntegrityError:
        raise NipTaken from None


def add_account(
    db: Database,
    auth: Auth,
    *,
    login: str,
    role: Role,
    now: datetime,
    nip: str | None = None,
    name: str | None = None,
    unit: str | None = None,
    zone: tzinfo = UTC,
) -> Issued:
    """A new account, and the token by which its owner sets the password.

    With `nip` it is that employee's; with `name` too, the employee is made. Without, it belongs to someone who
    doesn't check in. `unit` is the limit of HR and of an auditor, and where an employee works, from today on by
    the clock of `zone`.

    Raises
    ------
    InvalidRequest : the login, the NIP or the name is none, an account of the role "employee" has no NIP, or an
        administrator has a unit.
    UnknownEmployee : nobody has this NIP, and no name is given.
    NipTaken : the login is taken, or the employee has an account.
    UnknownUnit
    """
    if role == "employee" and nip is None:
        raise _invalid("nip")
    try:
        with db.write() as session:
            employee = None
            if nip is not None and name is not None:
                employee = insert_employee(session, nip=nip, name=name, now=now)
            elif nip is not None:
                employee = employee_row(session, nip)
            account = _insert_account(session, login=login, role=role, employee=employee, now=now)
            if unit is not None:
                new = name is not None
                _place_or_limit(session, account, held_unit(session, unit), new, local_date(now, zone), now)
            return auth.make_setup_link(session, account, now)
    except IntegrityError:
        raise NipTaken from None


def names_of(db: Database, employee_ids: Collection[int], *, reach: Reach = EVERYBODY) -> dict[int, Named]:
    """NIP and name by employee id, of those that are there and within reach."""
    with db.read() as session:
        found = session.scalars(select(Employee).where(Employee.id.in_(employee_ids), reach.people))
        return {row.id: Named(row.nip, row.name) for row in found}


def names_by_nip(db: Database, nips: Collection[str], *, reach: Reach = EVERYBODY) -> dict[str, str]:
    """Of those who are there and within reach."""
    with db.read() as session:
        found = select(Employee).where(Employee.nip.in_(nips), Employee.erased_at.is_(None), reach.people)
        return {row.nip: row.name for row in session.scalars(found)}


def role_of(db: Database, nip: str, *, reach: Reach = EVERYBODY) -> Role:
    """The role of an employee's account; "employee" for one who has no account. Raises UnknownEmployee."""
    with db.read() as session:
        employee = employee_row(session, nip, reach)
        role = session.scalar(select(Account.role).where(Account.employee_id == employee.id))
        return role or "employee"


def has_second_factor(db: Database, nip: str) -> bool:
    """Whether an employee's account has an authenticator app; False where there is no such employee."""
    with db.read() as session:
        mine = select(Account.id).join(Employee).where(*has_nip(nip), Account.totp_confirmed_at.is_not(None))
        return session.scalar(mine) is not None


def renew_setup_link(
    db: Database,
    auth: Auth,
    *,
    nip: str,
    now: datetime,
    second_factor: SecondFactor | None = None,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> Issued:
    """A new one-time link for an employee; the earlier one stops working.

    With `second_factor` their authenticator app is removed at once: the phone was lost, the recovery codes too.
    Until the link is used nobody signs in then, and the sessions on the lost phone end.

    Raises
    ------
    UnknownEmployee, OwnRecord
    NipTaken : the employee has no account yet, and somebody else's has their NIP for its login.
    """
    try:
        with db.write() as session:
            account = account_of(session, managed_row(session, nip, reach), now, by)
            return _reset(session, auth, account, now, second_factor, by)
    except IntegrityError:
        raise NipTaken from None


def reset_account(
    db: Database, auth: Auth, *, login: str, now: datetime, second_factor: SecondFactor | None = None
) -> Issued:
    """As `renew_setup_link`, for any account, also one that is no employee's. Raises UnknownAccount."""
    with db.write() as session:
        account = session.scalar(select(Account).where(Account.login == normal_login(login)))
        if account is None:
            raise UnknownAccount
        return _reset(session, auth, account, now, second_factor, by=None)


def _reset(
    session: Session,
    auth: Auth,
    account: Account,
    now: datetime,
    second_factor: SecondFactor | None,
    by: int | None,
) -> Issued:
    if second_factor is not None:
        second_factor.remove(session, account.id, now, by=by)
        # Whoever has learnt the password must not get in by it alone.
        account.password_hash = None
        auth.end_sessions(session, account.id)
    return auth.make_setup_link(session, account, now, by=by)


def first_admin(db: Database, auth: Auth, *, login: str, now: datetime) -> Issued | None:
    """A link for the first administrator, again until its password is set; None from then on."""
    with db.write() as session:
        admins = session.scalars(select(Account).where(Account.role == "admin").order_by(Account.id)).all()
        if any(admin.password_hash is not None for admin in admins):
            return None
        admin = (
            admins[0]
            if admins
            else _insert_account(session, login=login, role="admin", employee=None, now=now)
        )
        return auth.make_setup_link(session, admin, now)


def insert_employee(
    session: Session, *, nip: str, name: str, now: datetime, by: int | None = None
) -> Employee:
    """Raises InvalidRequest, and IntegrityError when the NIP is taken."""
    parsed = parse_nip(nip)
    if parsed is None:
        raise _invalid("nip")
    employee = Employee(nip=parsed, name=tidy_name(name), active=True, created_at=now)
    session.add(employee)
    session.flush()
    subject = f"employee:{employee.id}"
    note(session, "employee_added", subject, by=by, at=now, nip=pseudonym(session, parsed))
    return employee


def tidy_name(name: str) -> str:
    """Raises InvalidRequest."""
    tidied = " ".join(name.split())
    if not tidied or len(tidied) > LONGEST_NAME or not tidied.isprintable():
        raise _invalid("name")
    return tidied


def account_of(session: Session, employee: Employee, now: datetime, by: int | None) -> Account:
    """Made when there is none: employees that came with their photos have not got one."""
    account = session.scalar(select(Account).where(Account.employee_id == employee.id))
    return account or _insert_account(
        session, login=employee.nip, role="employee", employee=employee, now=now, by=by
    )


def _insert_account(
    session: Session,
    *,
    login: str,
    role: Role,
    employee: Employee | None,
    now: datetime,
    by: int | None = None,
) -> Account:
    stored = normal_login(login)
    if not stored or len(stored) > LONGEST_LOGIN or not stored.isprintable():
        raise _invalid("login")
    account = Account(login=stored, role=role, employee=employee, disabled=False, created_at=now)
    session.add(account)
    session.flush()
    owner = employee.id if employee is not None else None
    note(session, "account_added", f"account:{account.id}", by=by, at=now, role=role, employee=owner)
    return account


def _place_or_limit(
    session: Session, account: Account, unit: Unit, new: bool, today: date, now: datetime
) -> None:
    if account.role in LIMITED_ROLES:
        account.unit_id = unit.id
    elif account.role == "employee" and account.employee is not None:
        if new:
            account.employee.unit = unit
        else:
            place(session, account.employee, unit.id, today, today=today, now=now)
    else:
        raise _invalid("unit")


def _invalid(field: str) -> InvalidRequest:
    return InvalidRequest(fields=[{"field": field, "problem": "not valid"}])
