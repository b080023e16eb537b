"""There is always somebody who administers: the last one is neither demoted nor removed."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from service.access_errors import LastAdmin
from service.db.tables import Account, Employee


def keep_an_admin(session: Session, leaving: ColumnElement[bool]) -> None:
    """To be called before the accounts that fit `leaving` stop to administer. Raises LastAdmin."""
    active = or_(Account.employee_id.is_(None), Employee.active)
    # Locked, in one order: of two administrators who remove each other one is second, and refused.
    admins = session.scalars(
        select(Account.id)
        .outerjoin(Employee, Employee.id == Account.employee_id)
        .where(Account.role == "admin", Account.disabled.is_(False), active)
        .order_by(Account.id)
        .with_for_update(of=Account)
    ).all()
    gone = session.scalars(select(Account.id).where(Account.id.in_(admins), leaving)).all()
    if gone and len(gone) == len(admins):
        raise LastAdmin
