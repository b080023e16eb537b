"""The one place that reads the clock; everything else takes `now` or a clock as an argument."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
