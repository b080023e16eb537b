"""An organisation whose people are signed in and enrolled, made before its service starts."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from service import people, wiring
from service.db.tables import Account
from service.settings import Settings
from tests.service.made_up import enrol, unit_vector

FIRST_NIP = 199001010000000000


@dataclass(frozen=True, slots=True)
class Office:
    """`tokens`: of signed-in employees, in order."""

    data_dir: Path
    tokens: tuple[str, ...]


def make_office(data_dir: Path, employees: int) -> Office:
    with closing(wiring.build(Settings(data_dir=data_dir))) as services:
        tokens = []
        for number in range(employees):
            nip = str(FIRST_NIP + number)
            now = services.clock()
            people.add_employee(
                services.db, services.auth, nip=nip, name=f"Pegawai {number}", role="employee", now=now
            )
            with services.db.write() as session:
                account = session.query(Account).filter_by(login=nip).one()
                employee_id = account.employee_id
                tokens.append(services.auth.open_session(session, account, "bearer", now).token)
            assert employee_id is not None
            enrol(services.db, services.ring, employee_id, unit_vector(number), now)
    return Office(data_dir, tuple(tokens))
