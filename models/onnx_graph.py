"""A graph under construction: nodes and constants with generated names."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8


class OnnxGraph:
    """Every method that adds something returns the name of the value it adds."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        output = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def constant(self, values: NDArray[np.generic]) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def serialise(self, name: str, *, chip_px: int, output: str, output_dim: int) -> bytes:
        """The finished model: input "chips" (n, 3, chip_px, chip_px) float32, one output (n, output_dim)."""
        chips = helper.make_tensor_value_info("chips", TensorProto.FLOAT, ["n", 3, chip_px, chip_px])
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", output_dim])
        model = helper.make_model(
            helper.make_graph(self._nodes, name, [chips], [result], self._constants),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        return bytes(model.SerializeToString())
