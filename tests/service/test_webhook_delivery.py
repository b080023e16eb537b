"""Delivery to a real receiver: signed, in order, again after a failure or a crash, once by many processes."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from service.crypto import KeyRing
from service.day_changes import day_changed
from service.db.session import Database
from service.db.webhook_tables import Webhook
from service.webhook_delivery import AT_ONCE, CLAIM, DELAYS, FAILING_AFTER, GIVEN_UP_AFTER, LONGEST_JITTER
from service.webhook_log import log_of, ping, send_again, send_failed_again
from service.webhook_signature import headers
from service.webhooks import Changes
from tests.service.conftest import FakeClock
from tests.service.webhook_office import TODAY, WebhookOffice, open_office
from tests.service.webhook_receiver import Received

ONE_DAY = timedelta(days=1)


@pytest.fixture
def office(db: Database, ring: KeyRing, clock: FakeClock) -> Iterator[WebhookOffice]:
    with open_office(db, ring, clock) as office:
        yield office


def is_signed_with(secret: str, one: Received) -> bool:
    """As a receiver does it, by the text of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{one.message_id}.{one.headers['webhook-timestamp']}.".encode() + one.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in one.headers["webhook-signature"].split(" ")


def test_the_signature_is_that_of_the_standard(clock: FakeClock) -> None:
    """The example of the standard's own libraries."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    clock.now = clock.now.fromtimestamp(1614265330, tz=clock.now.tzinfo)
    signed = headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", clock(), b'{"test": 2432232314}')
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signed["webhook-timestamp"] == "1614265330"


def test_a_change_is_told_signed(office: WebhookOffice) -> None:
    made = office.add()
    office.change_day(office.siti)

    assert office.deliver() == 1

    (one,) = office.receiver.received
    assert is_signed_with(made.secret, one)
    assert not is_signed_with("whsec_" + base64.b64encode(bytes(32)).decode(), one)
    assert one.message_id == office.row().message_id
    assert one.headers["content-type"] == "application/json"
    assert office.row().state == "delivered"
    assert office.webhook().delivered_at == office.clock()


def test_nothing_is_noted_without_a_webhook_that_wants_it(office: WebhookOffice) -> None:
    office.add(["checkin.decided"])
    office.change_day(office.siti)
    assert office.rows() == []


def test_what_is_taken_back_is_not_told(office: WebhookOffice) -> None:
    office.add()

    def fail_after_all() -> None:
        with office.db.write() as session:
            day_changed(session, office.siti, TODAY, "recomputed", at=office.clock())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_all()
    assert office.deliver() == 0


def test_both_secrets_sign_for_a_day(office: WebhookOffice) -> None:
    first = office.add()
    second = office.webhooks.change_secret(first.webhook.id, office.clock(), by=None)
    office.change_day(office.siti)
    office.deliver()
    office.clock.advance(hours=25)
    office.change_day(office.siti)
    office.deliver()

    early, late = office.receiver.received
    assert is_signed_with(first.secret, early)
    assert is_signed_with(second.secret, early)
    assert is_signed_with(second.secret, late)
    assert not is_signed_with(first.secret, late)


def test_the_schedule_of_attempts(office: WebhookOffice) -> None:
    """As a table: after each failure so long, with jitter; then it is given up and shows."""
    office.add()
    office.receiver.answers(500)
    office.change_day(office.siti)
    begun = office.clock()
    for number, delay in enumerate(DELAYS, start=1):
        assert office.deliver() == 1
        row, webhook = office.row(), office.webhook()
        wait = row.due_at - office.clock()
        assert delay <= wait <= delay * (1 + LONGEST_JITTER), number
        assert (row.state, row.tries) == ("waiting", number)
        assert (webhook.failing_since is not None) is (number >= FAILING_AFTER)
        office.clock.now = row.due_at - timedelta(milliseconds=1)
        assert office.deliver() == 0
        office.clock.now = row.due_at

    assert office.deliver() == 1

    assert (office.row().state, office.row().ended_at) == ("given_up", office.clock())
    took = office.clock() - begun
    assert 2.8 * ONE_DAY < took < 3.6 * ONE_DAY
    office.clock.advance(days=1)
    assert office.deliver() == 0
    assert office.webhooks.listed()[0].health == "failing"
    (told,) = log_of(office.db, office.webhook().id, failed=True, page=1).deliveries
    assert len(told.attempts) == len(DELAYS) + 1
    assert {(one.status, one.problem) for one in told.attempts} == {(500, "status")}
    assert len(set(office.receiver.bodies)) == 1
    assert len({one.message_id for one in office.receiver.received}) == 1


@pytest.mark.parametrize(("asked", "wait"), [("3600", 3600), ("1", 5), (str(40 * 86400), 86400)])
def test_a_receiver_may_ask_for_more_time(office: WebhookOffice, asked: str, wait: int) -> None:
    office.add()
    office.receiver.answers(429, Retry_After=asked)
    office.change_day(office.siti)
    office.change_day(office.budi)
    office.deliver()

    due = (office.row_of(office.siti).due_at - office.clock()) / timedelta(seconds=1)
    assert wait <= due <= wait * (1 + LONGEST_JITTER)
    # The other one is not even tried.
    assert len(office.receiver.received) == 1
    office.receiver.answers(204)
    office.clock.advance(seconds=due)
    assert office.deliver() == 2


def test_a_redirect_is_a_failure(office: WebhookOffice) -> None:
    office.add()
    office.receiver.answers(308, Location=office.receiver.url)
    office.change_day(office.siti)
    office.deliver()
    assert office.attempts() == [(308, "redirect")]
    assert len(office.receiver.received) == 1


def test_an_address_that_is_no_longer_allowed_gets_nothing(office: WebhookOffice) -> None:
    office.add()
    with office.db.write() as session:
        session.execute(update(Webhook).values(url=f"http://localhost:{office.receiver.port}/"))
    office.change_day(office.siti)
    office.deliver()
    assert office.attempts() == [(None, "private_address")]
    assert office.receiver.received == []


def test_changes_of_one_person_come_in_order_and_nobody_else_waits(office: WebhookOffice) -> None:
    office.add()
    siti_fails = True

    def answer(one: Received) -> tuple[int, dict[str, str]]:
        return (500, {}) if siti_fails and b"197001" in one.body else (204, {})

    office.receiver.answer = answer
    for number in range(3):
        office.change_day(office.siti, TODAY + ONE_DAY * number)
        office.change_day(office.budi, TODAY + ONE_DAY * number)
    office.deliver()

    assert [(one["data"]["nip"], one["data"]["date"][-2:]) for one in office.told()] == [
        ("197001", "24"),
        ("197002", "24"),
        ("197002", "25"),
        ("197002", "26"),
    ]
    siti_fails = False
    office.clock.advance(seconds=7)
    office.deliver()
    assert [one["data"]["date"][-2:] for one in office.told()[4:]] == ["24", "25", "26"]


def test_what_was_tried_before_goes_first(office: WebhookOffice) -> None:
    """On PostgreSQL an earlier number may be committed later; the older state must not be told last."""
    office.add()
    office.receiver.answers(500)
    for day in (TODAY, TODAY + ONE_DAY):
        office.change_day(office.siti, day)
    first, second = office.rows()
    with office.db.write() as session:
        session.get_one(type(first), first.id).due_at = office.clock() + timedelta(hours=1)
        session.get_one(type(second), second.id).tries = 1
        session.get_one(type(second), second.id).body = '{"data":{"date":"2026-11-25"}}'
    office.receiver.answers(204)
    office.deliver()
    office.clock.advance(hours=1)
    office.deliver()
    assert [one["data"]["date"] for one in office.told()] == ["2026-11-25", "2026-11-24"]


def test_what_a_crash_leaves_is_sent_again_with_the_same_id(
    office: WebhookOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.add()
    office.change_day(office.siti)
    dying = office.deliveries()
    monkeypatch.setattr(dying, "_record", lambda *_: pytest.fail("died"))
    monkeypatch.setattr(dying, "_release", lambda *_: None)
    with pytest.raises(pytest.fail.Exception):
        dying.deliver_due()
    assert office.row().state == "waiting"

    assert office.deliver() == 0, "the claim of the dead process still holds"
    office.clock.advance(seconds=CLAIM.total_seconds() + 1)
    assert office.deliver() == 1

    before, after = office.receiver.received
    assert (before.message_id, before.body) == (after.message_id, after.body)
    assert office.row().state == "delivered"


def test_what_was_committed_before_a_crash_is_delivered_by_the_next_process(office: WebhookOffice) -> None:
    office.add()
    office.change_day(office.siti)
    office.db.dispose()
    assert office.deliver() == 1


def test_two_processes_deliver_each_message_once(office: WebhookOffice) -> None:
    office.add()
    days = 3 * AT_ONCE
    for number in range(days):
        office.change_day(office.siti, TODAY + ONE_DAY * number)
        office.change_day(office.budi, TODAY + ONE_DAY * number)

    def work() -> None:
        worker = office.deliveries()
        while any(row.state == "waiting" for row in office.rows()):
            worker.deliver_due()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(office.receiver.received) == 2 * days
    assert len({one.message_id for one in office.receiver.received}) == 2 * days
    for nip in ("197001", "197002"):
        dates = [one["data"]["date"] for one in office.told() if one["data"]["nip"] == nip]
        assert dates == sorted(dates)


def test_many_failures_let_a_webhook_rest(office: WebhookOffice) -> None:
    office.add()
    office.receiver.answers(503)
    for employee_id in [office.siti, office.budi, office.ani]:
        office.change_day(employee_id)
    office.deliver()
    office.clock.advance(seconds=7)
    office.deliver()
    tried = len(office.receiver.received)
    assert tried == FAILING_AFTER
    rests = office.webhook().rest_until
    assert rests is not None
    office.clock.now = rests
    assert office.deliver() == 1, "one is tried for all"

    office.receiver.answers(200)
    office.clock.advance(hours=1)
    office.deliver()

    assert {row.state for row in office.rows()} == {"delivered"}
    assert office.webhooks.listed()[0].health == "working"


def test_what_waited_behind_a_dead_receiver_is_given_up_with_it(office: WebhookOffice) -> None:
    office.add()
    office.receiver.answers(500)
    office.change_day(office.siti)
    office.change_day(office.siti, TODAY + ONE_DAY)
    until = office.clock() + 2 * GIVEN_UP_AFTER
    while office.clock() < until:
        office.deliver()
        office.clock.advance(hours=1)
    assert {row.state for row in office.rows()} == {"given_up"}

    office.receiver.answers(204)
    assert send_failed_again(office.db, office.webhook().id, office.clock(), by=None) == 2
    office.deliver()
    assert {row.state for row in office.rows()} == {"delivered"}
    assert office.webhooks.listed()[0].health == "working"


def test_a_pause_keeps_what_comes(office: WebhookOffice) -> None:
    made = office.add().webhook
    office.webhooks.change(made.id, Changes(paused=True), office.clock(), by=None)
    office.change_day(office.siti)
    assert office.deliver() == 0
    office.clock.advance(days=20)
    office.webhooks.change(made.id, Changes(paused=False), office.clock(), by=None)
    assert office.deliver() == 1


def test_one_message_is_sent_again_by_its_id_with_the_day_as_it_is(office: WebhookOffice) -> None:
    office.add()
    office.change_day(office.siti)
    office.deliver()
    office.check_in(office.siti, office.clock())
    first = office.rows()[0]
    send_again(office.db, first.webhook_id, first.id, office.clock(), by=None)
    office.deliver()
    before, again = office.receiver.received[:2]
    assert before.message_id == again.message_id
    assert [one["data"]["first_in"] is None for one in office.told()[:2]] == [True, False]


def test_a_test_says_nothing_of_anybody(office: WebhookOffice) -> None:
    made = office.add().webhook
    ping(office.db, made.id, office.clock())
    office.deliver()
    (told,) = office.told()
    assert (told["type"], told["data"]) == ("ping", {"webhook": "Payroll"})


def test_the_work_goes_on_in_a_thread_and_ends_at_once(office: WebhookOffice) -> None:
    office.add()
    office.receiver.delay_s = 3
    worker = office.deliveries()
    worker.start()
    office.change_day(office.siti)
    waited = threading.Event()
    while not office.receiver.received:
        waited.wait(0.02)
    worker.close()
    # It was begun, and does not count: another process sends it again.
    assert (office.row().state, office.row().tries) == ("waiting", 0)
    assert office.webhook().claim is None


def test_a_secret_that_can_not_be_opened_stops_its_webhook_alone(office: WebhookOffice) -> None:
    broken = office.add().webhook
    office.add()
    with office.db.write() as session:
        session.execute(update(Webhook).where(Webhook.id == broken.id).values(secret=b"\x01" * 60))
    office.change_day(office.siti)
    assert office.deliver() == 1
    assert [one.health for one in office.webhooks.listed()] == ["working", "failing"]
