"""The columns that hold sealed values, and the context each is sealed in: what a rotation of keys goes over.

Whoever writes one holds a lock before the seal is made: `lock_gallery_changes` for templates, the row's own for
accounts and webhooks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, func, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from service import sealed_templates, second_factor, webhook_secrets
from service.crypto import HEADER_BYTES
from service.db.all_tables import Base
from service.db.tables import Account, Template
from service.db.webhook_tables import Webhook


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """`context` and `owner` are of a row: what its seal is bound to, and the id of whose it is."""

    kind: str
    table: type[Base]
    column: InstrumentedAttribute[Any]
    context: Callable[[Any], str]
    owner: Callable[[Any], int]

    @property
    def row_id(self) -> ColumnElement[int]:
        found: ColumnElement[int] = self.table.id  # type: ignore[attr-defined]
        return found

    @property
    def header(self) -> ColumnElement[bytes]:
        """The part that names the key."""
        return func.substr(self.column, 1, HEADER_BYTES, type_=LargeBinary())


TEMPLATES: Final = SealedColumn(
    "template",
    Template,
    Template.vectors,
    lambda row: sealed_templates.seal_context(row.employee_id, row.encoders),
    lambda row: int(row.employee_id),
)
SECOND_FACTORS: Final = SealedColumn(
    "second_factor",
    Account,
    Account.totp_secret,
    lambda row: second_factor.seal_context(row.id),
    lambda row: int(row.id),
)
WEBHOOK_SECRETS: Final = SealedColumn(
    "webhook_secret",
    Webhook,
    Webhook.secret,
    lambda row: webhook_secrets.seal_context(row.id),
    lambda row: int(row.id),
)
FORMER_WEBHOOK_SECRETS: Final = SealedColumn(
    "former_webhook_secret",
    Webhook,
    Webhook.former_secret,
    lambda row: webhook_secrets.former_seal_context(row.id),
    lambda row: int(row.id),
)
SEALED_COLUMNS: Final = (TEMPLATES, SECOND_FACTORS, WEBHOOK_SECRETS, FORMER_WEBHOOK_SECRETS)


def wait_for_writers(session: Session) -> None:
    """Until every transaction that has sealed a value has ended. Writers of SQLite come one by one anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE gallery_changes, accounts, webhooks IN EXCLUSIVE MODE"))
