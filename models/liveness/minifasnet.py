"""A MiniFASNet that the operator supplies: one more passive cue, from a network trained on prints and screens.

No weights come with this program. What is understood are the public Silent-Face-Anti-Spoofing networks
(MiniFASNetV2 on 2.7 times the face, MiniFASNetV1SE on 4 times) exported to ONNX: input (n, 3, 80, 80) float32,
BGR, 0..255, output three classes of which the second is a living face.
"""

import re
from pathlib import Path
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.detector import Face

Rgb: TypeAlias = NDArray[np.uint8]

SIDE_PX: Final = 80
LIVE_CLASS: Final = 1
CLASSES: Final = 3
DEFAULT_CROP_SCALE: Final = 2.7
# Published file names begin with the scale: "2.7_80x80_MiniFASNetV2", "4_0_0_80x80_MiniFASNetV1SE".
_NAMED_SCALE: Final = re.compile(r"(\d+(?:\.\d+)?)_")


class MiniFasNet:
    """One network on one thread. Not required by anything.

    Parameters
    ----------
    path : the ONNX file.
    crop_scale : how many times the face's box the network is shown; by default what the file's name begins
        with, else 2.7.

    Raises
    ------
    ValueError : the file is no such network.
    """

    def __init__(self, path: Path, crop_scale: float | None = None) -> None:
        named = _NAMED_SCALE.match(path.name)
        self.crop_scale = crop_scale or (float(named[1]) if named else DEFAULT_CROP_SCALE)
        self._session = _open(path)
        self._input = self._session.get_inputs()[0].name

    def live_probability(self, rgb: Rgb, face: Face) -> float:
        """0..1, how sure the network is of a living face. `rgb`: (H, W, 3) uint8, RGB."""
        chip = cv2.resize(_surroundings(rgb, face, self.crop_scale), (SIDE_PX, SIDE_PX))
        tensor = cv2.cvtColor(chip, cv2.COLOR_RGB2BGR).transpose(2, 0, 1)[None].astype(np.float32)
        scores = np.asarray(self._session.run(None, {self._input: tensor})[0], np.float64).reshape(-1)
        return float(_probabilities(scores)[LIVE_CLASS])


def _open(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime has a type of its own for every way in which a file is none
        raise ValueError(f"{path.name} is no ONNX network") from error
    shapes = [value.shape for value in (*session.get_inputs(), *session.get_outputs())]
    if [shape[1:] for shape in shapes] != [[3, SIDE_PX, SIDE_PX], [CLASSES]]:
        raise ValueError(f"{path.name} is no MiniFASNet: its input and output are {shapes}")
    return session


def _surroundings(rgb: Rgb, face: Face, scale: float) -> Rgb:
    """The box enlarged about its middle, as far as the picture is large enough, and moved into it."""
    x, y, width, height = (float(value) for value in face.box)
    picture = np.array(rgb.shape[1::-1])
    box = np.maximum((width, height), 1.0)
    size = box * min(scale, *((picture - 1) / box))
    start = np.clip((x + width / 2, y + height / 2) - size / 2, 0, picture - size)
    (left, top), (right, bottom) = start.astype(int), np.ceil(start + size).astype(int)
    return rgb[top : max(bottom, top + 1), left : max(right, left + 1)]


def _probabilities(scores: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    # Some exports end with the softmax already.
    if scores.min() >= 0 and abs(scores.sum() - 1) < 1e-3:
        return scores
    exponentials = np.exp(scores - scores.max())
    return np.asarray(exponentials / exponentials.sum(), np.float64)
