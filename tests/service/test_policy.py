from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policy import CLOCK_TOLERANCE, Decision, Evidence, Match, decide

SAME_PERSON = Match(similarity=0.80, threshold=0.66, rival=0.55)
FAULTLESS = Evidence(
    picture_problems=(),
    sent_anyway=False,
    enrolled=True,
    match=SAME_PERSON,
    liveness="live",
    engine_failed=False,
    repeated_image=False,
    clock_difference=timedelta(seconds=2),
)


def test_faultless_evidence_is_accepted_without_a_reason() -> None:
    assert decide(FAULTLESS) == Decision("accepted", ())


def test_evidence_without_liveness_goes_to_review_for_that_reason_alone() -> None:
    assert decide(replace(FAULTLESS, liveness="missing")) == Decision("review", ("no_liveness",))


def test_a_failed_challenge_goes_to_review() -> None:
    assert decide(replace(FAULTLESS, liveness="failed")) == Decision("review", ("liveness_failed",))


def test_too_little_similarity_goes_to_review() -> None:
    match = replace(SAME_PERSON, similarity=0.65)
    assert decide(replace(FAULTLESS, match=match)) == Decision("review", ("no_match",))


def test_the_threshold_itself_is_a_match() -> None:
    assert Match(similarity=0.66, threshold=0.66, rival=None).verdict == "match"


def test_somebody_who_resembles_another_employee_more_goes_to_review() -> None:
    match = Match(similarity=0.70, threshold=0.66, rival=0.85)
    assert decide(replace(FAULTLESS, match=match)) == Decision("review", ("other_person",))


def test_an_impostor_known_to_the_gallery_is_named_so_below_the_threshold_too() -> None:
    assert Match(similarity=0.50, threshold=0.66, rival=0.90).verdict == "other_person"


def test_a_rival_below_the_threshold_names_nobody() -> None:
    assert Match(similarity=0.50, threshold=0.66, rival=0.60).verdict == "no_match"


def test_an_employee_without_template_goes_to_review() -> None:
    assert decide(replace(FAULTLESS, enrolled=False, match=None)) == Decision("review", ("not_enrolled",))


def test_a_picture_that_cannot_be_judged_is_taken_again() -> None:
    evidence = replace(FAULTLESS, picture_problems=("blurred",), match=None)
    assert decide(evidence) == Decision("retake", ("blurred",))


def test_a_picture_sent_anyway_goes_to_review_with_its_problems() -> None:
    evidence = replace(FAULTLESS, picture_problems=("no_face",), match=None, sent_anyway=True)
    assert decide(evidence) == Decision("review", ("sent_anyway", "no_face"))


def test_a_good_picture_sent_anyway_is_judged_like_any_other() -> None:
    assert decide(replace(FAULTLESS, sent_anyway=True)).status == "accepted"


def test_a_failure_of_the_service_goes_to_review_for_that_reason() -> None:
    evidence = replace(FAULTLESS, engine_failed=True, match=None, liveness="missing")
    assert decide(evidence) == Decision("review", ("engine_failed",))


def test_a_picture_seen_before_goes_to_review() -> None:
    assert decide(replace(FAULTLESS, repeated_image=True)) == Decision("review", ("repeated_image",))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_phone_whose_clock_is_off_goes_to_review(sign: int) -> None:
    off = sign * (CLOCK_TOLERANCE + timedelta(seconds=1))
    assert decide(replace(FAULTLESS, clock_difference=off)) == Decision("review", ("clock_off",))


@pytest.mark.parametrize("difference", [None, CLOCK_TOLERANCE, -CLOCK_TOLERANCE])
def test_a_clock_within_tolerance_is_no_reason(difference: timedelta | None) -> None:
    assert decide(replace(FAULTLESS, clock_difference=difference)).status == "accepted"


def test_a_place_that_needs_a_look_goes_to_review() -> None:
    evidence = replace(FAULTLESS, position_reasons=("outside_sites",))
    assert decide(evidence) == Decision("review", ("outside_sites",))


def test_several_reasons_are_all_told_identity_first() -> None:
    match = replace(SAME_PERSON, similarity=0.2)
    evidence = replace(FAULTLESS, match=match, liveness="missing", repeated_image=True)
    assert decide(evidence).reasons == ("no_match", "no_liveness", "repeated_image")


_SIMILARITY = st.floats(-1, 1)


@given(
    evidence=st.builds(
        Evidence,
        picture_problems=st.lists(st.sampled_from(["blurred", "no_face"]), unique=True).map(tuple),
        sent_anyway=st.booleans(),
        enrolled=st.booleans(),
        match=st.none() | st.builds(Match, _SIMILARITY, _SIMILARITY, st.none() | _SIMILARITY),
        liveness=st.sampled_from(["live", "failed", "missing"]),
        engine_failed=st.booleans(),
        repeated_image=st.booleans(),
        clock_difference=st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=1)),
        position_reasons=st.sampled_from([(), ("outside_sites",)]),
    )
)
def test_only_faultless_evidence_is_ever_accepted(evidence: Evidence) -> None:
    decision = decide(evidence)
    assert (decision.status == "accepted") == (decision.reasons == ())
    if decision.status == "accepted":
        assert evidence.enrolled
        assert evidence.match is not None
        assert evidence.match.verdict == "match"
        assert evidence.liveness == "live"
        assert not evidence.picture_problems
        assert not evidence.repeated_image
        assert not evidence.position_reasons
