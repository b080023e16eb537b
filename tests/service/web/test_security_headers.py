import re

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from service.web.security_headers import CrossSiteProtection, SecurityHeaders

HOST = "hadir.example.go.id"


def client(public_url: str | None = None) -> TestClient:
    """A small application behind both layers."""
    app = FastAPI()

    @app.api_route("/page", methods=["GET", "POST", "DELETE"])
    def page(request: Request) -> Response:
        return PlainTextResponse(request.method)

    @app.get("/kept")
    def kept() -> Response:
        return PlainTextResponse("for good", headers={"cache-control": "public, max-age=60"})

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        kind = {"a.js": "text/javascript", "a.css": "text/css", "a.svg": "image/svg+xml"}[name]
        return Response("", media_type=kind)

    app.add_middleware(CrossSiteProtection, public_url=public_url, language="id")
    app.add_middleware(SecurityHeaders)
    return TestClient(app, base_url=f"https://{HOST}")


def policy() -> dict[str, str]:
    directives = client().get("/page").headers["content-security-policy"].split("; ")
    return dict(directive.partition(" ")[::2] for directive in directives)


def test_no_script_or_style_may_stand_in_a_page() -> None:
    assert policy()["default-src"] == "'none'"
    assert policy()["script-src"] == "'self'"
    assert policy()["style-src"] == "'self'"


def test_no_other_site_is_named_in_the_policy() -> None:
    assert not re.search(r"https?:|\*|unsafe|data:", " ".join(policy().values()))


def test_no_other_site_may_frame_a_page() -> None:
    headers = client().get("/page").headers

    assert policy()["frame-ancestors"] == "'none'"
    assert headers["x-frame-options"] == "DENY"


def test_camera_and_position_are_for_this_site_alone() -> None:
    allowed = client().get("/page").headers["permissions-policy"]

    assert "camera=(self)" in allowed
    assert "geolocation=(self)" in allowed
    assert "microphone=()" in allowed


def test_types_are_not_guessed_and_addresses_not_told() -> None:
    headers = client().get("/page").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("name", ["a.js", "a.css"])
def test_parts_of_a_page_carry_only_what_concerns_them(name: str) -> None:
    headers = client().get(f"/static/{name}").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert not {"content-security-policy", "permissions-policy", "x-frame-options"} & set(headers)


def test_a_picture_that_could_be_opened_by_itself_carries_the_policy() -> None:
    assert "content-security-policy" in client().get("/static/a.svg").headers


def test_what_does_not_say_how_long_it_may_be_kept_is_not_kept() -> None:
    assert client().get("/page").headers["cache-control"] == "no-store"
    assert client().get("/kept").headers["cache-control"] == "public, max-age=60"


def test_a_refusal_carries_the_headers_too() -> None:
    refused = client().post("/page", headers={"origin": "https://elsewhere.example"})

    assert refused.status_code == 403
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "cross_site_request"


def test_a_refusal_is_in_the_readers_language() -> None:
    headers = {"origin": "https://elsewhere.example", "accept-language": "en"}

    assert client().post("/page", headers=headers).json()["detail"] == "This request came from another site."
    assert client().post("/page", headers=headers | {"accept-language": "fr"}).json()["detail"] == (
        "Permintaan ini datang dari situs lain."
    )


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": f"https://{HOST}"},
        {"origin": "https://elsewhere.example"},
        {"origin": f"https://{HOST}.elsewhere.example"},
        {"origin": f"https://{HOST}:8443"},
        {"origin": "null"},
    ],
)
def test_another_sites_page_may_not_change_anything(method: str, headers: dict[str, str]) -> None:
    assert client().request(method, "/page", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": f"https://{HOST}"},
        {"origin": f"https://{HOST.upper()}"},
    ],
)
def test_our_own_pages_and_programs_may(headers: dict[str, str]) -> None:
    assert client().post("/page", headers=headers).text == "POST"


def test_following_a_link_from_another_site_is_fine() -> None:
    assert client().get("/page", headers={"sec-fetch-site": "cross-site"}).text == "GET"


def test_behind_a_proxy_the_public_address_is_ours() -> None:
    behind_proxy = client(public_url="https://presensi.example.go.id")

    assert behind_proxy.post("/page", headers={"origin": "https://presensi.example.go.id"}).text == "POST"
    assert behind_proxy.post("/page", headers={"origin": "https://elsewhere.example"}).status_code == 403


def test_one_address_of_our_own_may_be_run_as_a_worker() -> None:
    assert policy()["worker-src"] == "'self'"
    assert policy()["trusted-types"] == "hadir-worker"
