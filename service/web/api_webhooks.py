"""Webhooks over HTTP: which programs are told of changes, and what became of each message."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from service import webhook_log
from service.db.webhook_tables import DeliveryState
from service.people_search import LAST_PAGE
from service.units import LONGEST_CODE
from service.web.access import TheServices, WebhookKeeper, WebhookReader
from service.webhook_post import LONGEST_URL
from service.webhooks import LONGEST_NAME, MOST_WEBHOOKS, Changes, ChosenEvent, Health, WithSecret
from service.webhooks import NewWebhook as Wanted

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"])

LARGEST_ID: Final = 2**31 - 1  # PostgreSQL's integer
MOST_EVENTS: Final = 10
UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {404: {"description": "There is no such webhook"}}
PAUSED: Final[dict[int | str, dict[str, Any]]] = {409: {"description": "It is paused"}}
WebhookId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
DeliveryId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Events = Annotated[
    list[ChosenEvent],
    Field(
        min_length=1,
        max_length=MOST_EVENTS,
        description="`day.changed`: the day of an employee is, or may be, other than it was; `checkin.decided`; "
        "`month.closed` and `month.unlocked`: of a unit",
    ),
]
Name = Annotated[str, Field(max_length=2 * LONGEST_NAME)]
Url = Annotated[
    str,
    Field(
        max_length=2 * LONGEST_URL,
        description="https, on the internet, unless the operator has named its host as one that may be private",
    ),
]


class NewWebhook(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Payroll",
                    "url": "https://payroll.example.go.id/hadir",
                    "events": ["day.changed"],
                    "unit": "KEC-01",
                }
            ]
        }
    )

    name: Name
    url: Url
    events: Events
    unit: str | None = Field(
        None,
        max_length=2 * LONGEST_CODE,
        description="Code of a unit: only its people and those below it; null is everybody",
    )


class WebhookChange(BaseModel):
    """What is left out, or null, stays as it is."""

    name: Name | None = None
    url: Url | None = None
    events: Events | None = None
    paused: StrictBool | None = Field(None, description="Messages wait while it is paused, for up to 30 days")


class WebhookOut(BaseModel):
    id: int
    name: str
    url: str
    events: list[str]
    unit: str | None = Field(description="Code; null is everybody")
    unit_name: str | None
    created_at: datetime
    health: Health = Field(
        description="`failing` after five failures in a row, or when a message was given up"
    )
    paused_at: datetime | None
    failing_since: datetime | None
    delivered_at: datetime | None = Field(description="The last success")
    former_until: datetime | None = Field(
        description="Until then messages carry a signature by the secret before the present one, too"
    )
    waiting: int = Field(description="Messages that are not delivered yet")
    given_up: int = Field(description="Messages of the log that are not tried any more")


class WebhookWithSecretOut(WebhookOut):
    secret: str = Field(description="For checking signatures (Standard Webhooks). It is not shown again")


class WebhooksOut(BaseModel):
    webhooks: list[WebhookOut]


class AttemptOut(BaseModel):
    at: datetime
    duration_ms: int
    status: int | None = Field(description="Of the answer, where there was one")
    problem: str | None = Field(
        description="`not_found`, `private_address`, `refused`, `timeout`, `tls`, `broken_off`, `redirect` or "
        "`status`; null for a success"
    )


class DeliveryOut(BaseModel):
    id: int
    message_id: str = Field(description="The header `webhook-id`, the same with every attempt")
    event: str
    cause: str
    changed_at: datetime
    state: DeliveryState
    due_at: datetime | None = Field(description="Of the next attempt")
    ended_at: datetime | None
    body: str | None = Field(description="As sent; null before the first attempt")
    attempts: list[AttemptOut]


class DeliveriesOut(BaseModel):
    total: int
    page: int
    pages: int
    deliveries: list[DeliveryOut]


class SentAgainOut(BaseModel):
    messages: int


@router.get("")
def list_webhooks(services: TheServices, _account: WebhookReader) -> WebhooksOut:
    """All webhooks, the newest first."""
    return WebhooksOut(
        webhooks=[WebhookOut.model_validate(asdict(one)) for one in services.webhooks.listed()]
    )


@router.post(
    "",
    status_code=201,
    responses={
        404: {"description": "No unit has this code"},
        409: {"description": f"There are {MOST_WEBHOOKS} already"},
    },
)
def register(wanted: NewWebhook, services: TheServices, account: WebhookKeeper) -> WebhookWithSecretOut:
    """A new webhook, with the secret that its messages are signed with."""
    made = Wanted(wanted.name, wanted.url, wanted.events, wanted.unit or None)
    return _with_secret(services.webhooks.register(made, services.clock(), by=account.id))


@router.get("/{webhook_id}", responses=UNKNOWN)
def one_webhook(webhook_id: WebhookId, services: TheServices, _account: WebhookReader) -> WebhookOut:
    return WebhookOut.model_validate(asdict(services.webhooks.one(webhook_id)))


@router.patch("/{webhook_id}", responses=UNKNOWN)
def change(
    webhook_id: WebhookId, wanted: WebhookChange, services: TheServices, account: WebhookKeeper
) -> WebhookOut:
    """Change it, pause it, or go on with it: then what has waited is tried at once."""
    changes = Changes(wanted.name, wanted.url, wanted.events, wanted.paused)
    changed = services.webhooks.change(webhook_id, changes, services.clock(), by=account.id)
    return WebhookOut.model_validate(asdict(changed))


@router.delete("/{webhook_id}", status_code=204, responses=UNKNOWN)
def delete(webhook_id: WebhookId, services: TheServices, account: WebhookKeeper) -> None:
    """With its log, and what waits to be delivered."""
    services.webhooks.delete(webhook_id, services.clock(), by=account.id)


@router.post("/{webhook_id}/secret", responses=UNKNOWN)
def change_secret(
    webhook_id: WebhookId, services: TheServices, account: WebhookKeeper
) -> WebhookWithSecretOut:
    """Another secret. For 24 hours messages carry two signatures, by the new one and by the one before."""
    return _with_secret(services.webhooks.change_secret(webhook_id, services.clock(), by=account.id))


@router.post("/{webhook_id}/ping", status_code=202, responses={**UNKNOWN, **PAUSED})
def ping(webhook_id: WebhookId, services: TheServices, _account: WebhookKeeper) -> None:
    """Send a message that says nothing, to see whether it arrives."""
    webhook_log.ping(services.db, webhook_id, services.clock())


@router.get("/{webhook_id}/deliveries", responses=UNKNOWN)
def deliveries(
    webhook_id: WebhookId,
    services: TheServices,
    _account: WebhookReader,
    only: Annotated[
        Literal["failed"] | None, Query(description="`failed`: given up, or failed so far")
    ] = None,
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> DeliveriesOut:
    """Its messages of the last 30 days, the newest first."""
    found = webhook_log.log_of(services.db, webhook_id, failed=only == "failed", page=page)
    return DeliveriesOut.model_validate(asdict(found))


@router.post("/{webhook_id}/deliveries/resend", responses={**UNKNOWN, **PAUSED})
def send_failed_again(webhook_id: WebhookId, services: TheServices, account: WebhookKeeper) -> SentAgainOut:
    """All that was given up, under the same message ids; what they say is as it is by then."""
    sent = webhook_log.send_failed_again(services.db, webhook_id, services.clock(), by=account.id)
    return SentAgainOut(messages=sent)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/resend",
    responses={404: {"description": "There is no such message of such a webhook"}, **PAUSED},
)
def send_again(
    webhook_id: WebhookId, delivery_id: DeliveryId, services: TheServices, account: WebhookKeeper
) -> SentAgainOut:
    """One message, whatever became of it, under the same message id; what it says is as it is by then."""
    webhook_log.send_again(services.db, webhook_id, delivery_id, services.clock(), by=account.id)
    return SentAgainOut(messages=1)


def _with_secret(made: WithSecret) -> WebhookWithSecretOut:
    return WebhookWithSecretOut.model_validate({**asdict(made.webhook), "secret": made.secret})
