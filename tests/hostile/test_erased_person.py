"""Somebody who is erased while the service runs: no byte of face or name is left in any of its files."""

import hashlib
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import records
from tests.hostile.office import Office
from tests.hostile.phone import Part, Phone, Reply, multipart
from tests.hostile.roles import Roles, roles_beside
from tests.hostile.running_service import RunningService

NAME = "Siti Rahmawati Kusumawardhani"
# Enough to be found by.
NEEDLE_BYTES = 48


@pytest.fixture
def roles(service: RunningService, office: Office) -> Iterator[Roles]:
    with roles_beside(office.data_dir) as roles:
        yield roles


def needles_of(data_dir: Path, nip: str, pictures: list[bytes]) -> dict[str, bytes]:
    """What of a person lies in the files, by what it is."""
    with records.database(data_dir) as connection:
        ((employee_id,),) = connection.execute("SELECT id FROM employees WHERE nip = ?", [nip])
        ((template,),) = connection.execute(
            "SELECT vectors FROM templates WHERE employee_id = ?", [employee_id]
        )
        keys = [
            key
            for query in (
                "SELECT evidence_key FROM photos WHERE employee_id = ?",
                "SELECT selfie_key FROM checkins WHERE employee_id = ?",
            )
            for (key,) in connection.execute(query, [employee_id])
        ]
    return {
        "name": NAME.encode(),
        "nip": nip.encode(),
        "beginning of the template": template[:NEEDLE_BYTES],
        "end of the template": template[-NEEDLE_BYTES:],
        **{f"image {key}": (data_dir / "evidence" / key).read_bytes()[:NEEDLE_BYTES] for key in keys},
        **{f"place of {key}": key.encode() for key in keys},
        **{f"hash {number}": picture for number, picture in enumerate(map(_sha256, pictures))},
    }


def _sha256(picture: bytes) -> bytes:
    return hashlib.sha256(picture).hexdigest().encode()


def stored_bytes(service: RunningService) -> bytes:
    """Of every file: database, write-ahead log, images, keys, and what the service said; and their names.

    By another process: this one has the database open, and would lose its locks on it with the descriptor.
    """
    files = [str(path) for path in [*sorted(service.data_dir.rglob("*")), service.log] if path.is_file()]
    read = subprocess.run(["/bin/cat", "--", *files], stdout=subprocess.PIPE, check=True).stdout
    return "\n".join(files).encode() + read


def enrol(hr: Phone, nip: str, photo: bytes) -> Reply:
    hr.send(f'{{"nip": "{nip}", "name": "{NAME}"}}'.encode(), "/api/employees", "application/json")
    parts = multipart([Part("photos", photo, "photo.png"), Part("consent", b"true")])
    return hr.send(parts, f"/api/employees/{nip}/photos")


def test_nothing_of_an_erased_person_is_left_in_the_files_of_a_running_service(
    service: RunningService, roles: Roles, selfie: bytes, astronaut_png: bytes
) -> None:
    nip = uuid.uuid4().hex
    with Phone(service.port, roles.token("hr")) as hr:
        assert enrol(hr, nip, astronaut_png).status == 201
        with Phone(service.port, roles.token_of(nip)) as phone:
            assert phone.check_in(selfie, send_anyway=True).status == 201
            assert NAME.encode() in phone.get("/api/me/data").body
        needles = needles_of(service.data_dir, nip, [astronaut_png, selfie])
        before = stored_bytes(service)
        assert {name for name, needle in needles.items() if needle not in before} == set()
        erased = hr.send(b"", f"/api/employees/{nip}/erase")
    assert (erased.status, erased.json()["purged"]) == (200, True)
    after = stored_bytes(service)
    assert {name for name, needle in needles.items() if needle in after} == set()
    # What was sealed never lay open either.
    for picture in (astronaut_png, selfie):
        assert picture[1000 : 1000 + NEEDLE_BYTES] not in before
