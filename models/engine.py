"""FaceEngine: image bytes -> FaceReading. What the rest of the program calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models import image, quality
from models.detector import Detector, Face
from models.encoder import KINDS, Encoder, EncoderSet, Look, unit
from models.landmarks import Landmarks
from models.liveness import passive
from models.liveness.frame import FRAME_PX, FRAME_SEARCH_PX, FrameReading, FrameWithoutFace, reading_of
from models.liveness.minifasnet import MiniFasNet
from models.liveness.passive import PassiveLiveness
from models.quality import Quality
from models.repeats import fingerprint

DEFAULT_ENCODERS = ("sface", "dlib")
# The quick one: frames are compared among themselves, and a template may be of another encoder.
FRAME_ENCODER = "dlib"
# Changes whenever the same photo would give another descriptor: other weights, alignment or fusing.
PIPELINE_VERSION = 1
# Larger pictures are reduced to this before anything looks at them: the face of a selfie then still spans
# several times the 112-150 px that the encoders see.
LONGEST_SIDE_PX = 1280
# A picture is of the face that is most prominent in it, large and central. A second face is a second person when
# the detector is sure of it and it is at least 0.6 times as prominent: colleagues behind, posters and false
# finds are not. Of Labeled Faces in the Wild's news photos 0.4 % then show two people, and the one taken is the
# right one in all; by area alone it would be 4 %, and the wrong one in 0.5 %.
SECOND_FACE_SCORE = 0.8
SECOND_FACE_PROMINENCE = 0.6


class NoFace(ValueError):  # noqa: N818 (the public contract's name)
    """Nothing in the picture is found to be a face."""


class ManyFaces(ValueError):  # noqa: N818 (the public contract's name)
    """More than one person stands before the camera."""


@dataclass(frozen=True, slots=True)
class FaceReading:
    """All that is known of the one face in a picture.

    box : (4,) int32, x, y, width, height in pixels of the upright picture, which is reduced to at most
        `LONGEST_SIDE_PX`.
    points : (68, 2) float32, x, y in the same pixels.
    descriptor : (dim,) float32, unit length: the encoders' unit vectors, weighted so that the dot product of
        two descriptors is the fused similarity, -1..1.
    encoders : which encoders made the descriptor, and by which version of the pipeline. Descriptors can only
        be compared when these are equal.
    sha256, phash, fingerprint : of the bytes, and of what the picture shows (`models.image.perceptual_hash`,
        `models.repeats.fingerprint`).
    """

    box: NDArray[np.int32]
    points: NDArray[np.float32]
    descriptor: NDArray[np.float32]
    quality: Quality
    liveness: PassiveLiveness
    encoders: str
    sha256: str
    phash: int
    fingerprint: NDArray[np.uint64]


def version_of(encoders: Sequence[str]) -> str:
    """What `FaceReading.encoders` says for these encoders, such as "sface,dlib/1"."""
    return f"{','.join(encoders)}/{PIPELINE_VERSION}"


def dimension_of(encoders: Sequence[str]) -> int:
    """The length of a descriptor of these encoders."""
    return sum(KINDS[name].descriptor_dim for name in encoders)


class FaceEngine:
    """The detector, the landmarks and the encoders on one thread of one process.

    Not safe for use by two threads at once. Loading takes about a second and 300 MB.

    Parameters
    ----------
    encoders : some of "sface", "dlib", in the order of the descriptor's parts.
    weights_dir : a folder with the weight files; by default they are taken from the packages that carry them.
    minifasnet : an ONNX file for `liveness.minifasnet`, whose answer then is among the passive cues.

    Raises
    ------
    ValueError : unknown encoders; a file that is no MiniFASNet.
    models.weights.WeightsError : a weight file is missing or not the one expected.
    """

    def __init__(
        self,
        encoders: Sequence[str] = DEFAULT_ENCODERS,
        *,
        weights_dir: Path | None = None,
        minifasnet: Path | None = None,
    ) -> None:
        cv2.setNumThreads(1)
        # OpenCV 5 warns at each start that its new graph engine takes no target, which nobody asked for.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        self._encoders = EncoderSet(tuple(encoders), weights_dir)
        self._weights_dir = weights_dir
        self._detector = Detector(weights_dir)
        self._frame_detector = Detector(weights_dir, FRAME_SEARCH_PX)
        self._landmarks = Landmarks(weights_dir)
        self._minifasnet = MiniFasNet(minifasnet) if minifasnet else None
        self.version = version_of(encoders)
        self.dim = dimension_of(encoders)

    def read(self, data: bytes) -> FaceReading:
        """The one face in a JPEG, PNG, WebP or HEIC.

        Raises
        ------
        models.image.BadImage : the bytes are no such picture, or beyond its limits.
        NoFace, ManyFaces : the picture shows no face, or several people.
        """
        return self._read(data)[0]

    def read_sitting(
        self, selfie: bytes, frames: Sequence[bytes]
    ) -> tuple[FaceReading, FrameReading, list[FrameReading | FrameWithoutFace]]:
        """A selfie, the same as a frame to compare the others with, and the frames that came with it.

        `selfie` and what is raised as of `read`, `frames` and what is given for them as of `read_frames`.
        """
        reading, looks, rgb, face = self._read(selfie)
        return reading, self._as_frame(reading, looks, rgb, face), self.read_frames(frames)

    def _read(self, data: bytes) -> tuple[FaceReading, Mapping[str, Look], NDArray[np.uint8], Face]:
        rgb = image.decode(data, longest_side_px=LONGEST_SIDE_PX)
        face = one_face(self._detector.find(rgb), rgb.shape[:2])
        points = self._landmarks.find(rgb, face)
        looks = self._encoders.looks(rgb, face.points)
        reading = FaceReading(
            box=np.rint(face.box).astype(np.int32),
            points=points,
            descriptor=self._encoders.fuse(looks),
            quality=quality.measure(rgb, face, points),
            liveness=self._passive(rgb, face),
            encoders=self.version,
            sha256=image.content_hash(data),
            phash=image.perceptual_hash(rgb),
            fingerprint=fingerprint(rgb),
        )
        return reading, looks, rgb, face

    def _as_frame(
        self, reading: FaceReading, looks: Mapping[str, Look], rgb: NDArray[np.uint8], face: Face
    ) -> FrameReading:
        """Where the encoder of frames is one of the templates', with its descriptor, which costs nothing then."""
        if look := looks.get(FRAME_ENCODER):
            return replace(reading_of(rgb, face, reading.points, look.chip), descriptor=look.views[0])
        return reading_of(rgb, face, reading.points, self._frame_encoder.chip(rgb, face.points))

    def _passive(self, rgb: NDArray[np.uint8], face: Face) -> PassiveLiveness:
        cues = passive.measure(rgb, face)
        if self._minifasnet is None:
            return cues
        return replace(cues, minifasnet=self._minifasnet.live_probability(rgb, face))

    def read_frames(self, frames: Sequence[bytes]) -> list[FrameReading | FrameWithoutFace]:
        """The frames of a challenge, in the order given, without descriptors: `describe_frames` makes those.

        Parameters
        ----------
        frames : pictures as `read` takes them. One in which not exactly one face is found, or which is no
            picture, gives a `FrameWithoutFace`: nothing is raised.
        """
        # One after the other through the same model, which then stays in the processor's cache: the points
        # take half the time.
        found = [self._find_in_frame(data) for data in frames]
        return [self._frame_reading(*one) if isinstance(one, tuple) else one for one in found]

    def describe_frames(self, frames: Sequence[FrameReading]) -> NDArray[np.float32]:
        """(n, 128) float32: the descriptor of each frame, as of `FrameReading`, all made in one batch."""
        return unit(self._frame_encoder.raw(np.stack([frame.chip for frame in frames])))

    def _frame_reading(self, rgb: NDArray[np.uint8], face: Face) -> FrameReading:
        chip = self._frame_encoder.chip(rgb, face.points)
        return reading_of(rgb, face, self._landmarks.find(rgb, face), chip)

    def _find_in_frame(self, data: bytes) -> tuple[NDArray[np.uint8], Face] | FrameWithoutFace:
        try:
            rgb = image.decode(data, longest_side_px=FRAME_PX)
            return rgb, one_face(self._frame_detector.find(rgb), rgb.shape[:2])
        except image.BadImage:
            return FrameWithoutFace("bad_image")
        except NoFace:
            return FrameWithoutFace("no_face")
        except ManyFaces:
            return FrameWithoutFace("many_faces")

    @cached_property
    def _frame_encoder(self) -> Encoder:
        return self._encoders.one(FRAME_ENCODER) or Encoder(KINDS[FRAME_ENCODER], self._weights_dir)


def one_face(faces: Sequence[Face], picture_size: tuple[int, int]) -> Face:
    """The most prominent face, when no other is nearly as prominent.

    Parameters
    ----------
    picture_size : height, width in pixels.

    Raises
    ------
    NoFace, ManyFaces : there is none; there is another that counts.
    """
    if not faces:
        raise NoFace
    ranked = sorted(faces, key=lambda face: _prominence(face, picture_size), reverse=True)
    least = SECOND_FACE_PROMINENCE * _prominence(ranked[0], picture_size)
    if any(
        other.score >= SECOND_FACE_SCORE and _prominence(other, picture_size) >= least for other in ranked[1:]
    ):
        raise ManyFaces
    return ranked[0]


def _prominence(face: Face, picture_size: tuple[int, int]) -> float:
    """Area in pixels, falling off in a straight line from the picture's middle to nothing in its corners."""
    half = np.array(picture_size[::-1]) / 2
    off_centre = np.linalg.norm(face.box[:2] + face.box[2:] / 2 - half) / np.linalg.norm(half)
    return face.area * max(0.0, 1 - float(off_centre))
