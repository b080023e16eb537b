import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from models import sface_format
from models.sface_format import SFaceFormatError
from models.weights import SFACE


def _as_shipped() -> onnxruntime.InferenceSession:
    """The file itself, made acceptable to the runtime by nothing but taking the weights out of its inputs."""
    model = onnx.load_from_string(SFACE.read())
    image = [item for item in model.graph.input if item.name == "data"]
    del model.graph.input[:]
    model.graph.input.extend(image)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # unused shape constants are reported one by one
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def test_the_rewritten_network_gives_the_shipped_ones_descriptors() -> None:
    rewritten = onnxruntime.InferenceSession(
        sface_format.to_onnx(SFACE.read()), providers=["CPUExecutionProvider"]
    )
    pixels = np.random.default_rng(1).integers(0, 256, (1, 3, 112, 112)).astype(np.float32)
    expected = _as_shipped().run(None, {"data": pixels})[0]
    given = rewritten.run(None, {"chips": (pixels - 127.5) / 128})[0]
    np.testing.assert_allclose(given, expected, atol=1e-4)


def test_another_network_is_refused() -> None:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Tanh", ["x"], ["y"])], "other", [value], [result])
    with pytest.raises(SFaceFormatError, match="Tanh"):
        sface_format.to_onnx(helper.make_model(graph).SerializeToString())
