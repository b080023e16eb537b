"""How much of its processors this machine has left for the tests, before they load it themselves."""

import os
import subprocess
import sys

SPIN_S = 0.15
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
