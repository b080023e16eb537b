"""Months of many people at once are what each of their days is by itself, worked out without any sharing."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from service import attendance_months, work_calendar, work_patterns
from service.attendance.approved import NOTHING_APPROVED, Absence, Approved, Correction, Presence
from service.attendance.day import Kind, Punch, Status, first_and_last
from service.attendance.deductions import Deduction
from service.attendance.hours import CUSTOMARY_WINDOWS, Hours
from service.attendance.judging import JudgedDay, Step, expect
from service.attendance.schedule import PlannedDay, Rules
from service.attendance_days import Member, members, recorded_days, stored_plans
from service.db.session import Database
from service.db.tables import Checkin, Employee
from service.sites import add_site
from service.work_calendar import Entry
from service.work_patterns import NewVersion
from service.working_rules import load_rules
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put
from tests.service.test_working_time import check_in

WIB = ZoneInfo("Asia/Jakarta")
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
BEFORE = datetime(2026, 10, 20, 10, tzinfo=WIB)
NOW = datetime(2026, 11, 24, 15, 40, tzinfo=WIB)
ONE_DAY = timedelta(days=1)
NIGHT, LATE_DAY = Hours(time(22), time(6)), Hours(time(14), time(22))
ROTATION = NewVersion(date(2026, 1, 1), (NIGHT, LATE_DAY, None), None, CUSTOMARY_WINDOWS, 10, True)
PEOPLE = 24
KINDS: Final[tuple[Kind, ...]] = ("auto", "auto", "in", "out")
STATUSES: Final[tuple[Status, ...]] = ("accepted", "accepted", "review", "rejected")
UNITS = {"KEC": None, "DESA": "KEC", "TIMUR": None, "RSUD": None}


def fill(db: Database, working_time: WorkingTime, clock: FakeClock, chance: random.Random) -> None:
    """People of three clocks and of several patterns, one of them over midnight; and check-ins at any time."""
    clock.now = BEFORE
    plant(db, UNITS, BEFORE)
    add_site(db, code="T", name="Kantor", unit="TIMUR", time_zone="Asia/Jayapura", now=BEFORE)
    work_patterns.add_pattern(working_time, code="PUTAR", name="Putar", version=ROTATION)
    work_patterns.assign(working_time, code="PUTAR", unit="RSUD", nip=None, first=date(2026, 1, 1), last=None)
    ids = [put(db, str(number), chance.choice([*UNITS, None]), BEFORE) for number in range(PEOPLE)]
    work_patterns.assign(working_time, code="PUTAR", unit=None, nip="1", first=date(2026, 11, 5), last=None)
    clock.now = datetime(2026, 11, 15, 10, tzinfo=WIB)
    work_calendar.add_entry(working_time, Entry(date(2026, 11, 3), "Terlambat diumumkan", "national"))
    work_calendar.add_entry(working_time, Entry(date(2026, 11, 20), "Hari jadi", "local", "KEC"))
    with db.write() as session:
        session.get_one(Employee, ids[2]).works_from = date(2026, 11, 9)
        session.get_one(Employee, ids[3]).works_until = date(2026, 11, 18)
    for employee_id in ids:
        for _ in range(chance.randrange(60)):
            moment = datetime(2026, 10, 31, tzinfo=WIB) + timedelta(minutes=chance.randrange(26 * 24 * 60))
            kind = chance.choice(KINDS)
            check_in(db, employee_id, moment, kind, chance.choice(STATUSES))
    clock.now = NOW


def approvals(chance: random.Random, ids: Sequence[int]) -> dict[int, Approved]:
    found = {}
    for employee_id in chance.sample(list(ids), len(ids) // 2):
        day = FIRST + chance.randrange(28) * ONE_DAY
        noon = datetime.combine(day, time(12), WIB)
        found[employee_id] = Approved(
            [Absence(chance.choice(("sakit", "wfh")), day, day + chance.randrange(4) * ONE_DAY)],
            [Correction(day + 3 * ONE_DAY, noon - timedelta(hours=5), None)],
            [Presence(noon - timedelta(hours=chance.randrange(6)), noon + timedelta(hours=9))],
        )
    return found


def plainly_judged(  # the rules of judging.py once more, in the slowest and plainest way
    rules: Rules, planned: PlannedDay, punches: Sequence[Punch], approved: Approved, now: datetime
) -> JudgedDay:
    windows, tolerance = CUSTOMARY_WINDOWS, 0
    if planned.version_id is not None:
        version = rules.version(planned.version_id)
        windows, tolerance = version.windows, version.tolerance_min
    correction = approved.correction_on(planned.date)
    if planned.starts_at is None or planned.ends_at is None:
        return JudgedDay(planned, planned.kind, **times_of(punches, correction))
    starts, ends = planned.starts_at, planned.ends_at
    (in_since, in_until), (out_since, out_until) = (
        windows.arrivals(starts, ends),
        windows.departures(starts, ends),
    )
    counting, outside = [], []
    for punch in punches:
        arrival = punch.kind != "out" and in_since <= punch.at <= in_until
        departure = punch.kind != "in" and out_since <= punch.at <= out_until
        if arrival and departure:
            counting.append(punch)
        elif arrival or departure:
            counting.append(Punch(punch.at, "in" if arrival else "out", punch.status))
        else:
            outside.append(punch.at)
    common: dict[str, Any] = {"outside": tuple(sorted(outside))}
    times = times_of(counting, correction)
    over = now >= max(in_until, out_until)
    absence = approved.absence_on(planned.date)
    if absence is not None and absence.kind != "wfh":
        return JudgedDay(planned, absence.kind, **times, **common)
    if any(one.begins <= starts and one.ends >= ends for one in approved.presences):
        return JudgedDay(planned, "alasan_teknis", **times, **common)
    for presence in approved.presences:
        begins, until = max(presence.begins, starts), min(presence.ends, ends)
        if begins >= until:
            continue
        if times["first_in"] is None or begins < times["first_in"]:
            times |= {"first_in": begins, "corrected": True}
        if (until == ends or over) and (times["last_out"] is None or until > times["last_out"]):
            times |= {"last_out": until, "corrected": True}
    first_in, last_out = times["first_in"], times["last_out"]
    if first_in is None and last_out is None:
        return JudgedDay(planned, "absent" if over else "open", **times, over=over, **common)
    late = 0 if first_in is None else max(0, int((first_in - starts).total_seconds() // 60))
    late = late if late > tolerance else 0
    early = 0 if last_out is None else max(0, int((ends - last_out).total_seconds() // 60))
    no_arrival, no_departure = first_in is None, last_out is None and over
    return JudgedDay(
        planned,
        "present" if absence is None else absence.kind,
        **times,
        late_min=late,
        early_min=early,
        late_step=4 if no_arrival else step(late),
        early_step=4 if no_departure else step(early),
        missing_in=no_arrival,
        missing_out=no_departure,
        over=over,
        **common,
    )


def times_of(punches: Sequence[Punch], correction: Correction | None) -> dict[str, Any]:
    first, last = first_and_last(punches)
    known = [first, last]
    if correction is not None:
        known = [None if correction.first_in else first, None if correction.last_out else last]
    return {
        "first_in": (correction and correction.first_in) or (first and first.at),
        "last_out": (correction and correction.last_out) or (last and last.at),
        "provisional": any(one is not None and one.status != "accepted" for one in known),
        "corrected": correction is not None,
    }


def step(minutes: int) -> Step:
    return 0 if minutes <= 0 else 1 if minutes <= 30 else 2 if minutes <= 60 else 3 if minutes <= 90 else 4


def plain_punches(
    plans: Mapping[date, PlannedDay], rules: Rules, punches: Sequence[Punch], zone: ZoneInfo
) -> dict[date, list[Punch]]:
    found: dict[date, list[Punch]] = {}
    for punch in punches:
        today = punch.at.astimezone(zone).date()
        chosen = today
        best = None
        for day in (today - ONE_DAY, today, today + ONE_DAY):
            plan = plans.get(day)
            if plan is None or plan.version_id is None or plan.starts_at is None or plan.ends_at is None:
                continue
            frame = expect(plan, rules.version(plan.version_id).windows, 0).frame
            assert frame is not None
            if frame.holds(punch.at) and (best is None or frame.distance(punch) < best):
                chosen, best = day, frame.distance(punch)
        found.setdefault(chosen, []).append(punch)
    return found


def plain_month(
    rules: Rules,
    member: Member,
    recorded: Mapping[date, PlannedDay],
    punches: Sequence[Punch],
    approved: Approved,
) -> list[JudgedDay]:
    plans = {}
    day = FIRST - ONE_DAY
    while day <= LAST + ONE_DAY:
        outside = PlannedDay(day, "outside")
        planned = (
            rules.plan(member.id, member.unit_on(day), day, member.zone) if member.works_on(day) else outside
        )
        plans[day] = recorded.get(day, planned)
        day += ONE_DAY
    mine = plain_punches(plans, rules, punches, member.zone)
    return [
        plainly_judged(rules, plan, mine.get(day, []), approved, NOW)
        for day, plan in plans.items()
        if FIRST <= day <= LAST
    ]


def cost_of(rules: Rules, day: JudgedDay) -> list[Deduction]:
    (table,) = rules.deductions
    if day.status == "absent":
        return [Deduction(day.date, "TK", None, table.absent)]
    lines = []
    for code, level, minutes, rates, lacking in (
        ("TL", day.late_step, day.late_min, table.late, day.missing_in),
        ("PSW", day.early_step, day.early_min, table.early, day.missing_out),
    ):
        if level:
            lines.append(
                Deduction(day.date, f"{code}{level}", None if lacking else minutes, rates[level - 1])
            )
    return lines


@pytest.mark.parametrize("seed", range(4))
def test_months_are_what_each_day_is_by_itself(db: Database, clock: FakeClock, seed: int) -> None:
    chance = random.Random(seed)
    given: dict[int, Approved] = {}
    working_time = WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=lambda *_: given)
    fill(db, working_time, clock, chance)
    with db.read() as session:
        given |= approvals(chance, session.scalars(select(Employee.id)).all())

    found = working_time.months(FIRST, LAST)

    with db.read() as session:
        rules = load_rules(session)
        stored = stored_plans(session, FIRST - ONE_DAY, LAST + ONE_DAY)
        recorded = recorded_days(session, FIRST - ONE_DAY, LAST + ONE_DAY)
        rows = session.execute(
            select(Checkin.employee_id, Checkin.counted_at, Checkin.kind, Checkin.status).where(
                Checkin.status != "rejected"
            )
        ).all()
        staff = members(session, zones_of, WIB)
    assert len(found) == len(staff) == PEOPLE
    assert any(recorded.values())
    for member in staff:
        mine = {stored[one].date: stored[one] for one in recorded.get(member.id, ())}
        punches = [
            Punch(at, kind, status)
            for employee_id, at, kind, status in rows
            if employee_id == member.id and at is not None
        ]
        punches.sort(key=lambda one: one.at)
        days = plain_month(rules, member, mine, punches, given.get(member.id, NOTHING_APPROVED))
        month = found[member.id]
        assert [day.judged for day in month.days] == days
        assert [list(day.deductions) for day in month.days] == [cost_of(rules, day) for day in days]
        summary = month.summary
        assert (summary.late_min, summary.early_min) == (
            sum(day.late_min for day in days),
            sum(day.early_min for day in days),
        )
        assert (summary.late_days, summary.early_days, summary.provisional) == (
            sum(day.late_min > 0 for day in days),
            sum(day.early_min > 0 for day in days),
            sum(day.provisional for day in days),
        )
        lines = [line.percent for day in days for line in cost_of(rules, day)]
        assert summary.deductions.sum == sum(lines, Decimal(0))


def test_many_are_counted_as_few_are(db: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    working_time = WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=lambda *_: {})
    fill(db, working_time, clock, random.Random(9))
    few = working_time.months(FIRST, LAST, with_waiting=True)
    monkeypatch.setattr(attendance_months, "MOST_IDS", 1)
    assert working_time.months(FIRST, LAST, Employee.id > 0, with_waiting=True) == few
