from dataclasses import replace
from decimal import Decimal

from service.recap_figures import fingerprint, public_totals
from tests.service.made_month import OFFICE, SCHOOL, recap, row, summary


def test_totals_add_up_people_days_minutes_and_codes() -> None:
    late = summary({"present": 21, "izin": 1}, late=(1, "0.5"))
    totals = recap(row(1, of=late), row(2, of=late), row(3)).totals
    assert (totals.people, totals.by_status["present"], totals.by_status["izin"]) == (3, 64, 2)
    assert (totals.codes, totals.counts["late_min"]) == ({"TL1": 2}, 34)
    assert round(totals.average_deduction, 2) == Decimal("0.33")


def test_deductions_are_added_up_under_each_ones_cap() -> None:
    dear = summary(late=(4, "80"), cap="50")
    assert recap(row(1, of=dear), row(2, of=dear)).totals.deductions == 100


def test_each_unit_has_its_own_totals() -> None:
    units = recap(row(1), row(2, unit=SCHOOL), row(3, unit=SCHOOL), row(4, unit=None)).units
    assert [(one.unit, one.totals.people) for one in units] == [(OFFICE, 1), (SCHOOL, 2), (None, 1)]


def test_a_recap_is_provisional_until_the_month_is_over_and_nothing_waits() -> None:
    waits = row(1, of=summary(provisional=1))
    opened = row(1, of=summary({"present": 21, "open": 1}))
    assert recap(row(1), over=False).status == "provisional"
    assert recap(waits).status == recap(opened).status == "provisional"
    assert recap(row(1)).status == recap().status == "complete"


def test_a_recap_is_closed_when_all_of_it_is() -> None:
    assert recap(row(1, closed=True), row(2, closed=True)).status == "closed"
    assert recap(row(1, closed=True), row(2)).status == "complete"


def test_the_fingerprint_is_of_the_figures_in_any_order() -> None:
    one, two = row(1), row(2, of=summary(late=(1, "0.5")))
    assert fingerprint([one, two]) == fingerprint([two, one])
    assert fingerprint([one, two]) == fingerprint([replace(one, name="Siti Aminah"), two])
    assert fingerprint([row(2, of=summary(late=(1, "0.50")))]) == fingerprint([two])


def test_the_fingerprint_is_another_for_any_other_figure() -> None:
    base = fingerprint([row(1)])
    others = [
        [],
        [row(2)],
        [row(1, unit=SCHOOL)],
        [row(1, of=summary({"present": 21, "absent": 1}))],
        [row(1, of=summary(late=(1, "0.5")))],
        [row(1, of=summary(cap="50"))],
        [row(1, of=summary(provisional=1))],
    ]
    assert base not in {fingerprint(rows) for rows in others}


def test_what_is_kept_of_an_issued_recap_names_nobody() -> None:
    kept = public_totals(recap(row(1, "Siti", of=summary(late=(1, "0.5")))).totals)
    assert kept["average_deduction"] == "0.5"
    assert "Siti" not in str(kept)
