from datetime import UTC, datetime, timedelta

import pytest

from service.errors import TooManyLookups
from service.web import lookup_limit
from service.web.lookup_limit import MOST, WITHIN, LookupLimit

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_a_network_has_so_many_look_ups_and_more_after_a_while() -> None:
    limit = LookupLimit()
    for number in range(MOST):
        limit.count("192.0.2.1", NOW + timedelta(milliseconds=number))
    with pytest.raises(TooManyLookups) as refused:
        limit.count("192.0.2.1", NOW + timedelta(seconds=20))
    assert refused.value.extras["retry_after_s"] == 40
    limit.count("192.0.2.2", NOW)
    limit.count("192.0.2.1", NOW + WITHIN)


def test_the_networks_that_are_remembered_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup_limit, "MOST_NETWORKS", 3)
    limit = LookupLimit()
    for number in range(10):
        limit.count(f"192.0.2.{number}", NOW)
    assert len(limit._seen) == 3
