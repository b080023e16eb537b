"""What an account may do: its role, and the unit that the role is limited to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.audit_notes import note
from service.auth import Auth, normal_login
from service.db.session import Database
from service.db.tables import Account, Role, SetupLink, Unit
from service.employee_rows import employee_row, managed_row
from service.errors import InvalidRequest, NipTaken, UnknownAccount
from service.last_admin import keep_an_admin
from service.people import account_of
from service.reach import EVERYBODY, LIMITED_ROLES, Reach
from service.units import held_unit


@dataclass(frozen=True, slots=True)
class Duty:
    """`unit`: the code of the unit that the account is limited to, with all below it; None reaches everybody."""

    role: Role
    unit: str | None


def duty_of(db: Database, nip: str) -> Duty:
    """Of an employee's account, and of an employee who has none yet. Raises UnknownEmployee."""
    with db.read() as session:
        employee = employee_row(session, nip)
        account = session.scalar(select(Account).where(Account.employee_id == employee.id))
        if account is None:
            return Duty("employee", None)
        unit = None if account.unit_id is None else session.get_one(Unit, account.unit_id)
        return Duty(account.role, unit.code if unit else None)


def give_role(
    db: Database,
    auth: Auth,
    *,
    nip: str,
    duty: Duty,
    now: datetime,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """Give an employee's account a role and a limit, and sign it out everywhere.

    An open one-time link ends with the role that it was made for: whoever holds it must not get the new one.

    Raises
    ------
    UnknownEmployee, UnknownUnit
    InvalidRequest : the role has no limit.
    OwnRecord : nobody changes their own.
    LastAdmin : there would be no administrator left.
    NipTaken : the employee has no account yet, and somebody else's has their NIP for its login.
    """
    try:
        with db.write() as session:
            account = account_of(session, managed_row(session, nip, reach), now, by)
            _give(session, auth, account, duty, now, by)
    except IntegrityError:
        raise NipTaken from None


def give_role_to_login(
    db: Database,
    auth: Auth,
    *,
    login: str,
    duty: Duty,
    now: datetime,
    by: int | None = None,
) -> None:
    """As `give_role`, for any account, also one that is no employee's.

    Raises
    ------
    UnknownAccount, UnknownUnit, LastAdmin
    InvalidRequest : the role has no limit, or "employee" is none for an account that is no employee's.
    """
    with db.write() as session:
        account = session.scalar(select(Account).where(Account.login == normal_login(login)))
        if account is None:
            raise UnknownAccount
        _give(session, auth, account, duty, now, by)


def _give(session: Session, auth: Auth, account: Account, duty: Duty, now: datetime, by: int | None) -> None:
    if duty.unit is not None and duty.role not in LIMITED_ROLES:
        raise InvalidRequest(
            fields=[{"field": "unit", "problem": "only HR and auditors are limited to a unit"}]
        )
    if duty.role == "employee" and account.employee_id is None:
        raise InvalidRequest(fields=[{"field": "role", "problem": "the account is no employee's"}])
    if duty.role != "admin":
        keep_an_admin(session, Account.id == account.id)
    if duty.role != account.role:
        session.execute(
            delete(SetupLink).where(SetupLink.account_id == account.id, SetupLink.used_at.is_(None))
        )
    before = {"role_before": account.role, "unit_before": account.unit_id}
    account.role = duty.role
    account.unit_id = None if duty.unit is None else held_unit(session, duty.unit).id
    subject = f"account:{account.id}"
    note(session, "role_changed", subject, by=by, at=now, role=duty.role, unit=account.unit_id, **before)
    auth.end_sessions(session, account.id)
