from datetime import datetime

import pytest
from sqlalchemy import select

from service import consent
from service.consent import CURRENT_VERSION, TEXTS, Consented
from service.db.session import Database
from service.db.tables import Consent
from service.i18n import LANGUAGES, Language
from tests.service.conftest import FakeClock
from tests.service.made_up import add_employee


@pytest.fixture
def siti(db: Database, clock: FakeClock) -> int:
    return add_employee(db, "1", clock())


def give(db: Database, employee_id: int, now: datetime, language: Language = "id") -> None:
    with db.write() as session:
        consent.record(session, employee_id, Consented(language), by=None, now=now)


def test_it_says_what_was_agreed_to_when_and_in_which_language(
    db: Database, siti: int, clock: FakeClock
) -> None:
    give(db, siti, clock(), "en")
    with db.read() as session:
        row = session.scalars(select(Consent)).one()
    assert (row.text_version, row.language, row.given_at) == (CURRENT_VERSION, "en", clock())
    assert row.withdrawn_at is None


def test_it_is_in_force_until_it_is_withdrawn(db: Database, siti: int, clock: FakeClock) -> None:
    give(db, siti, clock())
    with db.write() as session:
        assert consent.in_force(session, siti)
        consent.withdraw(session, siti, clock(), by=None)
        assert not consent.in_force(session, siti)


def test_a_withdrawal_is_not_moved_by_a_later_one(db: Database, siti: int, clock: FakeClock) -> None:
    give(db, siti, clock())
    first = clock()
    for _ in range(2):
        with db.write() as session:
            consent.withdraw(session, siti, clock(), by=None)
        clock.advance(hours=1)
    with db.read() as session:
        assert session.scalars(select(Consent.withdrawn_at)).one() == first


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("version", TEXTS)
def test_every_version_can_be_read_again_in_every_language(version: str, language: Language) -> None:
    assert len(consent.text_of(version, language)) > 100


def test_the_last_version_is_the_current_one() -> None:
    assert list(TEXTS)[-1] == CURRENT_VERSION
