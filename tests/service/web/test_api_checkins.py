import io
import json
import logging
import re
import struct
import uuid
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image

from service import checkins
from service.wiring import Services
from tests.service.web.conftest import Visitor, add_person

SITI = "198503302003121002"


@pytest.fixture(scope="module", autouse=True)
def nobody_has_to_wait() -> Iterator[None]:
    """Retakes come one after the other here; tests/service/test_checkins.py has the waiting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkins, "MOST_RETAKES", 1_000)
        yield


@pytest.fixture(scope="module")
def siti(admin: Visitor, astronaut_png: bytes) -> Visitor:
    """An employee enrolled with the packaged portrait."""
    visitor = add_person(admin, SITI, "Siti Rahmawati")
    enrolled = admin.post(
        f"/api/employees/{SITI}/photos",
        files=[("photos", ("a.png", astronaut_png))],
        data={"consent": "true"},
    )
    assert enrolled.status_code == 201
    return visitor


def _meta(**changes: object) -> dict[str, object]:
    return {
        "id": str(uuid.uuid4()),
        "kind": "in",
        "captured_at": datetime.now(UTC).isoformat(),
        "position": {"lat": -6.59, "lon": 106.79, "accuracy_m": 20},
        "challenge": None,
        "frames": [],
        "offline": None,
        "link": None,
        **changes,
    }


def _check_in(
    visitor: Visitor, selfie: bytes, meta: object = None, frames: tuple[bytes, ...] = ()
) -> Response:
    files = [("selfie", ("selfie.jpg", selfie))] + [("frames", ("frame.jpg", frame)) for frame in frames]
    return visitor.post("/api/checkins", files=files, data={"meta": json.dumps(meta or _meta())})


def _image(astronaut_png: bytes, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(astronaut_png)).convert("RGB")
    picture.save(out, image_format, **options)
    return out.getvalue()


def test_a_selfie_of_its_employee_lacks_only_evidence_of_liveness(
    siti: Visitor, astronaut_png: bytes
) -> None:
    # Not the picture that was enrolled: what leaves out a part of it on two sides looks like another one.
    out = io.BytesIO()
    Image.open(io.BytesIO(astronaut_png)).convert("RGB").crop((40, 0, 512, 480)).save(out, "JPEG", quality=80)
    answer = _check_in(siti, out.getvalue())
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["reasons"]) == ("review", ["no_liveness"])
    assert body["counted_at"] == body["received_at"] == body["day"]["first_in"]
    assert "similarity" not in answer.text


def test_another_persons_photo_is_never_accepted(siti: Visitor, admin: Visitor, portraits_dir: Path) -> None:
    other, *_ = sorted(path for path in portraits_dir.iterdir() if path.is_dir())
    admin.post("/api/employees", json={"nip": "budi", "name": "Budi"})
    admin.post(
        "/api/employees/budi/photos",
        files=[("photos", ("n.jpg", (other / "neutral.jpg").read_bytes()))],
        data={"consent": "true"},
    )
    body = _check_in(siti, (other / "smiling.jpg").read_bytes()).json()
    assert body["status"] == "review"
    assert body["reasons"][0] == "other_person"


def test_hr_and_auditors_see_the_numbers_and_the_employee_does_not(
    siti: Visitor, auditor: Visitor, astronaut_png: bytes
) -> None:
    body = _check_in(siti, _image(astronaut_png, "JPEG", quality=70)).json()
    seen = auditor.get(f"/api/checkins/{body['id']}").json()
    assert seen["nip"] == SITI
    assert seen["findings"]["similarity"] > seen["findings"]["threshold"]
    assert "findings" not in siti.get(f"/api/checkins/{body['id']}").json()
    listed = auditor.get("/api/checkins", params={"status": "review"}).json()
    assert body["id"] in [checkin["id"] for checkin in listed["checkins"]]


def test_somebody_elses_check_in_is_not_found(siti: Visitor, admin: Visitor, astronaut_png: bytes) -> None:
    body = _check_in(siti, _image(astronaut_png, "JPEG", quality=75)).json()
    stranger = add_person(admin, "stranger", "Orang Asing")
    assert stranger.get(f"/api/checkins/{body['id']}").status_code == 404


def test_the_same_upload_again_has_the_same_answer(siti: Visitor, astronaut_png: bytes) -> None:
    meta, selfie = _meta(), _image(astronaut_png, "JPEG", quality=85)
    assert _check_in(siti, selfie, meta).json() == _check_in(siti, selfie, meta).json()


def _png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(12_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _animated_webp(astronaut_png: bytes) -> bytes:
    frame = Image.open(io.BytesIO(astronaut_png)).convert("RGB")
    out = io.BytesIO()
    frame.save(out, "WEBP", save_all=True, append_images=[frame.rotate(5)], duration=100)
    return out.getvalue()


def test_bad_pictures_are_recorded_as_retakes_with_the_reason(siti: Visitor, astronaut_png: bytes) -> None:
    jpeg = _image(astronaut_png, "JPEG")
    both = Image.new("RGB", (1024, 512))
    portrait = Image.open(io.BytesIO(astronaut_png)).convert("RGB")
    both.paste(portrait, (0, 0))
    both.paste(portrait, (512, 0))
    two = io.BytesIO()
    both.save(two, "JPEG")
    wall = io.BytesIO()
    Image.new("RGB", (360, 480), (170, 160, 150)).save(wall, "JPEG")
    bad = {
        "no_face": wall.getvalue(),
        "many_faces": two.getvalue(),
        "image_unknown_format": b"This is a text, whatever its name says.",
        "image_damaged": jpeg[: len(jpeg) // 2],
        "image_too_many_pixels": _png_that_claims(10_000, 10_000),
        "image_empty": b"",
        "image_unsupported_format": _image(astronaut_png, "GIF"),
        "image_animated": _animated_webp(astronaut_png),
    }
    for reason, selfie in bad.items():
        answer = _check_in(siti, selfie)
        assert answer.status_code == 201, reason
        assert (answer.json()["status"], answer.json()["reasons"]) == ("retake", [reason])
        assert siti.get(f"/api/checkins/{answer.json()['id']}").json()["status"] == "retake"


def test_every_orientation_and_colour_mode_of_a_good_selfie_is_judged(
    siti: Visitor, astronaut_png: bytes
) -> None:
    upright = Image.open(io.BytesIO(astronaut_png)).convert("RGB")
    # How a camera stores the upright picture under each EXIF orientation.
    stored = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }
    pictures = {}
    for orientation, picture in stored.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=90, exif=exif)
        pictures[f"orientation {orientation}"] = out.getvalue()
    for mode in ("L", "CMYK"):
        out = io.BytesIO()
        upright.convert(mode).save(out, "JPEG", quality=90)
        pictures[mode] = out.getvalue()
    pictures["WebP"] = _image(astronaut_png, "WEBP", quality=90)
    for name, selfie in pictures.items():
        body = _check_in(siti, selfie).json()
        assert (body["status"], body["reasons"]) == ("review", ["no_liveness", "repeated_image"]), name


@pytest.mark.parametrize(
    "meta",
    [
        {},
        {"id": "no uuid"},
        _meta(kind="lunch"),
        _meta(captured_at="2026-11-24T07:30:00"),
        _meta(position={"lat": 91, "lon": 0, "accuracy_m": 1}),
        [],
        "text",
    ],
)
def test_bad_meta_is_refused_and_says_where(siti: Visitor, meta: object) -> None:
    answer = siti.post("/api/checkins", files={"selfie": ("s.jpg", b"x")}, data={"meta": json.dumps(meta)})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"
    assert answer.json()["fields"][0]["field"].startswith("meta")


@pytest.mark.parametrize(
    "changes",
    [
        {"captured_at": "0001-01-01T00:00:00+23:59"},
        {"captured_at": "9999-12-31T23:59:59-23:59"},
        {"position": {"lat": 0, "lon": 0, "accuracy_m": float("inf")}},
        {"frames": [{"step": 0, "at_ms": 10**40}]},
    ],
)
def test_numbers_that_can_not_be_stored_are_refused(siti: Visitor, changes: dict[str, object]) -> None:
    answer = _check_in(siti, b"x", _meta(**changes))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("captured_at", ["1970-01-01T00:00:00Z", "2106-02-07T06:28:15+14:00"])
def test_a_phone_whose_clock_is_years_off_is_recorded(siti: Visitor, captured_at: str) -> None:
    assert _check_in(siti, b"no picture", _meta(captured_at=captured_at)).status_code == 201


def test_meta_that_is_nested_too_deeply_is_refused(siti: Visitor) -> None:
    deep: dict[str, object] = {}
    for _ in range(30):
        deep = {"deeper": deep}
    answer = _check_in(siti, b"x", _meta(offline=deep))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_deep")


def test_a_file_name_that_no_file_has_is_refused(siti: Visitor) -> None:
    answer = siti.post(
        "/api/checkins", files={"selfie": ("s" * 256, b"x")}, data={"meta": json.dumps(_meta())}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["fields"][0]["field"] == "filename"


@pytest.mark.parametrize(
    "parts", [{"files": [("x", ("x", b"x"))] * 17}, {"data": {f"f{n}": "x" for n in range(17)}}]
)
def test_a_body_of_too_many_parts_is_refused(siti: Visitor, parts: dict[str, Any]) -> None:
    files = [("selfie", ("s", b"x")), *parts.get("files", [])]
    answer = siti.post(
        "/api/checkins", files=files, data={"meta": json.dumps(_meta()), **parts.get("data", {})}
    )
    assert answer.status_code == 400


def test_a_field_of_a_hundred_kilobytes_is_refused(siti: Visitor) -> None:
    answer = siti.post("/api/checkins", files={"selfie": ("s", b"x")}, data={"meta": " " * 100_000})
    assert answer.status_code == 400


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_no_calendar_has_is_refused(admin: Visitor, day: str) -> None:
    assert admin.get(f"/api/checkins?date={day}").status_code == 422


def test_an_upload_without_a_selfie_is_refused(siti: Visitor) -> None:
    answer = siti.post("/api/checkins", data={"meta": json.dumps(_meta())})
    assert answer.status_code == 422


def test_a_selfie_over_ten_megabytes_is_refused(siti: Visitor) -> None:
    assert _check_in(siti, bytes(10 * 1024 * 1024 + 1)).status_code == 413


def test_a_body_over_the_limit_is_refused_before_it_is_read(siti: Visitor) -> None:
    answer = _check_in(siti, bytes(21 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_body_over_the_limit_that_does_not_say_its_length_is_refused(siti: Visitor) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="selfie"; filename="a"\r\n\r\n'
        for _ in range(22):
            yield bytes(1024 * 1024)

    answer = siti.client.post(
        "/api/checkins",
        content=pieces(),
        headers={**siti.headers, "Content-Type": "multipart/form-data; boundary=b"},
    )
    assert answer.status_code == 413


def test_an_account_that_is_no_employee_checks_nobody_in(admin: Visitor) -> None:
    assert _check_in(admin, b"x").status_code == 403


def test_a_visitor_checks_nobody_in(visitor: Visitor) -> None:
    assert _check_in(visitor, b"x").status_code == 401


def test_log_lines_name_no_person_path_or_picture(
    siti: Visitor, admin: Visitor, services: Services, astronaut_png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        _check_in(siti, _image(astronaut_png, "JPEG", quality=88))
        _check_in(siti, b"no picture")
        admin.get(f"/api/employees/{SITI}")
        admin.get("/api/employees", params={"query": "Rahmawati"})
    lines = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("service"))
    assert "/api/checkins" in lines
    for word in (SITI, "Siti", "Rahmawati", "selfie", str(services.settings.data_dir)):
        assert word not in lines


def test_the_description_names_every_answer(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]["/api/checkins"]["post"]["responses"]) >= {"201", "202", "409", "503"}
    assert "CheckinOut" in described["components"]["schemas"]


def test_the_description_has_every_schema_that_it_names(client: TestClient) -> None:
    described = client.get("/openapi.json").text
    schemas = json.loads(described)["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", described)) == set(schemas)


def test_a_day_that_is_only_a_number_is_refused(hr: Visitor) -> None:
    assert hr.get("/api/checkins", params={"date": "0"}).status_code == 422
    assert hr.get("/api/checkins", params={"date": "2026-11-24"}).status_code == 200
