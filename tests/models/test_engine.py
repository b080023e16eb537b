from pathlib import Path

import numpy as np
import pytest

from models.detector import Face
from models.engine import FaceEngine, ManyFaces, NoFace, dimension_of, one_face, version_of
from models.image import BadImage, content_hash, decode, encode_jpeg
from models.liveness.frame import FRAME_PX, THUMBNAIL_PX, FrameReading, FrameWithoutFace


def _face(x: float, y: float, side: float, score: float = 0.9) -> Face:
    return Face(np.array([x, y, side, side], np.float32), np.zeros((5, 2), np.float32), score)


def test_a_reading_has_every_part_of_the_contract(engine: FaceEngine, astronaut_png: bytes) -> None:
    reading = engine.read(astronaut_png)
    assert reading.box.shape == (4,)
    assert reading.box.dtype == np.int32
    assert reading.points.shape == (68, 2)
    assert reading.points.dtype == np.float32
    assert reading.descriptor.shape == (engine.dim,) == (256,)
    assert np.linalg.norm(reading.descriptor) == pytest.approx(1, abs=1e-5)
    assert reading.encoders == engine.version == version_of(("sface", "dlib"))
    assert reading.sha256 == content_hash(astronaut_png)


def test_the_same_photo_gives_the_same_descriptor(engine: FaceEngine, astronaut_png: bytes) -> None:
    first, again = engine.read(astronaut_png), engine.read(astronaut_png)
    np.testing.assert_array_equal(first.descriptor, again.descriptor)


def test_one_encoder_alone_gives_its_own_descriptor(astronaut_png: bytes, engine: FaceEngine) -> None:
    alone = FaceEngine(encoders=("dlib",)).read(astronaut_png)
    fused = engine.read(astronaut_png)
    assert alone.descriptor.shape == (dimension_of(("dlib",)),) == (128,)
    assert alone.encoders != fused.encoders
    np.testing.assert_allclose(alone.descriptor, fused.descriptor[128:] * np.sqrt(2), atol=1e-5)


def test_two_photos_of_one_person_are_more_alike_than_those_of_two(
    engine: FaceEngine, portraits_dir: Path
) -> None:
    people = sorted(path for path in portraits_dir.iterdir() if path.is_dir())[:6]
    neutral = [engine.read((person / "neutral.jpg").read_bytes()).descriptor for person in people]
    smiling = [engine.read((person / "smiling.jpg").read_bytes()).descriptor for person in people]
    similarities = np.stack(neutral) @ np.stack(smiling).T
    others = similarities[~np.eye(len(people), dtype=bool)]
    assert similarities.diagonal().min() > others.max()


def test_a_picture_without_a_face_is_named_so(engine: FaceEngine) -> None:
    with pytest.raises(NoFace):
        engine.read(encode_jpeg(np.full((480, 360, 3), 160, np.uint8)))


def test_two_people_side_by_side_are_named_so(engine: FaceEngine, astronaut_png: bytes) -> None:
    rgb = decode(astronaut_png)
    with pytest.raises(ManyFaces):
        engine.read(encode_jpeg(np.hstack([rgb, rgb])))


def test_bytes_that_are_no_picture_are_refused(engine: FaceEngine) -> None:
    with pytest.raises(BadImage) as refusal:
        engine.read(b"not a picture at all, whatever its name says")
    assert refusal.value.reason == "unknown_format"


def test_the_central_face_is_taken_before_a_somewhat_larger_one_at_the_edge() -> None:
    central, edge = _face(200, 250, 120), _face(0, 0, 130)
    assert one_face([edge, central], (640, 480)) is central


def test_an_uncertain_second_find_is_no_second_person() -> None:
    central = _face(180, 250, 120)
    assert one_face([central, _face(300, 250, 110, score=0.7)], (640, 480)) is central


def test_a_second_face_of_like_prominence_is_a_second_person() -> None:
    with pytest.raises(ManyFaces):
        one_face([_face(120, 250, 120), _face(250, 250, 110)], (640, 480))


def test_no_find_is_no_face() -> None:
    with pytest.raises(NoFace):
        one_face([], (640, 480))


def test_frames_are_read_in_their_order_with_every_part(engine: FaceEngine, astronaut_png: bytes) -> None:
    small = encode_jpeg(decode(astronaut_png, longest_side_px=320), 70)
    nothing = encode_jpeg(np.full((320, 240, 3), 160, np.uint8))
    first, empty, damaged, last = engine.read_frames([small, nothing, b"no picture", astronaut_png])
    assert isinstance(first, FrameReading)
    assert isinstance(last, FrameReading)
    assert (empty, damaged) == (FrameWithoutFace("no_face"), FrameWithoutFace("bad_image"))
    assert first.size_px == (320, 320)
    assert last.size_px == (FRAME_PX, FRAME_PX)
    assert first.points.shape == (68, 2)
    assert first.thumbnail.shape == (THUMBNAIL_PX, THUMBNAIL_PX, 3)
    descriptors = engine.describe_frames([first, last])
    assert np.linalg.norm(descriptors[0]) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(descriptors[0] - descriptors[1]) < 0.25


def test_a_frame_of_two_people_says_so(engine: FaceEngine, astronaut_png: bytes) -> None:
    rgb = decode(astronaut_png)
    assert engine.read_frames([encode_jpeg(np.hstack([rgb, rgb]))]) == [FrameWithoutFace("many_faces")]


def test_no_frames_give_no_readings(engine: FaceEngine) -> None:
    assert engine.read_frames([]) == []


def test_a_selfie_is_a_frame_too(engine: FaceEngine, astronaut_png: bytes) -> None:
    selfie, selfie_frame, (frame,) = engine.read_sitting(astronaut_png, [astronaut_png])
    assert isinstance(frame, FrameReading)
    assert selfie.phash == engine.read(astronaut_png).phash
    assert selfie_frame.thumbnail.shape == frame.thumbnail.shape
    assert np.abs(selfie_frame.thumbnail.astype(int) - frame.thumbnail).mean() < 3
    descriptors = engine.describe_frames([selfie_frame, frame])
    assert np.linalg.norm(descriptors[0] - descriptors[1]) < 0.25


def test_a_selfie_as_a_frame_is_described_as_any_frame_whatever_encoders_make_the_templates(
    engine: FaceEngine, astronaut_png: bytes
) -> None:
    _, with_both, _ = engine.read_sitting(astronaut_png, [])
    _, with_sface, _ = FaceEngine(encoders=("sface",)).read_sitting(astronaut_png, [])
    assert with_both.descriptor is not None
    assert with_sface.descriptor is None
    np.testing.assert_allclose(with_both.descriptor, engine.describe_frames([with_sface])[0], atol=1e-5)
