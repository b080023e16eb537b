"""The keys of an installation: where they come from, and whether they are those that its data is sealed with."""

from sqlalchemy import select

from service.audit import SECRET_FILE, AuditKeys
from service.crypto import KEY_FILE, KeyRing, key_id_of
from service.db.session import Database
from service.db.tables import AuditEntry
from service.evidence import EvidenceStore
from service.sealed_columns import SEALED_COLUMNS, TEMPLATES
from service.settings import Settings, variable
from service.storage_errors import KeysRefused


def load_ring(settings: Settings, db: Database) -> KeyRing:
    """Of the environment, or else of the key file, which the first start makes.

    Raises
    ------
    KeysRefused : the file is gone and there is sealed data, or the keys are not those of the data, or others can
        read the file, or it is no ring.
    """
    if settings.keys is not None:
        # The settings have checked it.
        ring, source = KeyRing.from_json(settings.keys.get_secret_value()), variable("keys")
    else:
        path = settings.keys_dir / KEY_FILE
        source = str(path)
        if not path.exists() and _holds_sealed(settings, db):
            raise KeysRefused("lost", file=source)
        ring = KeyRing.load_or_create(settings.keys_dir)
    used = template_key_ids(db)
    if used and used.isdisjoint(ring.ids):
        raise KeysRefused("other", file=source)
    return ring


def load_audit_keys(settings: Settings, db: Database) -> AuditKeys:
    """The secret of the audit trail, which the first start makes.

    Raises KeysRefused when the file is gone and there is a trail, and as `load_ring` does.
    """
    path = settings.keys_dir / SECRET_FILE
    if not path.exists():
        with db.read() as session:
            if session.scalar(select(AuditEntry.sequence).limit(1)) is not None:
                raise KeysRefused("trail", file=str(path))
    return AuditKeys.load_or_create(settings.keys_dir)


def template_key_ids(db: Database) -> set[bytes]:
    """Of the keys that templates name."""
    with db.read() as session:
        return {key_id_of(header) for header in session.scalars(select(TEMPLATES.header).distinct())}


def _holds_sealed(settings: Settings, db: Database) -> bool:
    with db.read() as session:
        for sealed in SEALED_COLUMNS:
            if session.scalar(select(sealed.row_id).where(sealed.column.is_not(None)).limit(1)) is not None:
                return True
    # No key is needed to see whether there is anything.
    nobodys = KeyRing({b"none": bytes(32)}, b"none")
    return any(True for _ in EvidenceStore(settings.evidence_dir, nobodys).stored_keys())
