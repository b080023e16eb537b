"""Solid heads are told from flat and from bent photos."""

import numpy as np
import pytest

from models.liveness.geometry import FrontalFace, openness_against
from models.liveness.limits import DEFAULT_LIMITS
from tests.models.liveness.made_up_heads import FLAT, HEAD, Reals, bent, seen, with_closed_eyes

FRONTAL = seen(HEAD, seed=1)


@pytest.mark.parametrize("left_deg", [15, 30, -15, -30])
def test_a_turn_aside_is_measured_as_its_sine_with_its_direction(left_deg: float) -> None:
    turn = FrontalFace(FRONTAL).turn_to(seen(HEAD, left_deg=left_deg))
    assert turn.left == pytest.approx(np.sin(np.radians(left_deg)), abs=0.15)
    assert abs(turn.up) < 0.15


def test_a_further_turn_is_measured_as_more() -> None:
    sines = [
        FrontalFace(FRONTAL).turn_to(seen(HEAD, left_deg=degrees)).left for degrees in (-45, -15, 0, 15, 45)
    ]
    assert sines == sorted(sines)


def test_a_lifted_chin_is_measured_as_its_sine() -> None:
    turn = FrontalFace(FRONTAL).turn_to(seen(HEAD, up_deg=30))
    assert turn.up == pytest.approx(0.5, abs=0.2)
    assert abs(turn.left) < 0.1


@pytest.mark.parametrize("left_deg", [30, 45, -30, -45])
def test_a_turned_head_is_evidently_solid(left_deg: float) -> None:
    assert FrontalFace(FRONTAL).turn_to(seen(HEAD, left_deg=left_deg)).evidence > DEFAULT_LIMITS.min_evidence


@pytest.mark.parametrize("pose", [{"left_deg": 45}, {"left_deg": -30, "up_deg": 20}, {"up_deg": 40}])
def test_a_tilted_flat_photo_neither_turns_nor_is_solid(pose: dict[str, float]) -> None:
    turn = FrontalFace(seen(FLAT, seed=1)).turn_to(seen(FLAT, **pose))  # type: ignore[arg-type]
    assert abs(turn.left) < DEFAULT_LIMITS.min_turn
    assert turn.evidence < DEFAULT_LIMITS.min_turn_evidence


@pytest.mark.parametrize("selfie", [FLAT, bent(60), bent(120)])
@pytest.mark.parametrize("across_deg", [60, 90, 120])
def test_a_bent_photo_is_less_solid_than_a_head_whatever_the_selfie(across_deg: float, selfie: Reals) -> None:
    before = seen(selfie, seed=1)
    turns = [FrontalFace(before).turn_to(seen(bent(across_deg), left_deg=left_deg)) for left_deg in (-40, 40)]
    assert np.mean([turn.evidence for turn in turns]) < DEFAULT_LIMITS.min_evidence


def test_scale_place_and_lean_of_the_pictures_do_not_matter() -> None:
    turned = seen(HEAD, left_deg=30)
    moved = np.asarray(turned * 0.5 + (40, 90), np.float32)
    leaning = seen(HEAD, left_deg=30, roll_deg=12)
    plain = FrontalFace(FRONTAL).turn_to(turned)
    assert FrontalFace(FRONTAL).turn_to(moved).left == pytest.approx(plain.left, abs=1e-3)
    assert FrontalFace(FRONTAL).turn_to(leaning).left == pytest.approx(plain.left, abs=0.05)


def test_the_same_points_twice_are_no_turn_and_no_evidence() -> None:
    turn = FrontalFace(FRONTAL).turn_to(FRONTAL)
    assert (turn.left, turn.up, turn.evidence) == pytest.approx((0, 0, 0), abs=1e-3)


def test_the_depth_leaves_less_than_the_plane() -> None:
    turn = FrontalFace(FRONTAL).turn_to(seen(HEAD, left_deg=30))
    assert turn.solid_residual < 0.5 * turn.planar_residual


def test_closed_eyes_are_a_small_share_of_open_ones() -> None:
    assert openness_against(FRONTAL, with_closed_eyes(FRONTAL)) < DEFAULT_LIMITS.max_openness


@pytest.mark.parametrize("pose", [{"up_deg": 50}, {"up_deg": -50}, {"left_deg": 50}])
def test_a_photo_tilted_away_has_no_closed_eyes(pose: dict[str, float]) -> None:
    open_eyed = seen(FLAT, seed=1)
    tilted = seen(FLAT, **pose)  # type: ignore[arg-type]
    assert openness_against(open_eyed, tilted) > 0.75
