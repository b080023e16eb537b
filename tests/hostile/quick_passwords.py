"""The service, comparing passwords in no time: `python -m tests.hostile.quick_passwords serve`.

For tests that send thousands of them: a good comparison takes a tenth of a second of a processor each.
"""

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from service.cli import main


def quick() -> PasswordHash:
    return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


if __name__ == "__main__":
    PasswordHash.recommended = quick  # type: ignore[method-assign]
    main()
