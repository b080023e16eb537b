"""How much of a processor this machine has left for the tests, before they load it themselves."""

import time

SPIN_S = 0.1


def slowness() -> float:
    """How many times longer than alone a computation takes now: 1 on an idle machine, 2 on one where another
    program wants each processor as much. A bar in seconds holds for a machine that is the service's own."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < SPIN_S:
        pass
    return max(1.0, (time.perf_counter() - wall) / (time.process_time() - cpu))
