"""Staff photos handed over in bulk: a folder or a ZIP laid out as `NIP/photo.jpg`."""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path, PurePosixPath

from enrollment.nip import parse_nip
from models.image import MAX_BYTES, BadImage

MAX_PHOTOS_PER_PERSON = 5
MAX_FILES = 100_000  # 20,000 people with five photos each
# A ZIP names its files in one directory at its end (46 bytes and a name each), read before it can be counted.
MAX_ZIP_DIRECTORY_BYTES = 160 * MAX_FILES
PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})

_IGNORED_NAMES = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})
_PERSON_DEPTH = 2  # NIP, photo


class BulkError(ValueError):
    """The folder or ZIP as a whole can't be used; `reason` is one of those raised here."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PhotoSource:
    """One photo not yet read. `name` is its path inside the folder or ZIP, for reports."""

    name: str
    fetch: Callable[[], bytes] = field(repr=False)

    def read(self) -> bytes:
        """The photo's bytes, at most MAX_BYTES + 1 of them: enough for the image reader to refuse the rest.

        Raises BadImage("damaged") when the file is gone or its part of the ZIP is broken.
        """
        return self.fetch()


@dataclass(frozen=True, slots=True)
class PersonPhotos:
    nip: str
    photos: tuple[PhotoSource, ...]


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """What of the folder or ZIP isn't used.

    `reason`: "unsafe_path", "link", "encrypted", "too_many_bytes", "not_a_photo", "not_in_nip_folder",
    "bad_nip", "too_many_photos" (past the first MAX_PHOTOS_PER_PERSON), "no_photos" (an empty folder).
    """

    name: str
    nip: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    people: tuple[PersonPhotos, ...]
    refused: tuple[RefusedFile, ...]


@contextmanager
def scan(path: Path) -> Iterator[Scan]:
    """What `path` (a folder or a ZIP) holds, by NIP; the photos can be read inside the `with` block.

    One folder around the NIP folders is looked through; hidden files and those that systems add are ignored;
    people and photos come in the order of their names. Nothing is unpacked. Raises BulkError.
    """
    if path.is_dir():
        yield _sorted_out(list(_files_of(path)))
        return
    if not path.is_file():
        raise BulkError("not_found")
    with _ModestReads(FileIO(path)) as file, _opened(file) as archive:
        yield _sorted_out(list(_members_of(archive)))


@contextmanager
def scan_zip(data: bytes) -> Iterator[Scan]:
    """As `scan`, of a ZIP that is in memory. Raises BulkError."""
    with _ModestReads(BytesIO(data)) as file, _opened(file) as archive:
        yield _sorted_out(list(_members_of(archive)))


def photos_of(nip: str, paths: Sequence[Path]) -> Scan:
    """Photos of one person whose NIP is given: files, and folders of files. Raises BulkError."""
    parsed = parse_nip(nip)
    if parsed is None:
        raise BulkError("bad_nip")
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise BulkError("not_found")
        found = sorted(path.iterdir()) if path.is_dir() else [path]
        files += (file for file in found if _counts(file.name) and not file.is_dir())
    entries = [_file_entry(file, (parsed, file.name)) for file in files]
    return _sorted_out([*entries, _Entry((parsed,), bytes, is_folder=True, refused=None)])


def _opened(file: "_ModestReads") -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except BulkError:
        raise
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        OverflowError,
        NotImplementedError,
        struct.error,
    ) as error:
        raise BulkError("not_a_zip") from error


@dataclass(frozen=True, slots=True)
class _Entry:
    parts: tuple[str, ...]
    fetch: Callable[[], bytes]
    is_folder: bool
    refused: str | None


def _files_of(root: Path) -> Iterator[_Entry]:
    seen = 0
    for folder, subfolders, names in os.walk(root):
        parts = Path(folder).relative_to(root).parts
        subfolders[:] = filter(_counts, subfolders)
        seen += len(subfolders) + len(names)
        if seen > MAX_FILES:
            raise BulkError("too_many_files")
        for name in names + subfolders:
            file = Path(folder, name)
            yield _file_entry(file, (*parts, name))


def _file_entry(file: Path, parts: tuple[str, ...]) -> _Entry:
    status = file.lstat()
    is_folder = stat.S_ISDIR(status.st_mode)
    refused = None if is_folder else _refusal(status.st_mode, status.st_size)
    return _Entry(parts, partial(_read_file, file), is_folder, refused)


def _members_of(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    members = archive.infolist()
    if len(members) > MAX_FILES:
        raise BulkError("too_many_files")
    for member in members:
        # Some programs on Windows separate folders by backslashes.
        name = member.filename.replace("\\", "/")
        refused = _refusal(member.external_attr >> 16, member.file_size)
        if name.startswith("/") or ":" in name.split("/")[0] or ".." in name.split("/"):
            refused = "unsafe_path"
        elif member.flag_bits & 0x1:
            refused = "encrypted"
        is_folder = name.endswith("/") and refused != "unsafe_path"
        parts = PurePosixPath(name).parts or (name,)
        yield _Entry(parts, partial(_read_member, archive, member), is_folder, refused)


def _refusal(mode: int, size_bytes: int) -> str | None:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "not_a_photo"
    return "too_many_bytes" if size_bytes > MAX_BYTES else None


def _sorted_out(entries: Sequence[_Entry]) -> Scan:
    refused: list[RefusedFile] = []
    photos: dict[str, list[PhotoSource]] = {}
    entries = sorted(
        (entry for entry in entries if all(map(_counts, entry.parts))), key=lambda entry: entry.parts
    )
    skip = 1 if _has_top_folder(entries) else 0
    for entry in entries:
        if entry.is_folder:
            _note_folder(entry.parts[skip:], photos)
            continue
        name = _printable("/".join(entry.parts))
        nip, reason = _placed(entry, skip)
        if nip is not None and reason is None:
            photos.setdefault(nip, []).append(PhotoSource(name, entry.fetch))
        else:
            refused.append(RefusedFile(name, nip, reason or "bad_nip"))
    return _limited(photos, refused)


def _note_folder(parts: tuple[str, ...], photos: dict[str, list[PhotoSource]]) -> None:
    nip = parse_nip(parts[0]) if len(parts) == 1 else None
    if nip is not None:
        photos.setdefault(nip, [])


def _placed(entry: _Entry, skip: int) -> tuple[str | None, str | None]:
    """Whose photo an entry is, and why it is refused."""
    parts = entry.parts[skip:]
    inside = len(parts) == _PERSON_DEPTH
    nip = parse_nip(parts[0]) if inside else None
    if entry.refused is not None:
        return nip, entry.refused
    if not _is_photo(entry):
        return nip, "not_a_photo"
    if not inside:
        return None, "not_in_nip_folder"
    return nip, None if nip is not None else "bad_nip"


def _limited(photos: dict[str, list[PhotoSource]], refused: list[RefusedFile]) -> Scan:
    people: list[PersonPhotos] = []
    for nip, sources in photos.items():
        people.append(PersonPhotos(nip, tuple(sources[:MAX_PHOTOS_PER_PERSON])))
        refused.extend(
            RefusedFile(source.name, nip, "too_many_photos") for source in sources[MAX_PHOTOS_PER_PERSON:]
        )
    explained = {file.nip for file in refused}
    refused.extend(
        RefusedFile(f"{p.nip}/", p.nip, "no_photos")
        for p in people
        if not p.photos and p.nip not in explained
    )
    return Scan(tuple(person for person in people if person.photos), tuple(refused))


def _has_top_folder(entries: Sequence[_Entry]) -> bool:
    """Whether all photos lie at least two folders deep in one and the same folder."""
    photos = [entry.parts for entry in entries if _is_photo(entry)]
    return bool(photos) and all(len(parts) > _PERSON_DEPTH and parts[0] == photos[0][0] for parts in photos)


def _is_photo(entry: _Entry) -> bool:
    suffix = PurePosixPath(entry.parts[-1]).suffix.lower()
    return not entry.is_folder and entry.refused is None and suffix in PHOTO_SUFFIXES


def _counts(name: str) -> bool:
    return name not in _IGNORED_NAMES and not (name.startswith(".") and name != "..")


def _printable(name: str) -> str:
    """`name` without what would steer a terminal or can't be written as UTF-8."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)


def _read_file(file: Path) -> bytes:
    try:
        # The file may have become a link since it was looked at.
        with os.fdopen(os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadImage("damaged") from error


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        # A member may unpack to more than it declares: never more is unpacked than an image may have.
        with archive.open(member) as stream:
            return stream.read(MAX_BYTES + 1)
    except (
        OSError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise BadImage("damaged") from error


class _ModestReads(BufferedReader):
    """A file that isn't read in pieces larger than a ZIP directory may be, whatever the ZIP declares."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_ZIP_DIRECTORY_BYTES:
            raise BulkError("too_many_files")
        return super().read(size)
