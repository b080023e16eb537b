"""Whether a file holds any of some byte strings: found out in a process of its own.

A process that closes any descriptor of a file loses all its locks on it (fcntl(2)). Done to an SQLite database
that is in use, the next program that closes it takes itself for its last user and removes the write-ahead log,
into which this one goes on writing (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHUNK_BYTES = 1024 * 1024


def file_holds(file: Path, needles: Sequence[bytes]) -> bool:
    """Raises subprocess.CalledProcessError when the file can't be read."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", __file__, str(file)],
        # Not as arguments, which every user of the machine can see.
        input=json.dumps([needle.hex() for needle in needles if needle]).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return bool(json.loads(ran.stdout))


def _search(file: Path, needles: Sequence[bytes]) -> bool:
    longest = max((len(needle) for needle in needles), default=0)
    tail = b""
    with file.open("rb") as opened:
        while longest and (chunk := opened.read(CHUNK_BYTES)):
            searched = tail + chunk
            if any(needle in searched for needle in needles):
                return True
            tail = searched[-longest:]
    return False


if __name__ == "__main__":
    wanted = [bytes.fromhex(needle) for needle in json.load(sys.stdin)]
    json.dump(_search(Path(sys.argv[1]), wanted), sys.stdout)
