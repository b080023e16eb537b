"""Check-ins as they are received, for tests of what is made of them."""

import uuid
from datetime import datetime
from typing import Any

from service.db.session import Database
from service.db.tables import Checkin

HERE = {"lat": -6.5944, "lon": 106.7892, "accuracy_m": 18.0}
PHONE = "9f6a016f7f0d3e3f434a2f0d6a4b53aa"


def received(employee_id: int, now: datetime, **meta: Any) -> Checkin:
    """Not stored yet."""
    return Checkin(
        id=str(uuid.uuid4()),
        employee_id=employee_id,
        kind="in",
        captured_at=now,
        received_at=now,
        counted_at=now,
        status="received",
        reasons=[],
        selfie_sha256="",
        frame_keys=[],
        meta=meta,
    )


def store(db: Database, employee_id: int, now: datetime, **meta: Any) -> Checkin:
    row = received(employee_id, now, **meta)
    with db.write() as session:
        session.add(row)
    return row
