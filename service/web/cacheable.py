"""Answers that are the same for everybody: kept by browsers and by proxies, and asked for again by their tag."""

import hashlib
from typing import Final

from fastapi import Request, Response

KEPT_S: Final = 3600


def cacheable(
    request: Request, body: str, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    """The answer with its tag; 304 without a body where the caller has it already (RFC 9110, 13.1.2)."""
    tag = hashlib.sha256(body.encode()).hexdigest()[:32]
    # Weak: compressed or not, it is the same to whoever reads it.
    sent = {"etag": f'W/"{tag}"', "cache-control": f"public, max-age={KEPT_S}", **(headers or {})}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=sent)
    return Response(body, media_type=media_type, headers=sent)


def _has(wanted: str, tag: str) -> bool:
    names = {one.strip().removeprefix("W/") for one in wanted.split(",")}
    return f'"{tag}"' in names or names == {"*"}
