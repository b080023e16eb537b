"""Machines: where they stand, how their files are read, whom their numbers mean."""

from typing import Any

import pytest

from service.access_errors import OwnRecord
from service.attendance.machine_file import FileFormat
from service.db.session import Database
from service.errors import InvalidRequest, UnitNotEmpty, UnknownEmployee, UnknownUnit
from service.evidence import EvidenceStore
from service.machine_errors import MachineCodeTaken
from service.machine_numbers import assign_number, list_numbers
from service.machines import MachineChange, add_machine, change_machine, list_machines
from service.reach import reach_of
from service.sites import add_site
from service.units import add_unit, remove_unit
from tests.service.conftest import FakeClock
from tests.service.request_desk import ZONE, Desk, open_desk


@pytest.fixture
def desk(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Desk:
    return open_desk(db, evidence, clock())


def add(desk: Desk, clock: FakeClock, **options: Any) -> None:
    wanted: dict[str, Any] = {"code": "FP", "name": "Lobi", "unit": "KEC", "file_format": FileFormat()}
    add_machine(desk.db, **(wanted | options), now=clock())


def test_a_machine_at_a_site_belongs_to_its_unit(desk: Desk, clock: FakeClock) -> None:
    add_site(desk.db, code="KANTOR", name="Kantor", unit="DESA", time_zone="Asia/Jayapura", now=clock())
    read = FileFormat(direction=3, ins=(" Masuk ", "in"), outs=("Pulang",), delimiter="tab")
    add(desk, clock, unit=None, site="KANTOR", file_format=read)
    (machine,) = list_machines(desk.db, ZONE)
    assert (machine.site, machine.unit, machine.time_zone) == ("KANTOR", "DESA", "Asia/Jayapura")
    assert machine.file_format == FileFormat(
        direction=3, ins=("Masuk", "in"), outs=("Pulang",), delimiter="tab"
    )
    assert (machine.latest, machine.unmatched) == (None, 0)


def test_a_serial_number_is_a_code(desk: Desk, clock: FakeClock) -> None:
    add(desk, clock, code="0363143200123")
    assert [machine.code for machine in list_machines(desk.db, ZONE)] == ["0363143200123"]


def test_a_code_is_given_once(desk: Desk, clock: FakeClock) -> None:
    add(desk, clock)
    with pytest.raises(MachineCodeTaken):
        add(desk, clock, name="Lain")


@pytest.mark.parametrize(
    "options",
    [
        {"unit": None},
        {"site": "KANTOR"},
        {"code": "a b"},
        {"name": " "},
        {"file_format": FileFormat(number=0)},
        {"file_format": FileFormat(number=61)},
        {"file_format": FileFormat(date_time=None)},
        {"file_format": FileFormat(date=3, time=4)},
        {"file_format": FileFormat(date_time=None, date=3)},
        {"file_format": FileFormat(heading_rows=21)},
        {"file_format": FileFormat(ins=("1",), outs=("1",))},
        {"file_format": FileFormat(ins=tuple(str(number) for number in range(21)))},
    ],
)
def test_what_is_no_machine_is_refused(desk: Desk, clock: FakeClock, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        add(desk, clock, **options)


def test_nobody_puts_a_machine_where_they_do_not_reach(desk: Desk, clock: FakeClock) -> None:
    with pytest.raises(UnknownUnit):
        add(desk, clock, unit="DINAS", reach=reach_of(desk.dewi))
    add(desk, clock)
    with pytest.raises(UnknownUnit):
        change_machine(
            desk.db, code="FP", change=MachineChange(unit="DINAS"), now=clock(), reach=reach_of(desk.dewi)
        )


def test_a_unit_with_a_machine_is_not_empty(desk: Desk, clock: FakeClock) -> None:
    add_unit(desk.db, code="GUDANG", name="Gudang", now=clock())
    add(desk, clock, unit="GUDANG")
    with pytest.raises(UnitNotEmpty) as refused:
        remove_unit(desk.db, code="GUDANG", now=clock())
    assert refused.value.extras["machines"] == 1


def test_a_number_is_given_to_others_and_taken_away(desk: Desk, clock: FakeClock) -> None:
    add(desk, clock)
    assign_number(desk.db, desk.rahmat, "FP", number="42", nip="2", now=clock())
    assign_number(desk.db, desk.rahmat, "FP", number="42", nip="1", now=clock())
    assert [(one.number, one.nip) for one in list_numbers(desk.db, "FP", reach_of(desk.dewi))] == [
        ("42", "1")
    ]
    assign_number(desk.db, desk.dewi, "FP", number="42", nip=None, now=clock())
    assert list_numbers(desk.db, "FP", reach_of(desk.dewi)) == ()


def test_nobody_assigns_to_themselves_or_beyond_their_reach(desk: Desk, clock: FakeClock) -> None:
    add(desk, clock, unit="DINAS")
    with pytest.raises(UnknownEmployee):
        assign_number(desk.db, desk.lain, "FP", number="42", nip="1", now=clock())
    assign_number(desk.db, desk.rahmat, "FP", number="42", nip="1", now=clock())
    with pytest.raises(UnknownEmployee):
        assign_number(desk.db, desk.lain, "FP", number="42", nip=None, now=clock())
    (one,) = list_numbers(desk.db, "FP", reach_of(desk.lain))
    assert (one.outside, one.nip, one.name) == (True, None, None)
    change_machine(desk.db, code="FP", change=MachineChange(unit="KEC"), now=clock())
    with pytest.raises(OwnRecord):
        assign_number(desk.db, desk.dewi, "FP", number="7", nip="2", now=clock())


@pytest.mark.parametrize("number", ["", "  ", "1" * 65, "4\x002"])
def test_what_is_no_number_is_refused(desk: Desk, clock: FakeClock, number: str) -> None:
    add(desk, clock)
    with pytest.raises(InvalidRequest):
        assign_number(desk.db, desk.rahmat, "FP", number=number, nip="1", now=clock())
