"""Settings that bear on decisions, noted in the audit trail whenever the service starts with others."""

import json
from datetime import datetime

from sqlalchemy import select

from service.audit import canonical_json
from service.audit_notes import note
from service.db.session import Database
from service.db.tables import AuditEntry
from service.errors import Json
from service.settings import Settings


def note_settings(db: Database, settings: Settings, now: datetime) -> None:
    """Write them to the trail unless they are as they were written last."""
    present = _facts(settings)
    last = (
        select(AuditEntry.facts)
        .where(AuditEntry.action == "setting_changed")
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    )
    with db.write() as session:
        written = session.scalar(last)
        if written is None or canonical_json(json.loads(written)) != canonical_json(present):
            note(session, "setting_changed", "service:settings", by=None, at=now, **present)


def _facts(settings: Settings) -> dict[str, Json]:
    return {
        "encoders": list(settings.encoders),
        "match_threshold": settings.match_threshold,
        "time_zone": settings.time_zone,
        "evidence_days": settings.evidence_days,
        "totp_required": settings.totp_required,
        "session_idle_h": settings.session_idle_h,
        "employee_session_idle_h": settings.employee_session_idle_h,
        "session_max_h": settings.session_max_h,
        "setup_link_h": settings.setup_link_h,
        "checkpoints_exported": settings.checkpoint_to is not None,
    }
