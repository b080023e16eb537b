"""What a tablet takes along for times without a connection, and what it had stored meanwhile."""

from typing import Annotated, Final

from fastapi import APIRouter, Body, Header, Request

from service import challenges
from service.access_errors import OtherAccount
from service.web.access import TheServices
from service.web.api_challenges import OfflinePassOut, pass_out
from service.web.api_kiosk import KioskAnswerOut, answer_out
from service.web.api_sealed_checkins import opened_item
from service.web.arrival import arrived_at
from service.web.kiosk_device import TheKiosk, kiosk_mark
from service.web.offline_part import KioskOffline

LONGEST_MARK: Final = 32

router = APIRouter(prefix="/api/kiosk", tags=["kiosk"])


@router.get("/offline-pass")
def offline_pass(services: TheServices, kiosk: TheKiosk) -> OfflinePassOut:
    """What a tablet needs that may be without a connection. From each call on it counts the time.

    The challenges that were not used are the same when asked again.
    """
    now = services.clock()
    issued = challenges.issue_in_advance_at_kiosk(services.db, kiosk.id, now)
    pass_id = services.kiosk_items.issue_pass(kiosk.id, now)
    return pass_out(services, pass_id, kiosk_mark(kiosk), now, issued)


@router.post(
    "/checkins/sealed",
    status_code=201,
    responses={
        409: {"description": "Another kiosk's attempt has this id, or the item is another's to send"},
        422: {
            "description": "It can't be opened (`sealed_item_refused`, `reason` is `malformed`, `key_unknown` or "
            "`damaged`), or what is in it is incomplete or has a wrong value"
        },
        503: {"description": "There was no room to store it; nothing was stored. Try again later"},
    },
)
def check_in_sealed(
    request: Request,
    services: TheServices,
    kiosk: TheKiosk,
    item: Annotated[
        bytes,
        Body(media_type="application/octet-stream", description="As for `POST /api/checkins/sealed`"),
    ],
    hadir_account: Annotated[
        str | None,
        Header(
            max_length=LONGEST_MARK,
            description="`account` of the offline pass; for whom it is not is refused with 409 `other_account`",
        ),
    ] = None,
) -> KioskAnswerOut:
    """Check in with an item that was stored on the tablet.

    Opened, it goes the very same way as `POST /api/kiosk/checkins`. Its second part may also hold `nip`, which was
    typed at the tablet: then the face is compared with that employee's alone; where nobody has it, it is searched
    for as always. It counts at the claimed time, provisionally wherever that can't be confirmed.
    """
    if hadir_account is not None and hadir_account != kiosk_mark(kiosk):
        raise OtherAccount
    said, submission = opened_item(services, item, KioskOffline)
    nip = said.offline.nip if isinstance(said.offline, KioskOffline) else None
    return answer_out(services.kiosk_checkins.submit(kiosk, submission, arrived_at(request), nip=nip))
