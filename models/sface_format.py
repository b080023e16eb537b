"""Rewrites the block-quantised SFace network of the OpenCV Zoo into one that ONNX Runtime runs, and fast.

As shipped, the file's weights are int8 blocks listed among the graph's inputs, which the runtime refuses.
Here the weights are dequantised once, every batch normalisation is folded into the convolution before it, and
PReLU(x) is written as x + (a - 1) min(x, 0), which the runtime vectorises where its own PReLU does not.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from models.onnx_graph import OnnxGraph

Float32 = NDArray[np.float32]

CHIP_PX = 112
DESCRIPTOR_DIM = 128


class SFaceFormatError(ValueError):
    """The graph is not the chain of layers that this rewriter knows."""


def _constants(model: onnx.ModelProto) -> dict[str, NDArray[np.generic]]:
    """Every constant by name, block-dequantised and reshaped where the graph does that at run time."""
    values = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear":
            quantised, scales, zeros = (values[name].astype(np.float32) for name in node.input)
            attributes = {item.name: item.i for item in node.attribute}
            axis, block = attributes["axis"], attributes["block_size"]
            length = quantised.shape[axis]
            spread = [
                np.repeat(item, block, axis=axis).take(range(length), axis=axis) for item in (scales, zeros)
            ]
            values[node.output[0]] = (quantised - spread[1]) * spread[0]
        elif node.op_type == "Reshape":
            values[node.output[0]] = values[node.input[0]].reshape(values[node.input[1]])
    return values


class _Chain:
    """The layers of the rewritten network, one value flowing through."""

    def __init__(self, source: dict[str, NDArray[np.generic]]) -> None:
        self._source = source
        self.graph = OnnxGraph()
        self.value = "chips"

    def floats(self, name: str) -> Float32:
        return self._source[name].astype(np.float32)

    def normalisation(self, node: onnx.NodeProto) -> tuple[Float32, Float32]:
        """Scale and shift of a BatchNormalization: gamma / sqrt(var + eps), beta - mean * scale."""
        gamma, beta, mean, variance = (self.floats(name) for name in node.input[1:5])
        epsilon = next(item.f for item in node.attribute if item.name == "epsilon")
        scale = gamma / np.sqrt(variance + epsilon)
        return scale, beta - mean * scale

    def convolution(self, node: onnx.NodeProto, batch_norm: onnx.NodeProto) -> None:
        weights = self.floats(node.input[1])
        scale, shift = self.normalisation(batch_norm)
        attributes = {
            item.name: helper.get_attribute_value(item) for item in node.attribute if item.name != "dilations"
        }
        folded = weights * scale[:, None, None, None]
        self.value = self.graph.node(
            "Conv", self.value, self.graph.constant(folded), self.graph.constant(shift), **attributes
        )

    def prelu(self, node: onnx.NodeProto) -> None:
        slope = self.floats(node.input[1]).reshape(1, -1, 1, 1)
        negative = self.graph.node("Min", self.value, self.graph.constant(np.zeros(1, np.float32)))
        bent = self.graph.node("Mul", negative, self.graph.constant(slope - 1))
        self.value = self.graph.node("Add", self.value, bent)

    def matrix(self, before: onnx.NodeProto, gemm: onnx.NodeProto, after: onnx.NodeProto) -> None:
        """The final product with the normalisations before and after it folded in."""
        weights, bias = self.floats(gemm.input[1]), self.floats(gemm.input[2])
        scale_in, shift_in = self.normalisation(before)
        per_channel = weights.shape[1] // len(scale_in)
        scale_in, shift_in = np.repeat(scale_in, per_channel), np.repeat(shift_in, per_channel)
        scale_out, shift_out = self.normalisation(after)
        bias = (weights @ shift_in + bias) * scale_out + shift_out
        weights = weights * scale_in * scale_out[:, None]
        flat = self.graph.node("Flatten", self.value)
        self.value = self.graph.node(
            "Gemm", flat, self.graph.constant(weights), self.graph.constant(bias), transB=1
        )


def to_onnx(data: bytes) -> bytes:
    """The rewritten network.

    Parameters
    ----------
    data : face_recognition_sface_2021dec_int8bq.onnx.

    Returns
    -------
    An ONNX model: input "chips" (n, 3, 112, 112) float32, RGB scaled to -1..1 as (pixel - 127.5) / 128;
    output (n, 128) float32, not normalised.

    Raises
    ------
    SFaceFormatError : the graph holds other layers.
    """
    model = onnx.load_from_string(data)
    chain = _Chain(_constants(model))
    skipped = {"DequantizeLinear", "Reshape", "Constant", "Dropout", "Flatten", "Sub", "Mul"}
    layers = [node for node in model.graph.node if node.op_type not in skipped]
    for at, node in enumerate(layers):
        following = layers[at + 1] if at + 1 < len(layers) else None
        if node.op_type == "Conv" and following is not None and following.op_type == "BatchNormalization":
            chain.convolution(node, following)
        elif node.op_type == "PRelu":
            chain.prelu(node)
        elif node.op_type == "Gemm" and following is not None:
            chain.matrix(layers[at - 1], node, following)
        elif node.op_type != "BatchNormalization":
            raise SFaceFormatError(f"unexpected layer {node.op_type}")

    return chain.graph.serialise("sface", chip_px=CHIP_PX, output=chain.value, output_dim=DESCRIPTOR_DIM)
