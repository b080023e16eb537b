"""Faces to descriptors: aligned chips through SFace and dlib's ResNet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models import dlib_format, sface_format
from models.weights import DLIB_RESNET, SFACE, WeightFile

Float32 = NDArray[np.float32]
Rgb = NDArray[np.uint8]

# Where the five points come to lie in SFace's 112 px chip: the template its network was trained with
# (ArcFace's, as published with it and in OpenCV's FaceRecognizerSF).
SFACE_POINTS = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)],
    np.float32,
)
# The same for dlib's 150 px chip (padding 0.25): the mean place of YuNet's points in dlib's own chips of 497
# photos of Labeled Faces in the Wild, made symmetric. The spread is 4 px, that of the detector.
DLIB_POINTS = np.array(
    [(47.2, 45.7), (102.8, 45.7), (75.0, 77.1), (51.2, 101.8), (98.8, 101.8)],
    np.float32,
)
# Below this scale a bilinear warp skips source pixels: the face is shrunk by area averaging first.
SHRINK_BELOW = 0.5


def similarity_transform(source: Float32, target: Float32) -> NDArray[np.float64]:
    """The rotation, uniform scale and shift that bring `source` nearest to `target` in least squares.

    Parameters
    ----------
    source, target : (n, 2) float32.

    Returns
    -------
    (2, 3) float64 matrix. In complex numbers w = a z + b with a = sum(conj(z') w') / sum(|z'|^2), z' and w'
    being centred.
    """
    z = source[:, 0].astype(np.float64) + 1j * source[:, 1]
    w = target[:, 0].astype(np.float64) + 1j * target[:, 1]
    centred = z - z.mean()
    a = np.vdot(centred, w - w.mean()) / np.vdot(centred, centred).real
    b = w.mean() - a * z.mean()
    return np.array([(a.real, -a.imag, b.real), (a.imag, a.real, b.imag)])


def aligned_chip(rgb: Rgb, points: Float32, target: Float32, side_px: int) -> Rgb:
    """The face cut out so that its five points fall on `target`.

    Parameters
    ----------
    rgb : (H, W, 3) uint8, RGB.
    points : (5, 2) float32, pixels of `rgb`.
    target : (5, 2) float32, pixels of the chip.

    Returns
    -------
    (side_px, side_px, 3) uint8, RGB; black where the picture ends.
    """
    matrix = similarity_transform(points, target)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < SHRINK_BELOW:
        factor = scale / SHRINK_BELOW
        size = max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor))
        shrunk = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        per_axis = np.array([size[0] / rgb.shape[1], size[1] / rgb.shape[0]], np.float32)
        rgb, matrix = shrunk, similarity_transform(points * per_axis, target)
    return np.asarray(cv2.warpAffine(rgb, matrix, (side_px, side_px), flags=cv2.INTER_LINEAR), np.uint8)


def _sface_input(chips: NDArray[np.uint8]) -> Float32:
    return np.asarray((chips.astype(np.float32) - 127.5) / 128, np.float32)


def _dlib_input(chips: NDArray[np.uint8]) -> Float32:
    return chips.astype(np.float32)


@dataclass(frozen=True, slots=True)
class EncoderKind:
    """What tells one encoder from another. `similarity_weight` is its share in the fused similarity."""

    name: str
    weights: WeightFile
    chip_px: int
    chip_points: Float32
    descriptor_dim: int
    mirrored: bool
    similarity_weight: float
    to_onnx: Callable[[bytes], bytes]
    to_input: Callable[[NDArray[np.uint8]], Float32]


def _dlib_to_onnx(data: bytes) -> bytes:
    return dlib_format.to_onnx(dlib_format.read_resnet(data))


# Equal weights were best without score normalisation (benchmarks/accuracy.py). dlib's descriptor gains much
# from the mean with the mirror image, at a third of SFace's cost; SFace's gains too little for its 18 ms.
KINDS = {
    "sface": EncoderKind(
        name="sface",
        weights=SFACE,
        chip_px=sface_format.CHIP_PX,
        chip_points=SFACE_POINTS,
        descriptor_dim=sface_format.DESCRIPTOR_DIM,
        mirrored=False,
        similarity_weight=1.0,
        to_onnx=sface_format.to_onnx,
        to_input=_sface_input,
    ),
    "dlib": EncoderKind(
        name="dlib",
        weights=DLIB_RESNET,
        chip_px=dlib_format.CHIP_PX,
        chip_points=DLIB_POINTS,
        descriptor_dim=dlib_format.DESCRIPTOR_DIM,
        mirrored=True,
        similarity_weight=1.0,
        to_onnx=_dlib_to_onnx,
        to_input=_dlib_input,
    ),
}


class Encoder:
    """One network, on one thread."""

    def __init__(self, kind: EncoderKind, weights_dir: Path | None = None) -> None:
        self.kind = kind
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # An idle worker must not spin on the core that its neighbour computes on.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            kind.to_onnx(kind.weights.read(weights_dir)), options, providers=["CPUExecutionProvider"]
        )

    def raw(self, chips: NDArray[np.uint8]) -> Float32:
        """The network's own output.

        Parameters
        ----------
        chips : (n, side, side, 3) uint8, RGB.

        Returns
        -------
        (n, dim) float32, not normalised.
        """
        tensor = np.ascontiguousarray(self.kind.to_input(chips).transpose(0, 3, 1, 2))
        return np.asarray(self._session.run(None, {"chips": tensor})[0], np.float32)

    def describe(self, rgb: Rgb, points: Float32) -> Float32:
        """The unit descriptor of one face.

        Parameters
        ----------
        rgb : (H, W, 3) uint8, RGB.
        points : (5, 2) float32, the detector's points.

        Returns
        -------
        (dim,) float32, unit length; of the mean with the mirror image where the kind says so.
        """
        return self.look(rgb, points).descriptor

    def look(self, rgb: Rgb, points: Float32) -> "Look":
        """As `describe`, with what it is made of."""
        chip = self.chip(rgb, points)
        chips = np.stack([chip, chip[:, ::-1]]) if self.kind.mirrored else chip[None]
        return Look(chip, unit(self.raw(chips)))

    def chip(self, rgb: Rgb, points: Float32) -> Rgb:
        """The aligned face that the network is given; arguments as of `describe`."""
        return aligned_chip(rgb, points, self.kind.chip_points, self.kind.chip_px)


@dataclass(frozen=True, slots=True)
class Look:
    """One face as one encoder sees it.

    chip : (side, side, 3) uint8, RGB. views : (1 or 2, dim) float32, unit length: of the chip, and of its mirror
    image where the kind says so.
    """

    chip: Rgb
    views: Float32

    @property
    def descriptor(self) -> Float32:
        return unit(self.views.mean(axis=0))


def unit(vectors: Float32) -> Float32:
    """The vectors scaled to unit length along the last axis; (..., dim) float32."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


class EncoderSet:
    """Several encoders as one: a descriptor of weighted unit vectors, so that one dot product is the weighted
    mean of the encoders' cosine similarities."""

    def __init__(self, names: tuple[str, ...], weights_dir: Path | None = None) -> None:
        unknown = [name for name in names if name not in KINDS]
        if unknown or not names or len(set(names)) != len(names):
            raise ValueError(
                f"encoders must be some of {', '.join(KINDS)}, each once; got {', '.join(names)}"
            )
        self.names = names
        self._encoders = [Encoder(KINDS[name], weights_dir) for name in names]

    def describe(self, rgb: Rgb, points: Float32) -> Float32:
        """(dim,) float32, unit length. `rgb`: (H, W, 3) uint8; `points`: (5, 2) float32."""
        return self.fuse(self.looks(rgb, points))

    def looks(self, rgb: Rgb, points: Float32) -> dict[str, Look]:
        """By the encoders' names; arguments as of `describe`."""
        return {encoder.kind.name: encoder.look(rgb, points) for encoder in self._encoders}

    def fuse(self, looks: Mapping[str, Look]) -> Float32:
        """The descriptor that `describe` gives for these."""
        return fuse_parts([looks[name].descriptor for name in self.names], self.names)

    def one(self, name: str) -> Encoder | None:
        """The encoder of that name, if it is in the set."""
        return next((encoder for encoder in self._encoders if encoder.kind.name == name), None)


def fuse_parts(parts: list[Float32], names: tuple[str, ...]) -> Float32:
    """Unit vectors of the named encoders -> one unit vector, each part weighted by the root of its share."""
    shares = np.array([KINDS[name].similarity_weight for name in names])
    factors = np.sqrt(shares / shares.sum())
    weighted = [part * np.float32(factor) for part, factor in zip(parts, factors, strict=True)]
    return np.concatenate(weighted, axis=-1)


def parts_of(descriptors: Float32, names: tuple[str, ...]) -> list[Float32]:
    """The encoders' unit vectors in fused descriptors (..., dim); the inverse of `fuse_parts`."""
    ends = np.cumsum([KINDS[name].descriptor_dim for name in names])[:-1]
    return [unit(part) for part in np.split(descriptors, ends, axis=-1)]
