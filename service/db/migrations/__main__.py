"""Write the migration from the newest one to what tables.py says now, for a person to read and correct."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from service.db.session import Database, alembic_config


def main(message: str) -> None:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'newest.db'}"
        database = Database(url)
        database.upgrade()
        database.dispose()
        with create_engine(url).connect() as connection:
            config = alembic_config(connection)
            steps = list(ScriptDirectory.from_config(config).walk_revisions())
            command.revision(config, message, autogenerate=True, rev_id=f"{len(steps) + 1:04d}")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
