"""What a challenge's frames must show to be those of a living person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActiveLimits:
    """Where the numbers come from: `benchmarks/liveness.py`, unless another origin is given.

    max_selfie_yaw_deg : the selfie is what turns are measured against, so it must face the camera.
    min_turn : sine of a turn aside. Asked for are 30 degrees; genuine turns of 30-45 have 0.27 at least.
    min_turn_evidence : `geometry.Turn.evidence` of each turn aside.
    min_evidence : the mean of the weakest turn to the left and the weakest to the right. One pair of frames in a
        hundred reaches 2.8 of flat photos, 3.9 of photos bent by 60 or 90 degrees, 4.4 of those bent by 120; real
        heads turned by 30-45 degrees have 4.6 at least, when the depth is that of other people.
    min_up, min_up_evidence : the same for the chin lifted; photos do not get there without bending another way.
    max_aside_up : sine up to which the head may be turned aside meanwhile, so that no turn passes for it.
    max_openness : eyes count as closed under this share of their opening in the selfie.
    max_distance : Euclidean, of any frame's descriptor to the selfie's. Of one person in one sitting, turned up
        to 45 degrees: median 0.23, at most 0.41; of two people one pair in a hundred is below 0.42.
    min_on_the_way, max_on_the_way, min_on_the_way_evidence : a frame is on the way to a turn's end when it is
        turned by at least this sine and at most this share of the end's.
    min_ways : of how many turns such a frame must be there. Photos shown in turn, one from the front and one
        turned, have none. With 0, for phones that send one frame a step, two photos of one person can pass.
    max_gap_ms : between two frames, the first of which is the selfie: time to read the next step and turn.
    max_surroundings, max_face_colour, max_light, max_size, max_place : `continuity.Change` from one frame to the
        next. In one sitting of Pointing'04 the first stays under 63 in 995 of 1,000 pairs, the second under
        0.05; of two press photos of one person (Labeled Faces in the Wild) half have 74 and 0.13.
    max_following : how much better the surroundings fit when moved with the face than when left where they are.
    repeat_distance, repeat_bits : frames of two steps that are at most this far apart in both are one picture.
    """

    max_selfie_yaw_deg: float = 30
    min_turn: float = 0.25
    min_turn_evidence: float = 3.0
    min_evidence: float = 4.2
    min_up: float = 0.14
    min_up_evidence: float = 2.8
    max_aside_up: float = 0.35
    max_openness: float = 0.6
    max_distance: float = 0.44
    min_on_the_way: float = 0.1
    max_on_the_way: float = 0.85
    min_on_the_way_evidence: float = 3.0
    min_ways: int = 1
    max_gap_ms: int = 5000
    max_surroundings: float = 75
    max_face_colour: float = 0.15
    max_light: float = 1.6
    max_size: float = 1.5
    max_place: float = 1.0
    max_following: float = 12
    repeat_distance: float = 0.025
    repeat_bits: int = 2


DEFAULT_LIMITS = ActiveLimits()
