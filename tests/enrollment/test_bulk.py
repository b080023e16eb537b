"""A folder or a ZIP of photos by NIP: what is used, what is refused, and what can't do harm."""

import io
import os
import stat
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment import bulk
from enrollment.bulk import MAX_PHOTOS_PER_PERSON, BulkError, RefusedFile, Scan, photos_of, scan
from enrollment.nip import parse_nip
from models.image import MAX_BYTES, BadImage

Pack = Callable[[dict[str, bytes]], Path]


def _folder(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def _zip(root: Path, files: dict[str, bytes]) -> Path:
    path = root / "photos.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def _layout(found: Scan) -> dict[str, list[str]]:
    return {person.nip: [photo.name for photo in person.photos] for person in found.people}


def _reasons(found: Scan) -> dict[str, str]:
    return {file.name: file.reason for file in found.refused}


@pytest.fixture(params=[_folder, _zip])
def pack(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    """Writes files by their names, once as a folder and once as a ZIP."""
    return partial(request.param, tmp_path)


def test_people_and_photos_come_in_the_order_of_their_names(pack: Pack) -> None:
    with scan(
        pack({"2/b.JPG": b"4", "1/b.png": b"2", "1/a.Jpeg": b"1", "2/a.heic": b"3", "2/c.webp": b"5"})
    ) as found:
        assert _layout(found) == {"1": ["1/a.Jpeg", "1/b.png"], "2": ["2/a.heic", "2/b.JPG", "2/c.webp"]}
        assert [photo.read() for person in found.people for photo in person.photos] == [
            b"1",
            b"2",
            b"3",
            b"4",
            b"5",
        ]
        assert found.refused == ()


def test_one_folder_around_the_nip_folders_is_looked_through(pack: Pack) -> None:
    with scan(
        pack({"foto pegawai/1/a.jpg": b"1", "foto pegawai/2/a.jpg": b"2", "foto pegawai/readme.txt": b""})
    ) as found:
        assert _layout(found) == {"1": ["foto pegawai/1/a.jpg"], "2": ["foto pegawai/2/a.jpg"]}


def test_a_photo_outside_a_nip_folder_is_refused(pack: Pack) -> None:
    with scan(pack({"a.jpg": b"", "1/a.jpg": b"", "1/old/b.jpg": b""})) as found:
        assert _layout(found) == {"1": ["1/a.jpg"]}
        assert _reasons(found) == {"a.jpg": "not_in_nip_folder", "1/old/b.jpg": "not_in_nip_folder"}


def test_blanks_in_a_folder_name_are_not_part_of_the_nip(pack: Pack) -> None:
    with scan(pack({"1985 1/a.jpg": b"", "19851/b.jpg": b""})) as found:
        assert _layout(found) == {"19851": ["1985 1/a.jpg", "19851/b.jpg"]}


def test_a_folder_whose_name_is_no_nip_is_refused(pack: Pack) -> None:
    with scan(pack({"Bu Ani (TU)/a.jpg": b"", "1/a.jpg": b""})) as found:
        assert found.refused == (RefusedFile("Bu Ani (TU)/a.jpg", None, "bad_nip"),)


def test_a_file_that_is_no_photo_is_refused_with_its_nip(pack: Pack) -> None:
    with scan(pack({"1/a.jpg": b"", "1/sk.pdf": b""})) as found:
        assert found.refused == (RefusedFile("1/sk.pdf", "1", "not_a_photo"),)


def test_hidden_files_and_those_that_systems_add_are_ignored(pack: Pack) -> None:
    junk = {
        "__MACOSX/1/._a.jpg": b"",
        "1/.b.jpg": b"",
        ".git/1/a.jpg": b"",
        "1/Thumbs.db": b"",
        ".DS_Store": b"",
    }
    with scan(pack({"1/a.jpg": b""} | junk)) as found:
        assert _layout(found) == {"1": ["1/a.jpg"]}
        assert found.refused == ()


def test_photos_past_the_first_five_are_left_out_and_said_so(pack: Pack) -> None:
    with scan(pack({f"1/{number}.jpg": b"" for number in range(7)})) as found:
        assert _layout(found) == {"1": [f"1/{number}.jpg" for number in range(MAX_PHOTOS_PER_PERSON)]}
        assert _reasons(found) == {"1/5.jpg": "too_many_photos", "1/6.jpg": "too_many_photos"}


def test_a_photo_with_too_many_bytes_is_refused_unread(pack: Pack) -> None:
    with scan(pack({"1/a.jpg": bytes(MAX_BYTES + 1), "1/b.jpg": bytes(MAX_BYTES)})) as found:
        assert _layout(found) == {"1": ["1/b.jpg"]}
        assert found.refused == (RefusedFile("1/a.jpg", "1", "too_many_bytes"),)


def test_an_empty_nip_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    with scan(_folder(tmp_path, {"2/a.jpg": b""})) as found:
        assert found.refused == (RefusedFile("1/", "1", "no_photos"),)


def test_an_empty_nip_folder_of_a_zip_is_reported(tmp_path: Path) -> None:
    with scan(_zip(tmp_path, {"1/": b"", "2/a.jpg": b""})) as found:
        assert found.refused == (RefusedFile("1/", "1", "no_photos"),)


def test_what_would_steer_a_terminal_is_not_in_a_reported_name(tmp_path: Path) -> None:
    with scan(_zip(tmp_path, {"1/\x1b[2Ja.jpg": b"", "1/b\n.txt": b""})) as found:
        names = [photo.name for photo in found.people[0].photos] + [file.name for file in found.refused]
        assert all(name.isprintable() for name in names)


def test_links_are_not_followed_in_a_folder(tmp_path: Path) -> None:
    outside = _folder(tmp_path / "outside", {"1/secret.jpg": b"secret"})
    root = _folder(tmp_path / "photos", {"1/a.jpg": b""})
    (root / "1" / "b.jpg").symlink_to(outside / "1" / "secret.jpg")
    (root / "2").symlink_to(outside / "1")
    with scan(root) as found:
        assert _layout(found) == {"1": ["1/a.jpg"]}
        assert _reasons(found) == {"1/b.jpg": "link", "2": "link"}


def test_a_file_that_becomes_a_link_after_the_scan_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    root = _folder(tmp_path / "photos", {"1/a.jpg": b""})
    with scan(root) as found:
        (root / "1" / "a.jpg").unlink()
        (root / "1" / "a.jpg").symlink_to(secret)
        with pytest.raises(BadImage, match="damaged"):
            found.people[0].photos[0].read()


def test_a_pipe_in_a_folder_is_refused(tmp_path: Path) -> None:
    root = _folder(tmp_path, {"1/a.jpg": b""})
    os.mkfifo(root / "1" / "b.jpg")
    with scan(root) as found:
        assert _reasons(found) == {"1/b.jpg": "not_a_photo"}


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("1/a.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with scan(path) as found:
        assert found.people == ()
        assert _reasons(found) == {"1/a.jpg": "link"}


@pytest.mark.parametrize(
    "name", ["../1/a.jpg", "1/../../a.jpg", "/1/a.jpg", "C:/1/a.jpg", "..\\1\\a.jpg", "\\1\\a.jpg"]
)
def test_a_name_that_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    with scan(_zip(tmp_path, {name: b"", "2/a.jpg": b""})) as found:
        assert _layout(found) == {"2": ["2/a.jpg"]}
        assert [file.reason for file in found.refused] == ["unsafe_path"]


def test_folders_separated_by_backslashes_are_folders(tmp_path: Path) -> None:
    with scan(_zip(tmp_path, {"1\\a.jpg": b"photo"})) as found:
        assert _layout(found) == {"1": ["1/a.jpg"]}
        assert found.people[0].photos[0].read() == b"photo"


def test_a_member_that_unpacks_to_more_than_it_declares_is_damaged(tmp_path: Path) -> None:
    size = 64 * 1024 * 1024
    path = _zip(tmp_path, {"1/a.jpg": bytes(size)})
    path.write_bytes(path.read_bytes().replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    with scan(path) as found, pytest.raises(BadImage, match="damaged"):
        found.people[0].photos[0].read()


def test_a_broken_member_is_a_damaged_image_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1/a.jpg", b"first photo")
        archive.writestr("1/b.jpg", b"second photo")
    path.write_bytes(path.read_bytes().replace(b"first photo", b"forst photo"))
    with scan(path) as found:
        first, second = found.people[0].photos
        with pytest.raises(BadImage, match="damaged"):
            first.read()
        assert second.read() == b"second photo"


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path, {"1/a.jpg": b""})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with scan(path) as found:
        assert _reasons(found) == {"1/a.jpg": "encrypted"}


def test_more_files_than_the_limit_are_refused(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MAX_FILES", 3)
    with pytest.raises(BulkError, match="too_many_files"), scan(pack({f"{n}/a.jpg": b"" for n in range(4)})):
        pass


def test_a_zip_directory_above_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _zip(tmp_path, {f"{number}/a.jpg": b"" for number in range(100)})
    monkeypatch.setattr(bulk, "MAX_ZIP_DIRECTORY_BYTES", 1000)
    with pytest.raises(BulkError, match="too_many_files"), scan(path):
        pass


def test_one_photo_is_never_a_larger_piece_than_is_read() -> None:
    assert MAX_BYTES + 1 <= bulk.MAX_ZIP_DIRECTORY_BYTES


@pytest.mark.parametrize(
    ("data", "reason"), [(None, "not_found"), (b"", "not_a_zip"), (b"PK\3\4 not really", "not_a_zip")]
)
def test_what_is_neither_folder_nor_zip_is_refused(tmp_path: Path, data: bytes | None, reason: str) -> None:
    path = tmp_path / "photos.zip"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(BulkError, match=reason), scan(path):
        pass


def test_a_real_photo_comes_out_of_a_zip_unchanged(tmp_path: Path, astronaut_png: bytes) -> None:
    with scan(_zip(tmp_path, {"1/astronaut.png": astronaut_png})) as found:
        assert found.people[0].photos[0].read() == astronaut_png


def test_one_persons_photos_may_be_files_and_folders(tmp_path: Path) -> None:
    _folder(
        tmp_path,
        {"a.jpg": b"1", "siti/b.PNG": b"2", "siti/notes.txt": b"", "siti/.c.jpg": b"", "siti/old/d.jpg": b""},
    )
    found = photos_of("19850330 2003", [tmp_path / "a.jpg", tmp_path / "siti"])
    assert _layout(found) == {"198503302003": ["198503302003/a.jpg", "198503302003/b.PNG"]}
    assert [photo.read() for photo in found.people[0].photos] == [b"1", b"2"]
    assert found.refused == (RefusedFile("198503302003/notes.txt", "198503302003", "not_a_photo"),)


def test_a_folder_of_one_person_without_photos_is_reported(tmp_path: Path) -> None:
    assert photos_of("1", [tmp_path]) == Scan((), (RefusedFile("1/", "1", "no_photos"),))


@pytest.mark.parametrize(
    ("nip", "name", "reason"), [("a/b", "", "bad_nip"), ("1", "nowhere.jpg", "not_found")]
)
def test_one_person_needs_a_nip_and_photos_that_are_there(
    tmp_path: Path, nip: str, name: str, reason: str
) -> None:
    with pytest.raises(BulkError, match=reason):
        photos_of(nip, [tmp_path / name])


def _sound_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("1/a.jpg", "1/b.jpg", "2/", "top/3/c.png"):
            archive.writestr(name, name.encode() * 20)
    return buffer.getvalue()


@settings(max_examples=300, deadline=None)
@given(
    edits=st.lists(st.tuples(st.integers(0, len(_sound_zip()) - 1), st.integers(0, 255)), max_size=12),
    cut=st.integers(0, 40),
)
def test_a_zip_with_any_bytes_changed_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(_sound_zip())
    for position, value in edits:
        data[position] = value
    path = tmp_path_factory.mktemp("zip") / "photos.zip"
    path.write_bytes(data[: len(data) - cut])
    with suppress(BulkError), scan(path) as found:
        for photo in [photo for person in found.people for photo in person.photos]:
            with suppress(BadImage):
                assert len(photo.read()) <= MAX_BYTES + 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from("ab1/.\\: "), min_size=1, max_size=12), max_size=8, unique=True))
def test_every_file_is_used_or_refused_and_every_nip_is_one(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    files = {f"{name}.jpg": b"" for name in names}
    with scan(_zip(tmp_path_factory.mktemp("zip"), files)) as found:
        used = [photo.name for person in found.people for photo in person.photos]
        hidden = [n for n in files if any(p.startswith(".") and p != ".." for p in _parts(n))]
        assert len(used) + len(found.refused) == len(files) - len(hidden)
        assert all(parse_nip(person.nip) == person.nip for person in found.people)


def _parts(name: str) -> list[str]:
    return [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
