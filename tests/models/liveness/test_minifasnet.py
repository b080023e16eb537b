"""A network with the published input and output shapes is run as its authors run it."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.detector import Face
from models.engine import FaceEngine
from models.liveness.minifasnet import MiniFasNet


def write_network(path: Path, weights: NDArray[np.float64], *, side: int = 80, softmax: bool = False) -> Path:
    """A network whose logits are a linear map, (channels, classes), of the channels' means."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
    ]
    output = "logits"
    if softmax:
        nodes.append(helper.make_node("Softmax", ["logits"], ["shares"], axis=1))
        output = "shares"
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, side, side])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", weights.shape[1]])],
        [numpy_helper.from_array(weights.astype(np.float32), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    return path


def blue_is_live(scale: float = 1 / 50) -> NDArray[np.float64]:
    """The live class follows the first channel, which is blue in a BGR picture, on a 0..255 scale."""
    weights = np.zeros((3, 3))
    weights[0, 1] = scale
    weights[2, 0] = scale
    return weights


def picture(colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.full((200, 160, 3), colour, np.uint8)


def face_at(x: float, y: float, width: float, height: float) -> Face:
    return Face(np.array([x, y, width, height], np.float32), np.zeros((5, 2), np.float32), 0.9)


MIDDLE = face_at(60, 70, 40, 50)


def test_the_network_is_given_bgr_from_0_to_255_and_its_second_class_is_the_living_face(
    tmp_path: Path,
) -> None:
    network = MiniFasNet(write_network(tmp_path / "net.onnx", blue_is_live()))
    blue, red = picture((0, 0, 250)), picture((250, 0, 0))
    expected = np.exp(5) / (np.exp(5) + 2)
    assert network.live_probability(blue, MIDDLE) == pytest.approx(expected, abs=1e-4)
    assert network.live_probability(red, MIDDLE) == pytest.approx(1 / (np.exp(5) + 2), abs=1e-4)


def test_an_output_that_is_a_softmax_already_is_taken_as_it_is(tmp_path: Path) -> None:
    plain = MiniFasNet(write_network(tmp_path / "plain.onnx", blue_is_live()))
    done = MiniFasNet(write_network(tmp_path / "done.onnx", blue_is_live(), softmax=True))
    blue = picture((0, 0, 250))
    assert done.live_probability(blue, MIDDLE) == pytest.approx(
        plain.live_probability(blue, MIDDLE), abs=1e-4
    )


def test_it_sees_as_much_around_the_face_as_its_files_name_says(tmp_path: Path) -> None:
    near = MiniFasNet(write_network(tmp_path / "1.0_80x80_tiny.onnx", blue_is_live()))
    far = MiniFasNet(write_network(tmp_path / "4_0_0_80x80_tiny.onnx", blue_is_live()))
    rgb = picture((250, 0, 0))
    rgb[70:120, 60:100] = (0, 0, 250)
    assert (near.crop_scale, far.crop_scale) == (1.0, 4.0)
    assert near.live_probability(rgb, MIDDLE) > 0.9 > 0.5 > far.live_probability(rgb, MIDDLE)


@pytest.mark.parametrize(
    "face", [face_at(-30, -30, 60, 60), face_at(130, 170, 60, 60), face_at(-50, -50, 400, 400)]
)
def test_a_face_at_or_over_the_edge_is_judged_too(tmp_path: Path, face: Face) -> None:
    network = MiniFasNet(write_network(tmp_path / "net.onnx", blue_is_live()))
    assert network.live_probability(picture((0, 0, 250)), face) > 0.9


def test_other_shapes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no MiniFASNet"):
        MiniFasNet(write_network(tmp_path / "large.onnx", blue_is_live(), side=128))
    with pytest.raises(ValueError, match="no MiniFASNet"):
        MiniFasNet(write_network(tmp_path / "two.onnx", blue_is_live()[:, :2]))


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(ValueError, match=r"net\.onnx is no ONNX network"):
        MiniFasNet(path)


def test_the_engine_adds_the_networks_answer_to_the_passive_cues(
    tmp_path: Path, engine: FaceEngine, astronaut_png: bytes
) -> None:
    path = write_network(tmp_path / "net.onnx", np.zeros((3, 3)))
    with_network = FaceEngine(encoders=("dlib",), minifasnet=path)
    assert with_network.read(astronaut_png).liveness.minifasnet == pytest.approx(1 / 3)
    assert engine.read(astronaut_png).liveness.minifasnet is None
