import dlib
import numpy as np
import onnxruntime
import pytest

from models import dlib_format
from models.dlib_format import DlibFormatError
from models.weights import DLIB_RESNET


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    model = dlib_format.to_onnx(dlib_format.read_resnet(DLIB_RESNET.read()))
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def test_the_onnx_network_gives_dlibs_own_descriptors(session: onnxruntime.InferenceSession) -> None:
    reference = dlib.face_recognition_model_v1(str(DLIB_RESNET.locate()))
    chips = np.random.default_rng(1).integers(0, 256, (3, 150, 150, 3), dtype=np.uint8)
    expected = np.array([reference.compute_face_descriptor(chip) for chip in chips])
    given = session.run(None, {"chips": chips.transpose(0, 3, 1, 2).astype(np.float32)})[0]
    np.testing.assert_allclose(given, expected, atol=1e-5)


def test_the_network_is_read_to_its_end() -> None:
    network = dlib_format.read_resnet(DLIB_RESNET.read())
    assert len(network.blocks) == 14
    assert network.projection.shape == (256, 128)


def test_a_file_that_ends_early_is_refused() -> None:
    with pytest.raises((DlibFormatError, ValueError)):
        dlib_format.read_resnet(DLIB_RESNET.read()[:1_000_000])
