"""What a phone says of a check-in that it made without signal: `meta.offline`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.web.phone_clock import PhoneTime

LONGEST_PASS = 64
LONGEST_NIP = 100
MOST_ITEMS = 1_000_000
# A steady clock that has run for longer than a year is not a phone's.
LONGEST_RUN_MS = 366 * 24 * 3600 * 1000
LARGEST_OFFSET_MS = 2**53


class Offline(BaseModel):
    """From it the service tells how far the claimed time can be confirmed."""

    model_config = ConfigDict(
        serialize_by_alias=True,
        json_schema_extra={
            "examples": [
                {
                    "pass": "hJ2f0Vb3c1oK9mXq7sLwYA",
                    "sequence": 1,
                    "previous": "0d7d1c1e5fd7ac2c5f3ab0a1f7dd1e4a31c9b0c6c9f0b7c3b2a1d0e9f8c7b6a5",
                    "clock": "2026-11-24T07:28:10+07:00",
                    "monotonic_ms": 5400000,
                    "last_contact": "2026-11-23T22:58:09.120000Z",
                    "clock_offset_ms": -1200,
                }
            ]
        },
    )

    pass_id: Annotated[
        str,
        Field(
            alias="pass", min_length=1, max_length=LONGEST_PASS, description="The `id` of the offline pass"
        ),
    ]
    sequence: int = Field(ge=1, le=MOST_ITEMS, description="1 for the first item made with this pass")
    previous: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="Hash of the item before; for the first one the SHA-256 of the pass's `id`",
    )
    clock: PhoneTime = Field(description="The phone's own clock when the photo was taken")
    monotonic_ms: int | None = Field(
        ge=0,
        le=LONGEST_RUN_MS,
        description="How long a clock that nobody can set had run since `last_contact`; null after a restart",
    )
    last_contact: PhoneTime | None = Field(description="`server_time` of the pass")
    clock_offset_ms: int | None = Field(
        None,
        ge=-LARGEST_OFFSET_MS,
        le=LARGEST_OFFSET_MS,
        description="At the last contact, the service's clock less the phone's",
    )


class KioskOffline(Offline):
    """At a kiosk somebody may have said who they are."""

    nip: str | None = Field(
        None, max_length=LONGEST_NIP, description="As it was typed at the kiosk when there was no connection"
    )
