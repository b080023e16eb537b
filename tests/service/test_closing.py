from datetime import timedelta

import pytest
from sqlalchemy import select

from service.closed_months import snapshots_of
from service.db.session import Database
from tests.service.closing_office import OCTOBER, ClosingOffice, open_closing_office
from tests.service.conftest import FakeClock


@pytest.fixture
def office(db: Database, clock: FakeClock):
    with open_closing_office(db, clock) as office:
        yield office


def test_a(office):
    print(office.close("DESA"))
    with office.db.read() as s:
        print(snapshots_of(s, OCTOBER))
    assert 0
