"""Times from fingerprint machines as the days see them, and which of a day's times came from one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.day import Kind, Punch
from service.attendance.machine_file import PunchKind
from service.db.machine_tables import Machine, MachinePunch

_KINDS: Final[dict[PunchKind, Kind]] = {"in": "in", "out": "out", "any": "auto"}


class MachineTime(NamedTuple):
    """`machine`: its name. Nobody reviews it: it counts as it is."""

    punch: Punch
    machine: str


@dataclass(frozen=True, slots=True)
class OwnPunch:
    """`taken_back_at`: since then it does not count."""

    at: datetime
    kind: PunchKind
    machine: str
    taken_back_at: datetime | None


def machine_times(
    session: Session, begins: datetime, ends: datetime, employee_ids: Collection[int] | None = None
) -> dict[int, list[MachineTime]]:
    """By employee id, from `begins` to before `ends`, in no order. employee_ids : None is everybody."""
    chosen = select(
        MachinePunch.employee_id, MachinePunch.at, MachinePunch.kind, MachinePunch.machine_id
    ).where(MachinePunch.taken_back_at.is_(None), MachinePunch.at >= begins, MachinePunch.at < ends)
    if employee_ids is not None:
        chosen = chosen.where(MachinePunch.employee_id.in_(employee_ids))
    rows = session.connection().execute(chosen).all()
    if not rows:
        return {}
    names: dict[int, str] = dict(session.execute(select(Machine.id, Machine.name)).all())
    found: dict[int, list[MachineTime]] = defaultdict(list)
    for employee_id, at, kind, machine_id in rows:
        found[employee_id].append(MachineTime(Punch(at, _KINDS[kind], "accepted"), names[machine_id]))
    return dict(found)


def add_machine_times(punches: dict[int, list[Punch]], times: Mapping[int, Sequence[MachineTime]]) -> None:
    """To those of check-ins, by employee id."""
    for employee_id, found in times.items():
        punches.setdefault(employee_id, []).extend(one.punch for one in found)


def machine_of(times: Sequence[MachineTime], at: datetime | None) -> str | None:
    """The name of the machine that a time came from; None where it came from none."""
    return next((one.machine for one in times if one.punch.at == at), None)


def own_punches(session: Session, employee_id: int) -> tuple[OwnPunch, ...]:
    """The newest first."""
    rows = session.execute(
        select(MachinePunch.at, MachinePunch.kind, Machine.name, MachinePunch.taken_back_at)
        .join(Machine, Machine.id == MachinePunch.machine_id)
        .where(MachinePunch.employee_id == employee_id)
        .order_by(MachinePunch.at.desc(), MachinePunch.id.desc())
    )
    return tuple(OwnPunch(*row) for row in rows)
