"""What every answer tells the browser to refuse, and the requests that another site's page may not send."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access_errors import CrossSiteRequest
from service.i18n import negotiate
from service.web.problems import problem

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        # Of the one script that names the service worker's address, to the browser.
        "trusted-types hadir-worker",
    )
)

SECURITY_HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    # Under no-referrer a form's own POST would carry `Origin: null`, and be taken for another site's.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

# A module or a style sheet is no document: the page that names it decides what it may do. On a slow link the other
# headers of twenty small files would take as long as a third of the files themselves.
HEADERS_OF_PARTS: Final = frozenset({"cross-origin-resource-policy", "x-content-type-options"})
PARTS: Final = ("text/javascript", "text/css")
PARTS_FOLDER: Final = "/static/"

# Two years, as the browsers' preload lists ask; RFC 6797, 7.2: only where the page came over TLS.
STRICT_TRANSPORT_SECURITY: Final = f"max-age={2 * 365 * 24 * 3600}; includeSubDomains"

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityHeaders:
    """Adds the headers; an answer that does not say how long it may be kept is personal, and is not kept.

    https : people reach the service over TLS, and shall never reach it otherwise.
    """

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self.app = app
        transport = {"strict-transport-security": STRICT_TRANSPORT_SECURITY} if https else {}
        self.headers = SECURITY_HEADERS | transport
        self.headers_of_parts = {name: SECURITY_HEADERS[name] for name in HEADERS_OF_PARTS} | transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers_for(scope, headers).items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_guarded)

    def _headers_for(self, scope: Scope, answer: MutableHeaders) -> dict[str, str]:
        part = scope["path"].startswith(PARTS_FOLDER) and answer.get("content-type", "").startswith(PARTS)
        return self.headers_of_parts if part else self.headers


class CrossSiteProtection:
    """Refuses what a browser sends from another site's page; no tokens needed.

    Every current browser says where an unsafe request comes from in `Sec-Fetch-Site` (on secure origins) or
    `Origin`. Programs send neither, and carry no cookie that another site could borrow.
    `public_url` names the origin people use, where a proxy changes the `Host`.
    """

    def __init__(self, app: ASGIApp, public_url: str | None = None, language: str = "id") -> None:
        self.app = app
        self.public_origin = public_url.rstrip("/").lower() if public_url else None
        self.language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            if not self._from_our_pages(headers):
                language = negotiate(None, headers.get("accept-language"), self.language)
                await problem(CrossSiteRequest(), language)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _from_our_pages(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:
            return True
        if self.public_origin is not None and origin.lower() == self.public_origin:
            return True
        parts = urlsplit(origin.lower())
        if self.public_origin is not None and not self.public_origin.startswith(f"{parts.scheme}://"):
            return False  # the same host without TLS is whoever stands in between
        return parts.netloc == headers.get("host", "").lower() != ""
