from datetime import UTC, datetime

import pytest

from service.audit import AuditKeys
from service.db.tables import Account
from service.known_devices import KnownDevices

DEVICES = KnownDevices(AuditKeys(b"a" * 32))


def account(id_: int = 1, password_hash: str | None = "a hash") -> Account:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return Account(id=id_, login="dewi", role="hr", password_hash=password_hash, created_at=now)


def test_a_mark_names_its_device_again_and_again() -> None:
    mark = DEVICES.mark(account())
    name = DEVICES.name_of(account(), mark)
    assert name is not None
    assert DEVICES.name_of(account(), mark) == name


def test_two_devices_have_two_names() -> None:
    first, second = DEVICES.mark(account()), DEVICES.mark(account())
    assert DEVICES.name_of(account(), first) != DEVICES.name_of(account(), second)


def test_a_mark_says_nothing_of_anybody() -> None:
    mark = DEVICES.mark(account())
    assert "dewi" not in mark


def test_a_mark_is_one_accounts() -> None:
    assert DEVICES.name_of(account(2), DEVICES.mark(account(1))) is None


def test_a_mark_ends_with_the_password() -> None:
    assert DEVICES.name_of(account(password_hash="another"), DEVICES.mark(account())) is None


def test_a_mark_of_another_installation_is_none() -> None:
    assert KnownDevices(AuditKeys(b"b" * 32)).name_of(account(), DEVICES.mark(account())) is None


@pytest.mark.parametrize("position", [0, 31, 33, 96])
def test_a_changed_mark_is_none(position: int) -> None:
    mark = DEVICES.mark(account())
    other = "1" if mark[position] != "1" else "2"
    assert DEVICES.name_of(account(), mark[:position] + other + mark[position + 1 :]) is None


@pytest.mark.parametrize("mark", [None, "", ".", "ü" * 97, "0" * 32])
def test_what_is_no_mark_names_nothing(mark: str | None) -> None:
    assert DEVICES.name_of(account(), mark) is None


def test_nobody_has_a_device() -> None:
    assert DEVICES.name_of(None, DEVICES.mark(account())) is None
