import multiprocessing
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier, Event

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from service.db.session import Database
from service.db.tables import Account, Employee, GalleryChange
from service.storage_errors import StorageUnavailable

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
WRITES = 40
PROCESSES = 4


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'hadir.db'}")
    database.upgrade()
    yield database
    database.dispose()


def employee(nip: str) -> Employee:
    return Employee(nip=nip, name="Siti Rahma", created_at=NOW)


def people(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Employee)) or 0


def read_then_write(database: Database, name: str, count: int) -> None:
    """Transactions that read first: deferred ones would fail under load."""
    for number in range(count):
        with database.write() as session:
            session.scalar(select(func.count()).select_from(Employee))
            session.add(employee(f"{name}-{number}"))


def write_in_a_process(url: str, name: str) -> None:
    database = Database(url)
    read_then_write(database, name, WRITES)
    database.dispose()


def test_two_threads_that_read_and_write_never_meet_a_locked_database(database: Database) -> None:
    start = Barrier(2)

    def write(name: str) -> None:
        start.wait()
        read_then_write(database, name, WRITES)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, ["a", "b"]))
    assert people(database) == 2 * WRITES


def test_four_processes_that_read_and_write_never_meet_a_locked_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hadir.db'}"
    database = Database(url)
    database.upgrade()
    spawn = multiprocessing.get_context("spawn")
    writers = [
        spawn.Process(target=write_in_a_process, args=(url, f"process{number}"))
        for number in range(PROCESSES)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * PROCESSES
    assert people(database) == PROCESSES * WRITES
    database.dispose()


def test_a_writer_waits_for_another_from_its_first_statement(database: Database) -> None:
    begun, released = Event(), Event()

    def hold() -> None:
        with database.write() as session:
            session.scalar(select(1))
            begun.set()
            released.wait(5)

    with ThreadPoolExecutor(2) as threads:
        holder = threads.submit(hold)
        assert begun.wait(5)
        waiter = threads.submit(read_then_write, database, "waiter", 1)
        with pytest.raises(TimeoutError):
            waiter.result(0.2)
        released.set()
        holder.result(5)
        waiter.result(5)


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as session:
        session.add(employee("1"))
        session.flush()
        assert people(database) == 0


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Employee)) == 0
        read_then_write(database, "later", 1)
        assert session.scalar(select(func.count()).select_from(Employee)) == 0


def test_an_error_rolls_the_whole_use_case_back(database: Database) -> None:
    def fail_halfway() -> None:
        with database.write() as session:
            session.add(employee("1"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert people(database) == 0


def test_writing_in_a_reading_transaction_is_refused(database: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"), database.read() as session:
        session.add(employee("1"))
    with pytest.raises(OperationalError, match="readonly"), database.read() as session:
        session.execute(text("DELETE FROM employees"))


def test_a_connection_that_read_can_write_afterwards(database: Database) -> None:
    assert people(database) == 0
    read_then_write(database, "after", 1)
    assert people(database) == 1


def test_rows_stay_readable_after_their_transaction(database: Database) -> None:
    with database.write() as session:
        row = employee("1")
        session.add(row)
    assert row.nip == "1"


def test_a_file_is_durable_and_keeps_foreign_keys(database: Database, tmp_path: Path) -> None:
    for scope in (database.read, database.write):
        with scope() as session:
            assert session.scalar(text("PRAGMA synchronous")) == 2
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
            assert session.scalar(text("PRAGMA busy_timeout")) == 10_000
            assert session.scalar(text("PRAGMA journal_mode")) == "wal"


def test_an_account_of_nobody_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.write() as session:
        session.add(Account(login="x", role="hr", employee_id=99, created_at=NOW))


def test_a_role_that_does_not_exist_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError, match="ck_accounts_role"), database.write() as session:
        session.add(Account(login="x", role="root", created_at=NOW))


def test_a_time_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without zone"), database.write() as session:
        session.add(Employee(nip="1", name="Siti", created_at=NOW.replace(tzinfo=None)))


def test_a_time_comes_back_as_the_same_moment_in_utc(database: Database) -> None:
    jayapura = NOW.astimezone(timezone(timedelta(hours=9)))
    with database.write() as session:
        session.add(Employee(nip="1", name="Siti", created_at=jayapura))
    with database.read() as session:
        stored = session.scalars(select(Employee.created_at)).one()
        found = session.scalar(select(Employee.id).where(Employee.created_at <= jayapura))
    assert stored == NOW
    assert stored.tzinfo is UTC
    assert found is not None


def test_a_gallery_version_is_never_given_twice(database: Database) -> None:
    def change() -> int:
        with database.write() as session:
            row = GalleryChange(employee_id=1, changed_at=NOW)
            session.add(row)
            session.flush()
            return row.version

    first = change()
    with database.write() as session:
        session.execute(text("DELETE FROM gallery_changes"))
    assert change() > first


def test_ping_fails_where_there_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'folder.db'}")
    with pytest.raises(OperationalError):
        database.ping()
    database.dispose()


def test_nothing_is_written_to_or_read_from_a_file_that_was_removed_or_replaced(
    database: Database, tmp_path: Path
) -> None:
    file, away = tmp_path / "hadir.db", tmp_path / "away"
    with database.write() as session:
        session.add(employee("1"))
    file.rename(away)
    for other in (None, b"another database"):
        if other is not None:
            file.write_bytes(other)
        with pytest.raises(StorageUnavailable), database.write() as session:
            session.add(employee("2"))
        with pytest.raises(StorageUnavailable):
            people(database)
        with pytest.raises(StorageUnavailable):
            database.ping()
    away.rename(file)
    assert people(database) == 1


def test_no_empty_database_is_made_where_there_was_one(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'hadir.db'}")
    with pytest.raises(OperationalError):
        people(database)
    database.dispose()
    assert not (tmp_path / "hadir.db").exists()


def test_a_writer_that_waits_too_long_is_told_so_by_an_error_of_the_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.db.session.BUSY_TIMEOUT_S", 0.1)
    with ThreadPoolExecutor(1) as thread, database.write() as session:
        session.add(employee("1"))
        assert isinstance(thread.submit(read_then_write, database, "2", 1).exception(), NoConnectionFree)
    assert people(database) == 1


def test_a_database_locked_by_another_program_is_waited_for_and_then_told(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.db.session.BUSY_TIMEOUT_S", 0.1)
    with closing(sqlite3.connect(tmp_path / "hadir.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            read_then_write(database, "2", 1)
        other.execute("ROLLBACK")
    read_then_write(database, "2", 1)


def test_other_users_can_read_no_database_that_was_made(database: Database, tmp_path: Path) -> None:
    assert {file.stat().st_mode & 0o077 for file in tmp_path.glob("hadir.db*") if file.suffix == ".db"} == {0}


def test_other_users_cannot_enter_a_data_folder_that_was_made(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path / 'new' / 'hadir.db'}").dispose()
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_no_error_shows_what_was_to_be_stored(database: Database) -> None:
    read_then_write(database, "same", 1)
    with pytest.raises(IntegrityError) as refused, database.write() as session:
        session.add(Employee(nip="same-0", name="Siti Rahma", created_at=NOW))
    assert "Siti" not in str(refused.value)
    assert isinstance(refused.value.orig, sqlite3.IntegrityError)


def all_files(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_nothing_of_what_was_deleted_is_left_after_a_purge(database: Database, tmp_path: Path) -> None:
    read_then_write(database, "gone", 1)
    with database.write() as session:
        session.execute(text("DELETE FROM employees"))
    assert database.purge(b"gone-0")
    assert b"gone-0" not in all_files(tmp_path)


def test_a_purge_builds_the_file_anew_when_something_is_left_all_the_same(
    database: Database, tmp_path: Path
) -> None:
    read_then_write(database, "gone", 1)
    with database.write() as session:
        # As an older version of the database's library would have left it.
        session.connection().exec_driver_sql("PRAGMA secure_delete = OFF")
        session.execute(text("DELETE FROM employees"))
    assert database.purge()
    assert b"gone-0" in all_files(tmp_path)
    assert database.purge(b"gone-0")
    assert b"gone-0" not in all_files(tmp_path)


def test_a_purge_says_so_when_a_reader_keeps_it_from_the_log(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.db.session.CUT_TRIES", 1)
    with database.read() as session:
        session.scalars(select(Employee)).all()
        read_then_write(database, "later", 1)
        with database._outside_transactions() as cursor:
            cursor.execute("PRAGMA busy_timeout = 50")
        assert not database.purge()
    assert database.purge()


def test_a_file_too_large_to_be_built_anew_in_passing_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.db.session.REBUILT_AT_MOST_BYTES", 1)
    read_then_write(database, "still there", 1)
    assert not database.purge(b"still there")
    assert database.purge(b"still there", rebuild=True)


def test_after_a_purge_the_log_stays_while_other_processes_come_and_go(
    database: Database, tmp_path: Path
) -> None:
    """Whoever closes a database as its last user removes the log. This process is still one."""
    assert database.purge(b"nobody")
    comes_and_goes = multiprocessing.get_context("spawn").Process(
        target=write_in_a_process, args=(f"sqlite:///{tmp_path / 'hadir.db'}", "other")
    )
    comes_and_goes.start()
    comes_and_goes.join()
    assert (tmp_path / "hadir.db-wal").exists()
    read_then_write(database, "own", 1)
    with closing(sqlite3.connect(tmp_path / "hadir.db")) as other:
        assert other.execute("SELECT count(*) FROM employees").fetchone() == (WRITES + 1,)
