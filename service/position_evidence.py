"""What a check-in's position and device say, against the sites and the earlier check-ins of its owner."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import position
from service.db.connectivity_tables import DeviceUse
from service.db.site_tables import Site
from service.db.tables import Checkin
from service.position import Fence, Fix
from service.workplaces import sites_of

# An absence that lets its owner work elsewhere on a day: the employee's id, and when they checked in.
AwayOn = Callable[[Session, int, datetime], bool]
LOOK_BACK: Final = timedelta(days=30)
FIXES_LOOKED_AT: Final = 100


def never_away(session: Session, employee_id: int, at: datetime) -> bool:  # noqa: ARG001 - an AwayOn
    return False


@dataclass(frozen=True, slots=True)
class PositionEvidence:
    """`reasons` are for the policy; `findings` are what the auditor sees, `position` and `flags`."""

    reasons: tuple[str, ...]
    findings: dict[str, Any]


def position_evidence(session: Session, row: Checkin, away: AwayOn = never_away) -> PositionEvidence:
    """Of a received check-in."""
    fix = fix_of(row)
    sites = sites_of(session, row.employee_id)
    fences, unmeasured = fences_of(sites)
    is_away = away(session, row.employee_id, row.captured_at)
    judged = position.judge(fix, fences, unmeasured=unmeasured, away=is_away)
    found: tuple[str, ...] = ()
    # A kiosk stands where it stands, and many people use it.
    if not at_kiosk(row.meta):
        found = position.flags(
            fix, _earlier_fixes(session, row), people_of_device=_people_of_device(session, row)
        )
    shown: dict[str, Any] = {"standing": judged.standing}
    if fix is not None:
        shown["accuracy_m"] = round(fix.accuracy_m, 1)
    if judged.nearest is not None:
        near = judged.nearest
        shown |= {"site": near.fence.site, "distance_m": round(near.distance_m, 1)}
        shown["radius_m"] = near.fence.radius_m
        shown["site_name"] = next(site.name for site in sites if site.code == near.fence.site)
    if is_away:
        shown["away"] = True
    return PositionEvidence(judged.reasons, {"position": shown, "flags": list(found)})


def fences_of(sites: Sequence[Site]) -> tuple[list[Fence], bool]:
    """Those that have been measured, and whether there are others."""
    fences = [
        Fence(site.code, site.latitude, site.longitude, site.radius_m)
        for site in sites
        if site.latitude is not None and site.longitude is not None and site.radius_m is not None
    ]
    return fences, len(fences) < len(sites)


def at_kiosk(meta: Mapping[str, Any]) -> bool:
    """Whether a check-in was made at a kiosk: its position is then that of the site."""
    return "kiosk" in meta


def fix_of(row: Checkin) -> Fix | None:
    return _fix(row.meta, row.captured_at)


def _fix(meta: Mapping[str, Any], at: datetime) -> Fix | None:
    said = meta.get("position")
    return said and Fix(said["lat"], said["lon"], said["accuracy_m"], at)


def note_device(session: Session, row: Checkin) -> None:
    """Keep who has used which device, in the transaction that receives a check-in."""
    device, now = row.meta.get("device"), row.received_at
    if device is None:
        return
    use = session.get(DeviceUse, (device, row.employee_id), with_for_update=True)
    if use is not None:
        use.last_at = max(now, use.last_at)
        return
    with (
        suppress(IntegrityError),
        session.begin_nested(),
    ):  # another check-in of theirs was first, a moment ago
        session.add(DeviceUse(device=device, employee_id=row.employee_id, first_at=now, last_at=now))


def _earlier_fixes(session: Session, row: Checkin) -> list[Fix]:
    """The latest of the same person's own phones, whatever was decided of them."""
    rows = session.execute(
        select(Checkin.meta, Checkin.captured_at)
        .where(
            Checkin.employee_id == row.employee_id,
            Checkin.captured_at > row.captured_at - LOOK_BACK,
            Checkin.captured_at <= row.captured_at,
            Checkin.id != row.id,
        )
        .order_by(Checkin.captured_at.desc())
        .limit(FIXES_LOOKED_AT)
    )
    fixes = (_fix(meta, at) for meta, at in rows if not at_kiosk(meta))
    return [fix for fix in fixes if fix is not None]


def _people_of_device(session: Session, row: Checkin) -> int:
    device = row.meta.get("device")
    if device is None:
        return 0
    lately = DeviceUse.last_at > row.received_at - LOOK_BACK
    users = select(func.count()).where(DeviceUse.device == device, lately)
    return session.scalar(users) or 0
