"""A living person passes; each rule fails when its evidence is broken, and names itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.engine import FaceEngine, FaceReading
from models.image import decode, encode_jpeg
from models.liveness import active
from models.liveness.active import REASONS, ActiveLimits, ActiveLiveness, Challenge, TimedFrame
from models.liveness.frame import FrameReading, FrameWithoutFace
from models.liveness.limits import DEFAULT_LIMITS
from tests.models.liveness.made_up_heads import (
    FLAT,
    HEAD,
    OWNER,
    ROOM,
    Reals,
    bent,
    frame_of,
    seen,
    unit_vector,
    with_closed_eyes,
)

LEFT_RIGHT_UP = Challenge(("left", "right", "up"))
LEFT_BLINK_RIGHT = Challenge(("left", "blink", "right"))
SELFIE_FRAME = frame_of(seen(HEAD, seed=1), seed=1, descriptor=OWNER)
Frames = list[TimedFrame]


@pytest.fixture(scope="module")
def selfie(engine: FaceEngine, astronaut_png: bytes) -> FaceReading:
    return engine.read(astronaut_png)


def turning(shape: Reals = HEAD, steps: Sequence[str] = LEFT_RIGHT_UP.steps) -> Frames:
    """Frames of somebody who does these steps: one on the way to each turn, one at its end."""
    poses = {"left": {"left_deg": 35}, "right": {"left_deg": -35}, "up": {"up_deg": 30}, "blink": {}}
    frames: Frames = []
    for index, step in enumerate(steps):
        points = seen(shape, **poses[step], seed=10 + index)
        if step in ("left", "right"):
            between = seen(shape, left_deg=poses[step]["left_deg"] / 2, seed=20 + index)
            frames.append(TimedFrame(index, 700 * (len(frames) + 1), frame_of(between, seed=30 + index)))
        if step == "blink":
            points = with_closed_eyes(points)
        frames.append(TimedFrame(index, 700 * (len(frames) + 1), frame_of(points, seed=40 + index)))
    return frames


def with_reading(frame: TimedFrame, **changed: object) -> TimedFrame:
    assert isinstance(frame.reading, FrameReading)
    return replace(frame, reading=replace(frame.reading, **changed))  # type: ignore[arg-type]


def described_already(_: Sequence[FrameReading]) -> Reals:
    raise AssertionError("every frame has its descriptor")


def judge(
    challenge: Challenge,
    selfie: FaceReading,
    selfie_frame: FrameReading,
    frames: Frames,
    limits: ActiveLimits = DEFAULT_LIMITS,
) -> ActiveLiveness:
    return active.judge(challenge, selfie, selfie_frame, frames, described_already, limits)


def reasons(selfie: FaceReading, frames: Frames, challenge: Challenge = LEFT_RIGHT_UP) -> tuple[str, ...]:
    return judge(challenge, selfie, SELFIE_FRAME, frames).reasons


@pytest.mark.parametrize(
    "challenge", [LEFT_RIGHT_UP, LEFT_BLINK_RIGHT, Challenge(("right", "left", "right"))]
)
def test_a_head_that_does_what_is_asked_is_live(selfie: FaceReading, challenge: Challenge) -> None:
    answer = judge(challenge, selfie, SELFIE_FRAME, turning(HEAD, challenge.steps))
    assert (answer.verdict, answer.reasons) == ("live", ())


def test_the_numbers_of_every_step_and_of_the_whole_are_told(selfie: FaceReading) -> None:
    numbers = judge(LEFT_BLINK_RIGHT, selfie, SELFIE_FRAME, turning(HEAD, LEFT_BLINK_RIGHT.steps)).numbers
    assert {
        "0_left_sine",
        "0_left_evidence",
        "1_blink_openness",
        "2_right_sine",
        "evidence",
        "distance",
    } <= set(numbers)
    assert all(type(value) is float and np.isfinite(value) for value in numbers.values())


def test_a_flat_photo_does_not_turn(selfie: FaceReading) -> None:
    assert "turn_too_small" in reasons(selfie, turning(FLAT))


def test_a_bent_photo_is_flat(selfie: FaceReading) -> None:
    assert {"flat_face", "turn_too_small"} & set(reasons(selfie, turning(bent(120))))


def test_a_turn_that_stops_halfway_is_too_small(selfie: FaceReading) -> None:
    frames = turning()
    frames[1] = TimedFrame(0, frames[1].at_ms, frame_of(seen(HEAD, left_deg=8, seed=3), seed=3))
    frames[0] = TimedFrame(0, frames[0].at_ms, frame_of(seen(HEAD, left_deg=5, seed=4), seed=4))
    assert "turn_too_small" in reasons(selfie, frames)


def test_the_steps_of_another_order_are_the_wrong_order(selfie: FaceReading) -> None:
    assert "wrong_order" in reasons(selfie, turning(HEAD, ("right", "left", "up")))


def test_frames_sent_for_steps_that_run_backwards_are_the_wrong_order(selfie: FaceReading) -> None:
    frames = turning()
    assert "wrong_order" in reasons(selfie, [*frames[2:], *frames[:2]])


def test_times_that_run_backwards_are_the_wrong_order(selfie: FaceReading) -> None:
    frames = turning()
    frames[1] = replace(frames[1], at_ms=frames[0].at_ms - 1)
    assert "wrong_order" in reasons(selfie, frames)


def test_a_step_that_was_not_asked_for_is_the_wrong_order(selfie: FaceReading) -> None:
    frames = turning()
    assert "wrong_order" in reasons(selfie, [*frames, replace(frames[-1], step=3)])


def test_open_eyes_are_no_blink(selfie: FaceReading) -> None:
    frames = turning(HEAD, LEFT_BLINK_RIGHT.steps)
    frames[2] = replace(frames[2], reading=frame_of(seen(HEAD, seed=5), seed=5))
    assert reasons(selfie, frames, LEFT_BLINK_RIGHT) == ("no_blink",)


def test_somebody_elses_face_in_one_frame_is_named(selfie: FaceReading) -> None:
    frames = turning()
    frames[3] = with_reading(frames[3], descriptor=unit_vector(7))
    assert reasons(selfie, frames) == ("not_the_same_face",)


def test_one_picture_sent_for_two_steps_is_named(selfie: FaceReading) -> None:
    challenge = Challenge(("left", "right", "left"))
    frames = turning(HEAD, challenge.steps)
    frames[-1] = replace(frames[-1], reading=frames[1].reading)
    assert reasons(selfie, frames, challenge) == ("repeated_frame",)


def test_alike_frames_within_one_step_are_no_repeat(selfie: FaceReading) -> None:
    frames = turning()
    again = replace(frames[1], at_ms=frames[1].at_ms + 100)
    assert reasons(selfie, [*frames[:2], again, *frames[2:]]) == ()


def test_a_long_pause_is_not_continuous(selfie: FaceReading) -> None:
    frames = [replace(frame, at_ms=frame.at_ms + (20_000 if frame.step else 0)) for frame in turning()]
    assert reasons(selfie, frames) == ("not_continuous",)


def test_turns_without_a_frame_on_the_way_are_photos_shown_in_turn(selfie: FaceReading) -> None:
    ends = [frame for frame in turning() if frame.at_ms not in (700, 2100)]
    assert reasons(selfie, ends) == ("not_continuous",)
    lenient = ActiveLimits(min_ways=0)
    assert judge(LEFT_RIGHT_UP, selfie, SELFIE_FRAME, ends, lenient).verdict == "live"


@pytest.mark.parametrize(
    "jump",
    [
        lambda frame: with_reading(frame, brightness=20.0),
        lambda frame: with_reading(frame, thumbnail=255 - frame.reading.thumbnail),
        lambda frame: with_reading(frame, box=frame.reading.box + np.array([300, 0, 0, 0])),
        lambda frame: with_reading(
            frame, points=frame.reading.points * 2, five_points=frame.reading.five_points * 2
        ),
    ],
    ids=["light", "surroundings", "place", "size"],
)
def test_a_jump_of_light_room_place_or_size_is_not_continuous(
    selfie: FaceReading, jump: Callable[[TimedFrame], TimedFrame]
) -> None:
    frames = turning()
    frames[2] = jump(frames[2])
    assert "not_continuous" in reasons(selfie, frames)


def test_frames_of_two_formats_are_not_continuous(selfie: FaceReading) -> None:
    frames = turning()
    frames[-1] = with_reading(frames[-1], size_px=(427, 320), thumbnail=ROOM.swapaxes(0, 1))
    assert "not_continuous" in reasons(selfie, frames)


def test_a_step_without_any_frame_is_missing(selfie: FaceReading) -> None:
    answer = judge(LEFT_RIGHT_UP, selfie, SELFIE_FRAME, [frame for frame in turning() if frame.step != 2])
    assert (answer.verdict, answer.reasons) == ("missing", ("frames_missing",))


def test_a_step_whose_frames_show_no_face_is_missing(selfie: FaceReading) -> None:
    frames = [
        replace(frame, reading=FrameWithoutFace("no_face")) if frame.step == 2 else frame
        for frame in turning()
    ]
    answer = judge(LEFT_RIGHT_UP, selfie, SELFIE_FRAME, frames)
    assert (answer.verdict, answer.reasons) == ("missing", ("frames_missing",))
    assert answer.numbers["frames_without_face"] == 1


def test_no_frames_at_all_are_missing(selfie: FaceReading) -> None:
    assert judge(LEFT_RIGHT_UP, selfie, SELFIE_FRAME, []).verdict == "missing"


def test_only_the_ends_of_steps_and_one_frame_on_the_way_are_described(selfie: FaceReading) -> None:
    asked: list[FrameReading] = []

    def describe(frames: Sequence[FrameReading]) -> Reals:
        asked.extend(frames)
        return np.stack([OWNER for _ in frames])

    frames = [with_reading(frame, descriptor=None) for frame in turning()]
    answer = active.judge(LEFT_RIGHT_UP, selfie, SELFIE_FRAME, frames, describe)
    assert answer.verdict == "live"
    ends = [frames[at].reading for at in (1, 3, 4)]
    ways = [frames[at].reading for at in (0, 2)]
    described = {id(reading) for reading in asked}
    assert {id(reading) for reading in ends} <= described
    assert len(described) == len(asked) == 4
    assert len(described & {id(reading) for reading in ways}) == 1


def test_somebody_else_on_the_way_to_every_turn_is_not_the_same_face(selfie: FaceReading) -> None:
    frames = turning()
    for at in (0, 2):
        frames[at] = with_reading(frames[at], descriptor=unit_vector(7))
    assert reasons(selfie, frames) == ("not_the_same_face",)


def test_a_turned_selfie_is_no_reference(selfie: FaceReading) -> None:
    turned = replace(selfie, quality=replace(selfie.quality, yaw_deg=50.0))
    assert reasons(turned, turning()) == ("selfie_not_frontal",)


def test_what_is_wrong_and_not_only_missing_is_failed(selfie: FaceReading) -> None:
    frames = [frame for frame in turning() if frame.step != 2]
    frames[1] = with_reading(frames[1], descriptor=unit_vector(7))
    answer = judge(LEFT_RIGHT_UP, selfie, SELFIE_FRAME, frames)
    assert answer.verdict == "failed"
    assert answer.reasons == ("frames_missing", "not_the_same_face")


def test_every_reason_has_one_place_in_the_order() -> None:
    assert len(set(REASONS)) == len(REASONS)


def test_a_room_stays_where_it_is(selfie: FaceReading) -> None:
    frames = [with_reading(frame, thumbnail=ROOM) for frame in turning()]
    assert "moves_with_surroundings" not in reasons(selfie, frames)


def pose(folder: Path, person: str, tilt: int, pan: int) -> bytes:
    return (folder / person / f"tilt{tilt:+03d}_pan{pan:+03d}.jpg").read_bytes()


def test_a_real_head_that_turns_is_live_and_its_flat_photo_is_not(
    engine: FaceEngine, poses_dir: Path
) -> None:
    person = "person06_series1"
    # In the data set pan grows to the subject's right.
    poses = [(0, -15), (0, -30), (0, 15), (0, 30), (30, 0)]
    steps = (0, 0, 1, 1, 2)
    pictures = [encode_jpeg(decode(pose(poses_dir, person, *each)), 70) for each in [(0, 0), *poses]]
    selfie, selfie_frame, readings = engine.read_sitting(pictures[0], pictures[1:])

    def judged(challenge: Challenge, frames: Frames) -> ActiveLiveness:
        return active.judge(challenge, selfie, selfie_frame, frames, engine.describe_frames)

    frames = [
        TimedFrame(step, 600 * (i + 1), reading)
        for i, (step, reading) in enumerate(zip(steps, readings, strict=True))
    ]
    assert judged(LEFT_RIGHT_UP, frames).verdict == "live"
    still = [replace(frame, reading=selfie_frame) for frame in frames]
    assert judged(LEFT_RIGHT_UP, still).verdict == "failed"
    assert "wrong_order" in judged(Challenge(("right", "left", "up")), frames).reasons
