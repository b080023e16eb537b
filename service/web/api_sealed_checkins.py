"""Check-ins that a phone had stored, sealed to this service, over HTTP."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Body, Header, Request, Response

from models.image import MAX_BYTES
from service import sealed_item
from service.access_errors import NotAllowed, OtherAccount
from service.checkins import Submission
from service.errors import TooLarge
from service.sealed_item import open_item
from service.web.access import CheckingIn, TheServices
from service.web.account_mark import MARK_DIGITS, account_mark
from service.web.api_checkins import (
    FRAME_BYTES,
    CheckinOut,
    Meta,
    parse_meta,
    refuse_many,
    submission_of,
    submit,
)
from service.web.offline_part import Offline
from service.wiring import Services

router = APIRouter(prefix="/api/checkins", tags=["check-ins"])


def check_in_sealed(
    request: Request,
    response: Response,
    services: TheServices,
    account: CheckingIn,
    item: Annotated[bytes, Body(media_type="application/octet-stream", description="See above")],
    hadir_account: Annotated[
        str | None,
        Header(
            max_length=MARK_DIGITS,
            description="`account` of the offline pass; for whom it is not is refused with 409 `other_account`",
        ),
    ] = None,
) -> CheckinOut:
    if account.employee_id is None:
        raise NotAllowed
    if hadir_account is not None and hadir_account != account_mark(services, account):
        raise OtherAccount
    _, submission = opened_item(services, item)
    return submit(request, response, services, account.employee_id, submission)


def opened_item(
    services: Services, item: bytes, offline_as: type[Offline] = Offline
) -> tuple[Meta, Submission]:
    """What was said in it, and what is to be submitted.

    Raises SealedItemRefused, InvalidRequest, TooLarge and TooDeep.
    """
    opened = open_item(services.item_keys, item)
    said = parse_meta(opened.meta, opened.offline, offline_as)
    refuse_many(opened.frames)
    if len(opened.selfie) > MAX_BYTES or any(len(frame) > FRAME_BYTES for frame in opened.frames):
        raise TooLarge
    return said, replace(submission_of(said, opened.selfie, opened.frames), item_hash=opened.hash)


check_in_sealed.__doc__ = f"""Check in with an item that was stored on the phone.

Opened, it goes the very same way as `POST /api/checkins`, with the same limits and the same answer. What it holds
can be read by nobody on the way, nor by the phone that sealed it; the key is in `GET /api/offline-pass`.

{(sealed_item.__doc__ or "").partition(chr(10) * 2)[2]}"""

router.add_api_route(
    "/sealed",
    check_in_sealed,
    methods=["POST"],
    status_code=201,
    responses={
        201: {"model": CheckinOut, "description": "Stored and decided"},
        202: {"model": CheckinOut, "description": "Stored; not decided yet. `Location` tells where to look"},
        409: {"description": "Somebody else's check-in has this id, or the item is another account's"},
        422: {
            "description": "It can't be opened (`sealed_item_refused`, `reason` is `malformed`, `key_unknown` or "
            "`damaged`), or what is in it is incomplete or has a wrong value"
        },
        429: {
            "description": "Too many retakes in a row: wait `retry_after_s`, or send it with `send_anyway`; "
            "nothing was stored"
        },
        503: {"description": "There was no room to store it; nothing was stored. Try again later"},
    },
)
