import re
import struct

import pytest
from fastapi.testclient import TestClient

from service.web.icon_drawing import icons
from service.web.static_files import FILES, VERSION
from tests.service.web.conftest import Visitor, add_person

SIGNATURE_BYTES = 16


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_manifest_says_what_an_app_needs(client: TestClient, language: str) -> None:
    answer = client.get("/manifest.webmanifest", headers={"Accept-Language": language})

    manifest = answer.json()
    assert answer.headers["content-type"] == "application/manifest+json"
    assert (manifest["lang"], manifest["id"], manifest["scope"]) == (language, "/", "/")
    assert manifest["start_url"] == "/checkin"
    assert {icon.get("purpose") for icon in manifest["icons"]} == {None, "any", "maskable"}


def test_the_icons_of_the_manifest_have_the_sizes_it_says(client: TestClient) -> None:
    for icon in client.get("/manifest.webmanifest").json()["icons"]:
        picture = client.get(icon["src"])
        assert picture.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", picture.content[SIGNATURE_BYTES : SIGNATURE_BYTES + 8])
            assert icon["sizes"] == f"{width}x{height}"


def test_the_icons_are_those_that_the_script_draws() -> None:
    assert {name: FILES[name] for name in FILES if name.endswith(".png")} == icons()


def test_another_version_of_the_files_is_another_worker(client: TestClient) -> None:
    answer = client.get("/sw.js")

    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-store"
    assert f"/static/{VERSION}/worker.js" in answer.text


def test_a_phone_knows_accounts_apart_without_knowing_whose_they_are(
    admin: Visitor, client: TestClient
) -> None:
    siti, budi = (add_person(admin, nip, "Pegawai") for nip in ("198503302003121009", "198503302003121010"))

    def mark(visitor: Visitor) -> str:
        found = re.search(r'data-account="(\w+)"', visitor.get("/checkin").text)
        assert found is not None
        return found.group(1)

    assert mark(siti) == mark(siti) != mark(budi)
    assert mark(siti) == siti.get("/api/offline-pass").json()["account"]
    assert 'data-account=""' in client.get("/login").text
