import numpy as np
import pytest

from service.crypto import KeyRing
from service.sealed_templates import open_vectors, seal_vectors
from service.storage_errors import SealBroken

RING = KeyRing({b"key.": b"k" * 32}, b"key.")
VECTORS = np.arange(8, dtype=np.float32).reshape(2, 4)
SEALED = seal_vectors(RING, 1, "sface,dlib", VECTORS)


def test_what_is_sealed_is_what_is_opened() -> None:
    np.testing.assert_array_equal(open_vectors(RING, 1, "sface,dlib", SEALED, 4), VECTORS)


def test_somebody_elses_template_does_not_open() -> None:
    with pytest.raises(SealBroken):
        open_vectors(RING, 2, "sface,dlib", SEALED, 4)


def test_a_template_passed_off_as_another_encoders_does_not_open() -> None:
    with pytest.raises(SealBroken):
        open_vectors(RING, 1, "sface", SEALED, 4)


@pytest.mark.parametrize("dim", [3, 16])
def test_vectors_of_another_length_are_none(dim: int) -> None:
    with pytest.raises(SealBroken):
        open_vectors(RING, 1, "sface,dlib", SEALED, dim)


def test_a_template_of_nothing_is_none() -> None:
    with pytest.raises(SealBroken):
        open_vectors(RING, 1, "sface", seal_vectors(RING, 1, "sface", np.empty((0, 4), np.float32)), 4)
