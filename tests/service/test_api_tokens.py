from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from service import api_tokens
from service.access_errors import NotSignedIn
from service.api_tokens import PREFIX, SCOPES, Made
from service.db.session import Database
from service.db.tables import Account
from service.errors import InvalidRequest, UnknownToken
from tests.service.conftest import FakeClock


@pytest.fixture
def admin(db: Database, clock: FakeClock) -> Account:
    with db.write() as session:
        account = Account(login="admin", role="admin", created_at=clock())
        session.add(account)
    return account


@pytest.fixture
def made(db: Database, admin: Account, clock: FakeClock) -> Made:
    with db.write() as session:
        return api_tokens.make(
            session, admin, name="  Payroll \n", scopes=["checkins:read", "employees:read"], now=clock()
        )


def owner(db: Database, token: str) -> Account:
    with db.read() as session:
        return api_tokens.row_of(session, token).account


def test_a_token_is_its_accounts_until_it_is_revoked(
    db: Database, admin: Account, made: Made, clock: FakeClock
) -> None:
    assert made.token.startswith(PREFIX)
    assert owner(db, made.token).id == admin.id
    for _ in range(2):
        with db.write() as session:
            api_tokens.revoke(session, made.row.id, clock(), by=admin.id)
        clock.advance(hours=1)
    with pytest.raises(NotSignedIn):
        owner(db, made.token)
    with db.read() as session:
        assert api_tokens.listed(session)[0].revoked_at == clock() - timedelta(hours=2)


def test_the_name_is_tidy_and_the_scopes_are_in_order(made: Made) -> None:
    assert made.row.name == "Payroll"
    assert made.row.scopes == ["employees:read", "checkins:read"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "bell \a"])
def test_a_token_needs_a_name(db: Database, admin: Account, clock: FakeClock, name: str) -> None:
    with pytest.raises(InvalidRequest), db.write() as session:
        api_tokens.make(session, admin, name=name, scopes=SCOPES, now=clock())


@pytest.mark.parametrize("scopes", [[], ["everything"], ["employees:read", "employees:*"]])
def test_scopes_are_of_a_closed_list(
    db: Database, admin: Account, clock: FakeClock, scopes: list[str]
) -> None:
    with pytest.raises(InvalidRequest), db.write() as session:
        api_tokens.make(session, admin, name="Payroll", scopes=scopes, now=clock())


def test_a_token_is_neither_stored_nor_shown_again(db: Database, made: Made, tmp_path: Path) -> None:
    content = b"".join(file.read_bytes() for file in tmp_path.glob("hadir.db*"))
    assert made.token.encode() not in content
    assert made.token not in repr(made)


def test_a_token_ends_with_its_account(db: Database, made: Made) -> None:
    with db.write() as session:
        session.execute(text("UPDATE accounts SET disabled = 1"))
    with pytest.raises(NotSignedIn):
        owner(db, made.token)


@pytest.mark.parametrize("token", ["", PREFIX, PREFIX + "x" * 43, "\ud800"])
def test_a_made_up_token_is_nobodys(db: Database, made: Made, token: str) -> None:
    with pytest.raises(NotSignedIn):
        owner(db, token)


def test_use_is_noted_every_few_minutes_only(db: Database, made: Made, clock: FakeClock) -> None:
    def use() -> bool:
        with db.read() as session:
            row = api_tokens.row_of(session, made.token)
        due = api_tokens.touch_due(row, clock())
        if due:
            with db.write() as session:
                api_tokens.touch(session, row, clock())
        return due

    assert [use(), use()] == [True, False]
    clock.advance(minutes=5)
    assert use()


def test_only_what_is_there_is_revoked(db: Database, made: Made, clock: FakeClock) -> None:
    with pytest.raises(UnknownToken), db.write() as session:
        api_tokens.revoke(session, made.row.id + 1, clock(), by=1)
