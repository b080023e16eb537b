"""Webhooks as administrators keep them: addresses, secrets, limits, the log, and what an erasure leaves."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import AuditEntry, Employee
from service.db.webhook_tables import Delivery, DeliveryAttempt, Webhook
from service.erasure import Erasure
from service.errors import InvalidRequest, UnitNotEmpty, UnknownUnit
from service.evidence import EvidenceStore
from service.key_rotation import KeyRotation
from service.login_attempts import Delays
from service.retention import Retention
from service.storage_errors import SealBroken
from service.units import remove_unit
from service.webhook_errors import (
    TooManyWebhooks,
    UnknownDelivery,
    UnknownWebhook,
    WebhookAddressRefused,
    WebhookPaused,
)
from service.webhook_log import KEPT, log_of, ping, send_again
from service.webhook_secrets import seal_context, valid_secrets
from service.webhook_signature import shown
from service.webhooks import MOST_WEBHOOKS, Changes, NewWebhook, Webhooks
from tests.service.conftest import FakeClock
from tests.service.webhook_office import WebhookOffice, open_office


@pytest.fixture
def office(db: Database, ring: KeyRing, clock: FakeClock) -> Iterator[WebhookOffice]:
    with open_office(db, ring, clock) as office:
        yield office


def test_a_new_one_shows_its_secret_once_and_keeps_it_sealed(office: WebhookOffice) -> None:
    made = office.add(unit="KEC")
    assert (made.webhook.unit, made.webhook.health) == ("KEC", "unused")
    assert made.secret not in repr(made)
    row = office.webhook()
    assert shown(valid_secrets(office.ring, row, office.clock())[0]) == made.secret
    with pytest.raises(SealBroken):
        office.ring.open(row.secret, seal_context(row.id + 1))


@pytest.mark.parametrize("url", ["http://payroll.example.go.id/", "https://192.168.0.7/", "https://"])
def test_an_address_that_is_not_public_is_refused(office: WebhookOffice, url: str) -> None:
    with pytest.raises(WebhookAddressRefused):
        office.add(url=url)
    made = office.add(url="https://payroll.example.go.id/").webhook
    with pytest.raises(WebhookAddressRefused):
        office.webhooks.change(made.id, Changes(url=url), office.clock(), by=None)


def test_without_the_setting_this_machine_is_refused(office: WebhookOffice) -> None:
    with pytest.raises(WebhookAddressRefused):
        Webhooks(office.db, office.ring, ()).register(
            NewWebhook("Payroll", office.receiver.url, ["day.changed"], None), office.clock(), by=None
        )


def test_it_needs_a_name_events_and_a_unit_that_there_is(office: WebhookOffice) -> None:
    for wanted in (
        NewWebhook(" ", office.receiver.url, ["day.changed"], None),
        NewWebhook("Payroll", office.receiver.url, [], None),
    ):
        with pytest.raises(InvalidRequest):
            office.webhooks.register(wanted, office.clock(), by=None)
    with pytest.raises(UnknownUnit):
        office.add(unit="NOWHERE")


def test_there_are_not_endlessly_many(office: WebhookOffice) -> None:
    for _ in range(MOST_WEBHOOKS):
        office.add()
    with pytest.raises(TooManyWebhooks):
        office.add()


def test_a_limit_is_kept_by_the_unit_of_the_day(office: WebhookOffice) -> None:
    office.add(unit="KEC")
    for employee_id in (office.siti, office.budi, office.ani):
        office.change_day(employee_id)
    office.deliver()
    assert [(one["data"]["nip"], one["data"]["unit"]) for one in office.told()] == [("197001", "DESA")]
    # Of those outside nothing is kept.
    assert len(office.rows()) == 1


def test_without_a_limit_everybody_is_told_of(office: WebhookOffice) -> None:
    office.add()
    for employee_id in (office.siti, office.budi, office.ani):
        office.change_day(employee_id)
    office.deliver()
    assert [one["data"]["unit"] for one in office.told()] == ["DESA", "DINAS", None]


def test_a_unit_to_which_one_is_limited_stays(office: WebhookOffice) -> None:
    with office.db.write() as session:
        session.get_one(Employee, office.budi).unit_id = None
    office.add(unit="DINAS")
    with pytest.raises(UnitNotEmpty) as refused:
        remove_unit(office.db, code="DINAS", now=office.clock())
    assert refused.value.extras["webhooks"] == 1


def test_a_message_has_nothing_of_a_face(office: WebhookOffice) -> None:
    office.add(["checkin.decided"])
    checkin = office.check_in(office.siti, office.clock())
    office.deliver()
    (told,) = office.told()
    assert told == {
        "type": "checkin.decided",
        "timestamp": office.clock().isoformat(),
        "data": {
            "id": checkin,
            "nip": "197001",
            "date": "2026-11-24",
            "unit": "DESA",
            "kind": "in",
            "status": "accepted",
            "captured_at": "2026-11-24T07:30:00+07:00",
            "received_at": "2026-11-24T07:30:00+07:00",
            "counted_at": "2026-11-24T07:30:00+07:00",
            "cause": "checkin",
            "changed_at": office.clock().isoformat(),
        },
    }


def test_a_paused_one_takes_no_test(office: WebhookOffice) -> None:
    made = office.add().webhook
    office.webhooks.change(made.id, Changes(paused=True), office.clock(), by=None)
    with pytest.raises(WebhookPaused):
        ping(office.db, made.id, office.clock())
    assert office.webhooks.one(made.id).health == "paused"


def test_the_log_can_be_narrowed_to_what_failed(office: WebhookOffice) -> None:
    made = office.add().webhook
    office.change_day(office.siti)
    office.deliver()
    office.receiver.answers(500)
    office.change_day(office.budi)
    office.deliver()
    everything = log_of(office.db, made.id, failed=False, page=1)
    failed = log_of(office.db, made.id, failed=True, page=1)
    assert (everything.total, failed.total) == (2, 1)
    assert [one.status for one in failed.deliveries[0].attempts] == [500]


def test_only_its_own_messages_are_sent_again(office: WebhookOffice) -> None:
    office.add()
    office.change_day(office.siti)
    other = office.add().webhook
    with pytest.raises(UnknownDelivery):
        send_again(office.db, other.id, office.row().id, office.clock(), by=None)
    with pytest.raises(UnknownWebhook):
        log_of(office.db, 999, failed=False, page=1)


def test_a_deletion_takes_the_log_and_what_waits(office: WebhookOffice) -> None:
    made = office.add().webhook
    office.change_day(office.siti)
    office.deliver()
    office.change_day(office.siti)
    office.webhooks.delete(made.id, office.clock(), by=None)
    with office.db.read() as session:
        for table in (Webhook, Delivery, DeliveryAttempt):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert office.deliver() == 0


def test_what_is_done_is_in_the_trail_without_the_path(office: WebhookOffice) -> None:
    made = office.add(url="https://payroll.example.go.id/secret-of-theirs").webhook
    office.webhooks.change_secret(made.id, office.clock(), by=None)
    office.webhooks.change(made.id, Changes(paused=True), office.clock(), by=None)
    office.webhooks.delete(made.id, office.clock(), by=None)
    with office.db.read() as session:
        noted = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert [one.action for one in noted] == [
        "webhook_added",
        "webhook_secret_changed",
        "webhook_changed",
        "webhook_removed",
    ]
    assert json.loads(noted[0].facts)["host"] == "payroll.example.go.id"
    assert "secret-of-theirs" not in str([one.facts for one in noted])


def test_an_erasure_takes_all_that_was_told_or_waits(
    office: WebhookOffice, evidence: EvidenceStore, delays: Delays, tmp_path: Path
) -> None:
    office.add(["day.changed", "checkin.decided"])
    office.check_in(office.siti, office.clock())
    office.change_day(office.budi)
    office.deliver()
    office.change_day(office.siti)

    Erasure(office.db, evidence, delays).erase("197001", office.clock())

    assert {row.employee_id for row in office.rows()} == {office.budi}
    assert all(b"197001" not in file.read_bytes() for file in tmp_path.glob("hadir.db*"))
    told = len(office.receiver.received)
    # What is noted of them later, such as a verdict, goes nowhere.
    office.change_day(office.siti)
    office.deliver()
    assert len(office.receiver.received) == told
    assert {row.employee_id for row in office.rows()} == {office.budi}


def test_the_log_is_kept_for_a_month(office: WebhookOffice, evidence: EvidenceStore) -> None:
    made = office.add().webhook
    office.change_day(office.siti)
    office.deliver()
    office.webhooks.change(made.id, Changes(paused=True), office.clock(), by=None)
    office.change_day(office.budi)
    retention = Retention(office.db, evidence, days=90, clock=office.clock)
    office.clock.advance(days=KEPT.days)
    assert retention.run().messages == 0
    office.clock.advance(seconds=1)
    assert retention.run().messages == 2
    assert office.rows() == []


def test_what_waits_for_a_receiver_is_not_old(office: WebhookOffice, evidence: EvidenceStore) -> None:
    """As after a service that was down for long."""
    office.add()
    office.change_day(office.siti)
    office.clock.now += KEPT + timedelta(days=1)
    assert Retention(office.db, evidence, days=90, clock=office.clock).run().messages == 0
    assert office.deliver() == 1


def test_a_rotation_of_keys_seals_the_secrets_anew(
    office: WebhookOffice, evidence: EvidenceStore, tmp_path: Path
) -> None:
    made = office.add()
    again = office.webhooks.change_secret(made.webhook.id, office.clock(), by=None)
    rotation = KeyRotation(office.db, evidence, office.ring, tmp_path / "keys", office.clock)
    report = rotation.run(add_key=True)
    assert (report.resealed["webhook_secret"], report.resealed["former_webhook_secret"]) == (1, 1)
    valid = valid_secrets(office.ring, office.webhook(), office.clock())
    assert [shown(one) for one in valid] == [again.secret, made.secret]
