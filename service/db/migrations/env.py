"""Alembic's entry: runs on the connection, and inside the transaction and lock, of Database.upgrade."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from service.db.all_tables import Base
from service.db.base import UtcDateTime


def _render(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """A migration must not change its meaning when tables.py does, so it names no type of ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite can't change a column: the table is copied.
    render_as_batch=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
