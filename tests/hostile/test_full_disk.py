"""A disk of its own for the service, that is full."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import records
from tests.hostile.office import Office, make_office
from tests.hostile.phone import Phone, Reply, checkin_body, new_meta
from tests.hostile.running_service import RunningService

DISK_MIB = 16
# From nothing left to enough for image and row: where between the two the disk runs full is tried in steps.
STEP_BYTES = 8 * 1024
STEPS = 24
EMPLOYEES = 2


class Disk:
    """A small file system in memory, filled up to some bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filling = folder / "filling"

    def fill(self, free_bytes: int = 0) -> None:
        self.empty()
        block = bytes(64 * 1024)
        with self._filling.open("wb", buffering=0) as file:
            while True:
                try:
                    written = file.write(block)
                except OSError:
                    break
                if written < len(block):
                    break
        if free_bytes:
            os.truncate(self._filling, max(0, self._filling.stat().st_size - free_bytes))

    def empty(self) -> None:
        self._filling.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a file system")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def office(disk: Disk) -> Office:
    return make_office(disk.folder / "data", EMPLOYEES)


@pytest.fixture(scope="module")
def service(office: Office) -> Iterator[RunningService]:
    """Its log is on the full disk too, as in a container."""
    running = RunningService(office.data_dir, workers=1)
    try:
        running.start_until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture
def phone(service: RunningService, office: Office, disk: Disk) -> Iterator[Phone]:
    with Phone(service.port, office.tokens[0]) as phone:
        yield phone
    disk.empty()


def send(phone: Phone, checkin_id: uuid.UUID, selfie: bytes) -> Reply:
    return phone.send(checkin_body(selfie + checkin_id.bytes, new_meta(checkin_id, send_anyway=True)))


def test_a_full_disk_is_told_and_the_check_in_can_be_sent_again(
    phone: Phone, office: Office, disk: Disk, selfie: bytes
) -> None:
    before = records.evidence_files(office.data_dir)
    checkin_id = uuid.uuid4()
    disk.fill()
    refused = send(phone, checkin_id, selfie)
    assert refused.status == 503
    assert refused.json()["code"] == "storage_full"
    assert int(refused.headers["retry-after"]) > 0
    assert records.evidence_files(office.data_dir) == before
    assert str(checkin_id) not in records.times_stored(office.data_dir)
    disk.empty()
    assert send(phone, checkin_id, selfie).status in {201, 202}
    assert records.times_stored(office.data_dir)[str(checkin_id)] == 1


def test_wherever_the_disk_runs_full_nothing_is_half_written(
    phone: Phone, office: Office, disk: Disk, selfie: bytes
) -> None:
    before = set(records.times_stored(office.data_dir))
    answers: dict[str, int | None] = {}
    for step in range(STEPS):
        disk.fill(step * STEP_BYTES)
        checkin_id = uuid.uuid4()
        answers[str(checkin_id)] = send(phone, checkin_id, selfie).status
    disk.empty()
    assert set(answers.values()) == {201, 503} or set(answers.values()) == {201, 202, 503}
    acknowledged = {checkin_id for checkin_id, status in answers.items() if status != 503}
    assert set(records.times_stored(office.data_dir)) - before == acknowledged
    kept = records.selfies(office.data_dir)
    assert all(kept[checkin_id] == selfie + uuid.UUID(checkin_id).bytes for checkin_id in acknowledged)
    assert len(records.evidence_files(office.data_dir)) == len(kept)
    assert records.faults_of_the_database(office.data_dir) == []


def test_what_needs_no_room_is_answered_on_a_full_disk(
    phone: Phone, service: RunningService, disk: Disk, selfie: bytes
) -> None:
    checkin_id = uuid.uuid4()
    assert send(phone, checkin_id, selfie).status in {201, 202}
    disk.fill()
    assert phone.get(f"/api/checkins/{checkin_id}").status == 200
    assert phone.get("/checkin").status == 200
    assert service.health("live") == 200
