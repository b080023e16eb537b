"""A service with webhooks and a receiver, for tests of what is told to other programs."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select

from service.approved_of_days import ApprovedOfDays
from service.crypto import KeyRing
from service.day_changes import Cause, checkin_changed, day_changed
from service.db.session import Database
from service.db.tables import Checkin, CheckinKind, CheckinStatus
from service.db.webhook_tables import Delivery, DeliveryAttempt, Webhook
from service.webhook_delivery import Deliveries
from service.webhooks import ChosenEvent, NewWebhook, Webhooks, WithSecret
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put
from tests.service.webhook_receiver import LOCAL, Receiver, receiving

WIB = ZoneInfo("Asia/Jakarta")
# By the clock of WIB, as the fake clock begins.
TODAY = date(2026, 11, 24)


@dataclass(frozen=True, slots=True)
class WebhookOffice:
    """Siti works in DESA below KEC, Budi in DINAS, Ani in no unit."""

    db: Database
    ring: KeyRing
    clock: FakeClock
    receiver: Receiver
    time: WorkingTime
    webhooks: Webhooks
    siti: int
    budi: int
    ani: int

    def deliveries(self, *, all_s: float = 5) -> Deliveries:
        """Those of another process, each time."""
        return Deliveries(
            self.db, self.ring, self.time, private_hosts=[LOCAL], clock=self.clock, connect_s=2, all_s=all_s
        )

    def add(
        self,
        events: Sequence[ChosenEvent] = ("day.changed",),
        unit: str | None = None,
        url: str | None = None,
    ) -> WithSecret:
        wanted = NewWebhook("Payroll", url or self.receiver.url, events, unit)
        return self.webhooks.register(wanted, self.clock(), by=None)

    def change_day(self, employee_id: int, day: date = TODAY, cause: Cause = "recomputed") -> None:
        with self.db.write() as session:
            day_changed(session, employee_id, day, cause, at=self.clock())

    def check_in(
        self,
        employee_id: int,
        at: datetime,
        kind: CheckinKind = "in",
        status: CheckinStatus = "accepted",
    ) -> str:
        row = Checkin(
            id=str(uuid4()),
            employee_id=employee_id,
            kind=kind,
            captured_at=at,
            received_at=at,
            counted_at=at,
            status=status,
            reasons=[],
            selfie_sha256="",
            frame_keys=[],
            meta={},
        )
        with self.db.write() as session:
            session.add(row)
            session.flush()
            checkin_changed(session, row, at=self.clock())
        return row.id

    def deliver(self) -> int:
        """All that is due now; gives how many attempts there were."""
        worker, tried = self.deliveries(), 0
        while one := worker.deliver_due():
            tried += one
        return tried

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.receiver.bodies]

    def rows(self) -> list[Delivery]:
        with self.db.read() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def row(self) -> Delivery:
        (one,) = self.rows()
        return one

    def row_of(self, employee_id: int) -> Delivery:
        (one,) = (row for row in self.rows() if row.employee_id == employee_id)
        return one

    def attempts(self) -> list[tuple[int | None, str | None]]:
        """Status and problem of each."""
        with self.db.read() as session:
            found = select(DeliveryAttempt.status, DeliveryAttempt.problem).order_by(DeliveryAttempt.id)
            return [(one.status, one.problem) for one in session.execute(found)]

    def webhook(self) -> Webhook:
        with self.db.read() as session:
            return session.scalars(select(Webhook)).one()


@contextmanager
def open_office(db: Database, ring: KeyRing, clock: FakeClock) -> Iterator[WebhookOffice]:
    plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, clock())
    time = WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))
    with receiving() as receiver:
        yield WebhookOffice(
            db,
            ring,
            clock,
            receiver,
            time,
            Webhooks(db, ring, [LOCAL]),
            siti=put(db, "197001", "DESA", clock()),
            budi=put(db, "197002", "DINAS", clock()),
            ani=put(db, "197003", None, clock()),
        )
