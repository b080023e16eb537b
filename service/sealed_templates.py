"""Templates as they lie in the database: sealed, bound to their employee and their encoders."""

import numpy as np
from numpy.typing import NDArray

from service.crypto import KeyRing
from service.storage_errors import SealBroken


def seal_context(employee_id: int, encoders: str) -> str:
    return f"template:{employee_id}:{encoders}"


def seal_vectors(ring: KeyRing, employee_id: int, encoders: str, vectors: NDArray[np.float32]) -> bytes:
    """`vectors`: (k, dim) float32."""
    return ring.seal(np.ascontiguousarray(vectors, np.float32).tobytes(), seal_context(employee_id, encoders))


def open_vectors(
    ring: KeyRing, employee_id: int, encoders: str, sealed: bytes, dim: int
) -> NDArray[np.float32]:
    """(k, dim) float32.

    Raises
    ------
    SealBroken : the bytes were changed, or belong to someone else or to other encoders.
    """
    plain = ring.open(sealed, seal_context(employee_id, encoders))
    vectors = np.frombuffer(plain, np.float32)
    if not vectors.size or vectors.size % dim:
        raise SealBroken
    return vectors.reshape(-1, dim)
