from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from service import totp

# RFC 6238, appendix B, the rows of SHA-1; eight digits.
RFC_SECRET = b"12345678901234567890"
RFC_VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
NOW = datetime(2026, 11, 24, 7, 30, 5, tzinfo=UTC)
STEP = timedelta(seconds=totp.STEP_S)


@pytest.mark.parametrize(("seconds", "expected"), RFC_VECTORS)
def test_the_vectors_of_the_rfc(seconds: int, expected: str) -> None:
    step = totp.step_at(datetime.fromtimestamp(seconds, UTC))
    assert totp.code(RFC_SECRET, step, digits=8) == expected
    assert totp.code(RFC_SECRET, step) == expected[-6:]


# RFC 4226, appendix D.
@pytest.mark.parametrize(
    ("counter", "expected"), [(0, "755224"), (1, "287082"), (5, "254676"), (9, "520489")]
)
def test_the_vectors_of_the_rfc_it_builds_on(counter: int, expected: str) -> None:
    assert totp.code(RFC_SECRET, counter) == expected


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(steps: int, accepted: bool) -> None:
    typed = totp.code(RFC_SECRET, totp.step_at(NOW + steps * STEP))
    assert (totp.matching_step(RFC_SECRET, typed, NOW, after=None) is not None) == accepted


def test_a_used_code_and_those_before_it_are_refused() -> None:
    now_step = totp.step_at(NOW)
    typed = totp.code(RFC_SECRET, now_step)
    assert totp.matching_step(RFC_SECRET, typed, NOW, after=now_step - 1) == now_step
    assert totp.matching_step(RFC_SECRET, typed, NOW, after=now_step) is None
    earlier = totp.code(RFC_SECRET, now_step - 1)
    assert totp.matching_step(RFC_SECRET, earlier, NOW, after=now_step) is None


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "\ud800", "१२३४५६", "0" * 1000])
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert totp.matching_step(RFC_SECRET, typed, NOW, after=None) is None


def test_every_secret_is_new_and_has_160_bits() -> None:
    secrets = {totp.new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {20}


def test_the_address_says_whose_secret_it_is() -> None:
    parts = urlsplit(totp.address(RFC_SECRET, "dewi & co"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Hadir:dewi%20%26%20co")
    assert parse_qs(parts.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["Hadir"],
        "digits": ["6"],
        "period": ["30"],
    }
