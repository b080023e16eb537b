from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from service.attendance.day import Kind, Punch, Status, local_date, summarise

TODAY = date(2026, 11, 24)
WIB = ZoneInfo("Asia/Jakarta")


def _punch(hour: int, kind: Kind, status: Status = "accepted") -> Punch:
    return Punch(datetime(2026, 11, 24, hour, tzinfo=WIB), kind, status)


def test_a_day_without_check_ins_is_empty() -> None:
    day = summarise(TODAY, [])
    assert (day.first_in, day.last_out, day.provisional) == (None, None, False)


def test_the_first_arrival_and_the_last_departure_count() -> None:
    day = summarise(TODAY, [_punch(16, "out"), _punch(7, "in"), _punch(8, "in"), _punch(15, "out")])
    assert day.first_in == _punch(7, "in").at
    assert day.last_out == _punch(16, "out").at
    assert not day.provisional


def test_what_is_under_review_counts_provisionally() -> None:
    day = summarise(TODAY, [_punch(7, "in", "review")])
    assert day.first_in == _punch(7, "in").at
    assert day.provisional


def test_what_waits_to_be_examined_counts_provisionally() -> None:
    assert summarise(TODAY, [_punch(7, "in", "received")]).provisional


def test_a_retake_does_not_count() -> None:
    day = summarise(TODAY, [_punch(7, "in", "retake"), _punch(8, "in")])
    assert day.first_in == _punch(8, "in").at


def test_what_a_person_rejected_does_not_count() -> None:
    day = summarise(TODAY, [_punch(7, "in", "rejected")])
    assert (day.first_in, day.provisional) == (None, False)


def test_auto_is_an_arrival_first_and_a_departure_after_it() -> None:
    day = summarise(TODAY, [_punch(7, "auto"), _punch(12, "auto"), _punch(16, "auto")])
    assert day.first_in == _punch(7, "auto").at
    assert day.last_out == _punch(16, "auto").at


def test_a_departure_without_arrival_is_a_departure() -> None:
    day = summarise(TODAY, [_punch(16, "out")])
    assert day.first_in is None
    assert day.last_out == _punch(16, "out").at


def test_a_review_that_is_not_the_first_or_last_leaves_the_day_settled() -> None:
    day = summarise(TODAY, [_punch(7, "in"), _punch(9, "in", "review"), _punch(16, "out")])
    assert not day.provisional


def test_the_date_is_that_of_the_office() -> None:
    late_in_utc = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert local_date(late_in_utc, WIB) == TODAY
    assert local_date(late_in_utc, UTC) == TODAY - timedelta(days=1)


@given(
    st.lists(
        st.builds(
            _punch,
            st.integers(0, 23),
            st.sampled_from(["in", "out", "auto"]),
            st.sampled_from(["received", "accepted", "review", "retake"]),
        )
    )
)
def test_the_order_of_sending_does_not_matter(punches: list[Punch]) -> None:
    distinct = list({punch.at: punch for punch in punches}.values())
    assert summarise(TODAY, distinct) == summarise(TODAY, reversed(distinct))
