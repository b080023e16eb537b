"""One person of each role, whose session lasts, and people and things for the others to act on."""

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, delete, select

from service import api_tokens, people, wiring
from service.db.tables import Account, LoginAttempts, Role
from service.settings import Settings
from service.wiring import Services
from tests.service.made_up import enrol, unit_vector

VISITOR = "visitor"
EMPLOYED: tuple[Role, ...] = ("employee", "hr", "auditor")
# The first account of an installation is nobody's employee's.
ADMIN = "root"


@dataclass(frozen=True, slots=True)
class Roles:
    """Beside a running service, on its database."""

    services: Services
    accounts: dict[str, int]

    @property
    def names(self) -> list[str]:
        return [VISITOR, *self.accounts]

    def headers(self, role: str) -> dict[str, str]:
        """Of a new session: whatever was done in an earlier one, this one is open."""
        return {} if role == VISITOR else {"Authorization": f"Bearer {self.token(role)}"}

    def token(self, role: str) -> str:
        return self._sign_in(Account.id == self.accounts[role])

    def token_of(self, nip: str) -> str:
        return self._sign_in(Account.login == nip)

    def _sign_in(self, whom: ColumnElement[bool]) -> str:
        with self.services.db.write() as session:
            account = session.scalars(select(Account).where(whom)).one()
            issued = self.services.auth.open_session(session, account, "bearer", self.services.clock())
        return issued.token

    def somebody(self) -> str:
        """The NIP of somebody new, who is enrolled."""
        nip = uuid.uuid4().hex
        account_id = _add(self.services, nip, "employee")
        with self.services.db.read() as session:
            employee_id = session.get_one(Account, account_id).employee_id
        assert employee_id is not None
        face = unit_vector(employee_id)
        enrol(self.services.db, self.services.ring, employee_id, face, self.services.clock())
        return nip

    def a_token(self) -> int:
        """The id of a program's new token."""
        with self.services.db.write() as session:
            account = session.get_one(Account, self.accounts["admin"])
            made = api_tokens.make(
                session, account, name="Payroll", scopes=["employees:read"], now=self.services.clock()
            )
            return made.row.id

    def forget_failures(self) -> None:
        """Failed passwords make everybody wait who comes from the same address, which is all of these tests."""
        with self.services.db.write() as session:
            session.execute(delete(LoginAttempts))


@contextmanager
def roles_beside(data_dir: Path) -> Iterator[Roles]:
    with closing(wiring.build(Settings(data_dir=data_dir))) as services:
        accounts = {str(role): _add(services, uuid.uuid4().hex, role) for role in EMPLOYED}
        now = services.clock()
        people.add_account(services.db, services.auth, login=ADMIN, role="admin", now=now)
        with services.db.read() as session:
            accounts["admin"] = session.scalars(select(Account.id).where(Account.login == ADMIN)).one()
        yield Roles(services, accounts)


def _add(services: Services, nip: str, role: Role) -> int:
    people.add_employee(
        services.db, services.auth, nip=nip, name=f"Pegawai {nip}", role=role, now=services.clock()
    )
    with services.db.read() as session:
        return session.scalars(select(Account.id).where(Account.login == nip)).one()
