"""How much of each bar is tried: `SUITE` in every run of the tests, `SOAK` with `pytest --soak`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    mutated_uploads: int
    service_kills: int
    worker_kills: int
    repeated_checkins: int
    writing_s: float
    overload_s: float
    # For one test; pytest's own limit of the suite is far below what a soak takes.
    test_timeout_s: int


SUITE = Scale(
    mutated_uploads=2_000,
    service_kills=5,
    worker_kills=10,
    repeated_checkins=1_000,
    writing_s=20,
    overload_s=20,
    test_timeout_s=300,
)
SOAK = Scale(
    mutated_uploads=50_000,
    service_kills=100,
    worker_kills=100,
    repeated_checkins=1_000,
    writing_s=600,
    overload_s=300,
    test_timeout_s=6 * 3600,
)
