"""Four processes that write to one SQLite file."""

import json
import subprocess
import sys
from collections import Counter

from tests.conftest import Report
from tests.hostile import records
from tests.hostile.office import Office
from tests.hostile.running_service import ROOT, plain_environment
from tests.hostile.scale import Scale

WRITERS = 4


def test_four_processes_write_and_none_finds_the_database_locked(
    new_office: Office, scale: Scale, report: Report
) -> None:
    writers = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.hostile.writer",
                str(new_office.data_dir),
                str(number),
                str(scale.writing_s),
            ],
            cwd=ROOT,
            env=plain_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    said = [writer.communicate() for writer in writers]
    assert [log for _, log in said if log] == []
    results = [json.loads(out) for out, _ in said]
    done = sum((Counter(result["done"]) for result in results), Counter[str]())
    slowest = max(result["slowest_s"] for result in results)
    report(f"{WRITERS} processes writing for {scale.writing_s:.0f} s: {dict(done)}, slowest {slowest:.2f} s")
    assert [result["errors"] for result in results] == [{}] * WRITERS
    assert sum(records.times_stored(new_office.data_dir).values()) == done["check_in"]
    assert records.faults_of_the_database(new_office.data_dir) == []
