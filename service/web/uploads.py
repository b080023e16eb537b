"""The files of a multipart request."""

from typing import Final

from fastapi import UploadFile

from service.errors import InvalidRequest, TooLarge

LONGEST_FILENAME: Final = 255


# A check-in has a selfie, up to 12 frames and one field of at most 20,000 characters; an enrolment has less.
MOST_FILES: Final = 16
MOST_FIELDS: Final = 16
FIELD_BYTES: Final = 96 * 1024


def read_upload(upload: UploadFile, limit_bytes: int) -> bytes:
    """The whole file. Its name is used for nothing.

    Raises TooLarge, and InvalidRequest for a name that no file has.
    """
    if upload.filename is not None and len(upload.filename) > LONGEST_FILENAME:
        raise InvalidRequest(
            fields=[{"field": "filename", "problem": f"at most {LONGEST_FILENAME} characters"}]
        )
    data = upload.file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise TooLarge
    return data
