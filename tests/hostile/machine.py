"""How quick this machine is, and how much of it is left for the tests, before they load it themselves."""

import os
import subprocess
import sys
import time

SPIN_S = 0.15
# What the service and its workers begin with.
LIBRARIES = "alembic, cv2, fastapi, numpy, onnxruntime, sqlalchemy, uvicorn"
_SPIN = f"""
import time
wall, cpu = time.perf_counter(), time.process_time()
while time.process_time() - cpu < {SPIN_S}:
    pass
print((time.perf_counter() - wall) / (time.process_time() - cpu))
"""


def slowness() -> float:
    """How many times longer than alone computations on all processors take now: 1 on an idle machine, 2 where
    other programs want each processor as much. A bar in seconds holds for a machine that is the service's own."""
    spinning = [
        subprocess.Popen([sys.executable, "-S", "-c", _SPIN], stdout=subprocess.PIPE, text=True)
        for _ in range(len(os.sched_getaffinity(0)))
    ]
    return max(1.0, *(float(spinner.communicate()[0]) for spinner in spinning))


def seconds_to_import() -> float:
    """Of the libraries, by a new process: what any start costs here, however slow or busy the machine is."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", f"import {LIBRARIES}"], check=True)
    return time.monotonic() - begun
