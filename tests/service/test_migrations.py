import fcntl
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, create_engine, inspect, text
from sqlalchemy.schema import CreateTable

from service.db.all_tables import Base
from service.db.session import Database
from service.storage_errors import DatabaseTooNew


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'hadir.db'}"


@pytest.fixture
def migrated(url: str) -> Iterator[Engine]:
    upgrade(url)
    engine = create_engine(url)
    yield engine
    engine.dispose()


def upgrade(url: str) -> None:
    database = Database(url)
    try:
        database.upgrade()
    finally:
        database.dispose()


def normal(sql: str) -> str:
    return "".join(sql.split()).replace('"', "")


def test_the_migrations_give_what_the_tables_say(migrated: Engine) -> None:
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_migrations_give_every_check(migrated: Engine) -> None:
    inspector = inspect(migrated)
    for table in Base.metadata.sorted_tables:
        declared = {str(c.name): str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)}
        stored = {str(c["name"]): c["sqltext"] for c in inspector.get_check_constraints(table.name)}
        assert stored == declared


@pytest.mark.parametrize("name", ["gallery_changes", "login_attempts"])
def test_numbers_that_are_given_once_stay_so(migrated: Engine, name: str) -> None:
    table = Base.metadata.tables[name]
    with migrated.connect() as connection:
        stored = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name})
        assert normal(stored.scalar_one()) == normal(str(CreateTable(table).compile(migrated)))


def test_upgrading_again_changes_nothing(url: str, migrated: Engine) -> None:
    def tables() -> list[str]:
        with migrated.connect() as connection:
            return list(connection.scalars(text("SELECT sql FROM sqlite_master ORDER BY name")))

    before = tables()
    upgrade(url)
    assert tables() == before


def test_processes_that_start_together_all_find_the_tables(url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    starts = [spawn.Process(target=upgrade, args=(url,)) for _ in range(3)]
    for start in starts:
        start.start()
    for start in starts:
        start.join(60)
    assert [start.exitcode for start in starts] == [0, 0, 0]


def test_an_upgrade_waits_for_that_of_another_process_however_long(url: str, tmp_path: Path) -> None:
    with (tmp_path / "hadir.db.migrating").open("w") as lock, ThreadPoolExecutor(1) as thread:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiter = thread.submit(upgrade, url)
        with pytest.raises(TimeoutError):
            waiter.result(0.3)
        fcntl.flock(lock, fcntl.LOCK_UN)
        waiter.result(20)


def test_an_older_program_refuses_a_newer_database(url: str, migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew):
        upgrade(url)


def test_a_data_folder_may_have_any_name(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path / 'kantor 100% desa' / 'hadir.db'}")
