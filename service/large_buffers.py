"""Memory of large photos goes back to the system when they are done with."""

import ctypes
from contextlib import suppress
from typing import Final

# <malloc.h> of glibc.
M_MMAP_THRESHOLD: Final = -3
LARGE_BYTES: Final = 1024 * 1024


def give_back_at_once() -> None:
    """For this process. Without glibc nothing is done.

    glibc takes large buffers from the system one by one, but raises what it calls large to the size of each that
    was freed, and keeps all below in the arena of the thread. Measured: 75 photos of 9 MB sent by two phones left
    the process 115 MB larger, with this 14 MB.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
