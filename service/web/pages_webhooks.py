"""The page of webhooks: which programs are told of changes, and whether that works."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from service.web.page_frame import open_page, render
from service.webhook_log import KEPT
from service.webhook_post import LONGEST_URL
from service.webhooks import LONGEST_NAME

# Those that are sent, in the order in which they are offered.
OFFERED: Final = ("day.changed", "checkin.decided", "month.closed", "month.unlocked")

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/webhooks")
def webhooks(request: Request) -> Response:
    return open_page(
        request,
        "/webhooks",
        lambda viewer: render(
            request,
            "webhooks.html",
            viewer,
            offered=OFFERED,
            longest_name=LONGEST_NAME,
            longest_url=LONGEST_URL,
            kept_days=KEPT.days,
        ),
    )
