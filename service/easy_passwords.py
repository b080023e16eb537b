"""Passwords that are guessed first: without what everybody thinks of, too little is left of them.

Pure. It is no list of frequent or breached passwords, which would have to be kept up to date.
"""

import re
from typing import Final

# Letters or digits that have to be left. Of a sentence there always are.
LEFT_AT_LEAST: Final = 4
# Of this service, of offices, and what people in Indonesia and elsewhere choose; longer words first.
COMMONPLACES: Final = (
    "administrator",
    "qwertyuiop",
    "katasandi",
    "kecamatan",
    "kelurahan",
    "kabupaten",
    "indonesia",
    "bismillah",
    "asdfghjkl",
    "1q2w3e4r5t",
    "password",
    "presensi",
    "semangat",
    "iloveyou",
    "selamat",
    "welcome",
    "absensi",
    "pegawai",
    "merdeka",
    "rahasia",
    "zxcvbnm",
    "letmein",
    "1q2w3e4r",
    "kantor",
    "sayang",
    "qwerty",
    "bupati",
    "hadir",
    "admin",
    "sandi",
    "absen",
    "cinta",
    "kata",
    "desa",
)
# As people write letters with digits.
_LETTERS_FOR: Final = str.maketrans("013457@$", "oleastas")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
RUN_LETTERS: Final = 3
# A NIP begins with the date of birth.
BIRTH_DATE_DIGITS: Final = 8


def is_easy(password: str, login: str) -> bool:
    """Whether it is little more than the login, a commonplace, a year, or letters in a row.

    login : as it is stored.
    """
    plain = password.lower()
    without_years = _YEAR.sub(" ", plain).translate(_LETTERS_FOR)
    return any(_left(text, login) < LEFT_AT_LEAST for text in (plain, without_years))


def _left(text: str, login: str) -> int:
    text = "".join(letter for letter in text if letter.isalnum())
    for word in (login, login[:BIRTH_DATE_DIGITS], *COMMONPLACES):
        if len(word) >= RUN_LETTERS:
            text = text.replace(word, " ")
    return len(_without_runs(_YEAR.sub(" ", text)).replace(" ", ""))


def _without_runs(text: str) -> str:
    """Without "aaa", "abcd", "4321": what goes on by the same step for three letters or more."""
    kept, at = "", 0
    while at < len(text):
        end = _end_of_run(text, at)
        kept += "" if end - at >= RUN_LETTERS else text[at]
        at = end if end - at >= RUN_LETTERS else at + 1
    return kept


def _end_of_run(text: str, start: int) -> int:
    if start + 1 >= len(text):
        return start + 1
    step = ord(text[start + 1]) - ord(text[start])
    end = start + 1
    while end < len(text) and abs(step) <= 1 and ord(text[end]) - ord(text[end - 1]) == step:
        end += 1
    return end
