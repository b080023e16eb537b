"""The database: one engine, transactions that only read or that write, and the migrations."""

import fcntl
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from random import uniform

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from service import audit_notes, durable_file
from service.audit import AuditKeys
from service.db.file_search import file_holds
from service.storage_errors import DatabaseTooNew, StorageUnavailable

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 10
# SQLite's own waiting for the write lock looks ever more rarely, every 0.1 s in the end. Of four processes with
# eight writing threads each some then waited 10 s, the limit; looking often, 1.8 s, and 2.4 times as much was
# written.
LOOK_AGAIN_S = (0.001, 0.005)
# Endpoints run on 40 threads (Starlette's default), each with at most one transaction.
POOL_SIZE = 10
POOL_OVERFLOW = 30
POOL_TIMEOUT_S = 10
# Any fixed number: the processes that migrate one PostgreSQL database agree on it.
MIGRATION_LOCK = 0x48414449
# Writers wait while a file is built anew, and give up after the busy timeout.
REBUILT_AT_MOST_BYTES = 256 * 1024 * 1024
CUT_TRIES = 3
_READS = "hadir_reads"


class Database:
    """`read()` and `write()` are the only ways in; a use case opens one of them, once.

    SQLite and PostgreSQL by the same code. On SQLite writers begin IMMEDIATE: they wait for the write lock
    at the start, and not in the middle, where SQLite must refuse a transaction that has read (measured under
    load: 458 of 600 deferred ones failed, of immediate ones none).
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._writing = threading.Lock()
        self._file = Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
        if self._file is not None:
            durable_file.make_folder(self._file.parent)
        self._identity: tuple[int, int] | None = None
        self._audit_keys: AuditKeys | None = None
        self._engine = create_engine(
            parsed,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            pool_timeout=POOL_TIMEOUT_S,
            pool_pre_ping=self._file is None,
            hide_parameters=True,
            **({} if self._file is None else {"creator": partial(_open_existing, self._file)}),
        )
        if self._file is not None:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
            self._readers = self._engine.execution_options(**{_READS: True})
        else:
            self._readers = self._engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    def keep_trail(self, keys: AuditKeys) -> None:
        """From now on transactions may note facts for the audit trail."""
        self._audit_keys = keys

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view. What it changes is refused when it is sent, never lost silently."""
        self._check_that_it_is_there()
        with Session(self._readers, expire_on_commit=False) as session:
            yield session
            session.flush()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Commits at the end, rolls back on any error. On SQLite one at a time.

        Before the commit it writes what was noted to the audit trail.
        """
        info = audit_notes.information_for(self._audit_keys)
        with (
            self._turn(),
            Session(self._engine, expire_on_commit=False, info=info) as session,
            session.begin(),
        ):
            yield session
            audit_notes.write_notes(session)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """On SQLite the threads of a process stand in line here, so that only one looks for the write lock."""
        if self._file is None:
            yield
            return
        if not self._writing.acquire(timeout=BUSY_TIMEOUT_S):
            raise NoConnectionFree("others of this process have been writing all the time")
        try:
            self._check_that_it_is_there()
            yield
        finally:
            self._writing.release()

    def is_there(self) -> bool:
        """Whether the file is the one of the start; true of a server."""
        return self._file is None or self._identity in {None, _identity(self._file)}

    def _check_that_it_is_there(self) -> None:
        """A file that was removed or replaced goes on being written to, and all of that is lost at the end.

        Raises StorageUnavailable.
        """
        if not self.is_there():
            log.error("the database file is gone, or is another one than at the start")
            raise StorageUnavailable

    def ping(self) -> None:
        """Raises when the database does not answer."""
        self._check_that_it_is_there()
        with self._readers.connect() as connection:
            connection.execute(select(1))

    def dispose(self) -> None:
        self._engine.dispose()

    def purge(self, *needles: bytes, rebuild: bool = False) -> bool:
        """Leave nothing of what was deleted or overwritten in the files of the database.

        On SQLite deleted content is overwritten as it goes (`secure_delete`); here the log is written back and
        cut. When one of `needles` is found all the same, the file is built anew: a page may keep copies of rows
        that moved when it was full. On PostgreSQL that is for its administrator (`VACUUM FULL`).

        rebuild : build the file anew in any case, however long every writer has to wait for it.

        Returns False when something may be left: other transactions kept the log from being cut, or the file is
        too large to be built anew while people check in.
        """
        if self._file is None:
            return True
        if not self._cut_log():
            return False
        if not rebuild and not file_holds(self._file, needles):
            return True
        if not rebuild and self._file.stat().st_size > REBUILT_AT_MOST_BYTES:
            return False
        with self._outside_transactions() as cursor:
            # A temporary file would be another place to leave something in.
            cursor.execute("PRAGMA temp_store = MEMORY")
            cursor.execute("VACUUM")
        return self._cut_log()

    def _cut_log(self) -> bool:
        """Waits for others as long as any statement does."""
        with self._outside_transactions() as cursor:
            for _ in range(CUT_TRIES):
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                outcome = cursor.fetchone()
                if outcome is not None and not outcome[0]:
                    return True
        return False

    @contextmanager
    def _outside_transactions(self) -> Iterator[DBAPICursor]:
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA query_only = OFF")
            yield cursor
            cursor.close()
        finally:
            connection.close()

    def upgrade(self) -> None:
        """Bring the tables up to date, or make them. Harmless again, and by many processes at once.

        Raises DatabaseTooNew when a later version of the program has already changed them.
        """
        with self._alone(), self._engine.connect() as connection:
            if self._file is not None:
                self._identity = _identity(self._file)
                # Detached: this connection does not go back to the pool with its foreign keys off.
                connection.detach()
                _prepare_sqlite_to_migrate(connection)
            with connection.begin():
                if self._file is None:
                    connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                _migrate(connection)
                if self._file is not None and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise RuntimeError("a migration broke a foreign key")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """SQLite's own lock gives up after the busy timeout; a long migration must be waited for."""
        if self._file is None:
            yield
            return
        with self._file.with_name(self._file.name + ".migrating").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._file.touch(mode=0o600)
            yield


def _open_existing(file: Path) -> sqlite3.Connection:
    """Without it being there SQLite would make an empty database, which only `upgrade` may."""
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False
    )


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _prepare_sqlite(dbapi: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # Python must not begin transactions itself: _begin_sqlite does.
    dbapi.isolation_level = None
    _pragmas(dbapi, "foreign_keys = ON", "synchronous = FULL", "secure_delete = ON")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reads else 'OFF'}")
    if reads:
        connection.exec_driver_sql("BEGIN DEFERRED")
    else:
        _wait_for_the_write_lock(connection)


def _wait_for_the_write_lock(connection: Connection) -> None:
    dbapi = connection.connection.dbapi_connection
    assert dbapi is not None
    until = time.monotonic() + BUSY_TIMEOUT_S
    _pragmas(dbapi, "busy_timeout = 0")
    try:
        while time.monotonic() < until:
            with suppress(sqlite3.OperationalError):
                dbapi.cursor().execute("BEGIN IMMEDIATE")
                return
            time.sleep(uniform(*LOOK_AGAIN_S))  # noqa: S311 - no secret
        # Once more by SQLAlchemy, whose error it shall be.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        _pragmas(dbapi, f"busy_timeout = {BUSY_TIMEOUT_S * 1000}")


def _prepare_sqlite_to_migrate(connection: Connection) -> None:
    """Before the transaction, where SQLite accepts these.

    WAL is kept in the file. With foreign keys on, copying a table would delete the rows that point to it.
    """
    dbapi = connection.connection.dbapi_connection
    assert dbapi is not None
    _pragmas(dbapi, "journal_mode = WAL", "foreign_keys = OFF")


def _pragmas(dbapi: DBAPIConnection, *pragmas: str) -> None:
    cursor = dbapi.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def alembic_config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "service.db:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _migrate(connection: Connection) -> None:
    config = alembic_config(connection)
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if not known.issuperset(MigrationContext.configure(connection).get_current_heads()):
        raise DatabaseTooNew
    command.upgrade(config, "head")
