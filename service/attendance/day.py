"""A day of attendance from its check-ins. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from operator import attrgetter
from typing import Final, Literal, NamedTuple

Kind = Literal["in", "out", "auto"]
Status = Literal["received", "accepted", "review", "retake", "rejected"]
NOT_COUNTED: Final = frozenset({"retake", "rejected"})
BY_TIME: Final = attrgetter("at")


class Punch(NamedTuple):
    """A check-in as the day sees it; `at` is the time that counts, aware.

    A tuple: a month of the staff makes hundreds of thousands, each five times as fast as a frozen dataclass.
    """

    at: datetime
    kind: Kind
    status: Status


@dataclass(frozen=True, slots=True)
class Day:
    """First arrival and last departure. `provisional`: one of the two rests on a check-in not yet decided.

    first_in_source, last_out_source : name of the fingerprint machine that the time came from, else None.
    """

    date: date
    first_in: datetime | None
    last_out: datetime | None
    provisional: bool
    first_in_source: str | None = None
    last_out_source: str | None = None


def local_date(at: datetime, zone: tzinfo) -> date:
    """The calendar day of a moment, as the office's clock shows it."""
    return at.astimezone(zone).date()


def summarise(day: date, punches: Iterable[Punch]) -> Day:
    """The day's arrival and departure.

    A check-in under review counts until it is decided, so that nobody is absent by a doubt; a retake doesn't,
    nor does one that a person rejected.
    An "auto" is an arrival when nothing came before it that day, else a departure.
    """
    first_in, last_out = first_and_last(punches)
    chosen = [punch for punch in (first_in, last_out) if punch is not None]
    return Day(
        date=day,
        first_in=first_in.at if first_in else None,
        last_out=last_out.at if last_out else None,
        provisional=any(punch.status != "accepted" for punch in chosen),
    )


def first_and_last(punches: Iterable[Punch]) -> tuple[Punch | None, Punch | None]:
    """The check-ins that are the arrival and the departure, as `summarise` takes them."""
    counted = [punch for punch in punches if punch.status not in NOT_COUNTED]
    counted.sort(key=BY_TIME)
    first_in: Punch | None = None
    last_out: Punch | None = None
    for punch in counted:
        arriving = punch.kind == "in" or (punch.kind == "auto" and first_in is None)
        if arriving and first_in is None:
            first_in = punch
        elif not arriving:
            last_out = punch
    return first_in, last_out
