"""Requests to check in that are not what they should be: their parts, their fields, their JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.hostile import phone
from tests.hostile.phone import BOUNDARY, Part, multipart

FORM = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True, slots=True)
class Sent:
    body: bytes
    content_type: str = FORM


def new_meta(**changes: object) -> dict[str, object]:
    """For a person to look at: the limit on failed attempts is not what is tried here."""
    return phone.new_meta(send_anyway=True) | changes


def with_meta(picture: bytes, meta: bytes) -> Sent:
    return Sent(multipart([Part("selfie", picture, "s.jpg"), Part("meta", meta)]))


def _changed_meta(picture: bytes, **changes: object) -> Sent:
    return with_meta(picture, json.dumps(new_meta(**changes)).encode())


# --- the JSON


def deeply_nested(picture: bytes, random: Random) -> Sent:
    depth = random.choice([30, 500, 9000])
    return with_meta(
        picture, json.dumps(new_meta()).encode()[:-1] + b',"x":' + b"[" * depth + b"]" * depth + b"}"
    )


def deeply_nested_where_anything_goes(picture: bytes, random: Random) -> Sent:
    depth = random.choice([15, 30, 190])
    nested = b'{"a":' * depth + b"1" + b"}" * depth
    return with_meta(picture, json.dumps(new_meta()).encode()[:-1] + b',"offline":' + nested + b"}")


def numbers_out_of_range(picture: bytes, random: Random) -> Sent:
    huge = random.choice(
        [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 4000, b"-" + b"9" * 400, b"1e-999"]
    )
    place = random.choice([b'"link":{"n":%s}', b'"position":{"lat":%s,"lon":1,"accuracy_m":%s}'])
    return with_meta(picture, json.dumps(new_meta()).encode()[:-1] + b"," + place.replace(b"%s", huge) + b"}")


def times_out_of_range(picture: bytes, random: Random) -> Sent:
    times = [
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "1969-12-31T00:00:00Z",
        "",
        "2026-02-30",
    ]
    times += ["2026-11-24T07:00:00", "now", "1e10", "2026-11-24T25:61:61Z", "-000001-01-01T00:00:00Z"]
    return _changed_meta(picture, captured_at=random.choice(times))


def wrong_types(picture: bytes, random: Random) -> Sent:
    anything: list[object] = [None, [], {}, "", 0, -1, True, "\0", [[[]]], {"": {}}, "x" * 3000, 2**70]
    field = random.choice(["id", "kind", "captured_at", "position", "challenge", "frames", "offline", "link"])
    return _changed_meta(picture, **{field: random.choice(anything)})


def odd_text(picture: bytes, random: Random) -> Sent:
    odd = random.choice(
        ["\u0000", "\u202e", "\ufeff", "\U0010ffff", "'; DROP TABLE checkins;--", "%s%n", "{{7*7}}"]
    )
    return _changed_meta(picture, challenge=odd * 20, link={odd: odd})


def half_of_a_surrogate_pair(picture: bytes, random: Random) -> Sent:
    return with_meta(picture, json.dumps(new_meta()).encode()[:-1] + b',"link":{"\\ud800":"\\udc00"}}')


def no_json(picture: bytes, random: Random) -> Sent:
    return with_meta(
        picture, random.choice([b"", b"null", b"[]", b"{", b"\xff\xfe", b"\0" * 50, b"1" * 19_000])
    )


def mutated_json(picture: bytes, random: Random) -> Sent:
    meta = bytearray(json.dumps(new_meta()).encode())
    for _ in range(random.randint(1, 4)):
        meta[random.randrange(len(meta))] = random.randrange(256)
    return with_meta(picture, bytes(meta))


# --- the parts


def too_many_parts(picture: bytes, random: Random) -> Sent:
    name = random.choice(["frames", "selfie", "meta", "x"])
    file = random.choice([None, "f.jpg"])
    return Sent(multipart([Part(name, b"x", file)] * random.choice([17, 400, 5000])))


def two_selfies(picture: bytes, random: Random) -> Sent:
    meta = Part("meta", json.dumps(new_meta()).encode())
    return Sent(multipart([Part("selfie", picture, "a"), Part("selfie", picture, "b"), meta, meta]))


def a_long_file_name(picture: bytes, random: Random) -> Sent:
    name = random.choice(["a", "../", "é", "%00"]) * random.choice([300, 2000, 50_000])
    return Sent(multipart([Part("selfie", picture, name), Part("meta", json.dumps(new_meta()).encode())]))


def an_odd_file_name(picture: bytes, random: Random) -> Sent:
    names = [
        "../../../etc/passwd",
        "\0.jpg",
        "a\tb",
        "COM1",
        "x.jpg\0.php",
        "",
        ".",
        "\udcff\udcfe",
        "s;.jpg",
    ]
    meta = Part("meta", json.dumps(new_meta()).encode())
    return Sent(multipart([Part("selfie", picture, random.choice(names)), meta]))


def another_declared_type(picture: bytes, random: Random) -> Sent:
    kinds = ["text/html", "application/x-php", "image/svg+xml", "", "a" * 2000, "multipart/mixed; boundary=x"]
    selfie = Part("selfie", picture, "selfie.jpg", random.choice(kinds))
    return Sent(multipart([selfie, Part("meta", json.dumps(new_meta()).encode())]))


def the_selfie_as_a_field(picture: bytes, random: Random) -> Sent:
    return Sent(multipart([Part("selfie", picture), Part("meta", json.dumps(new_meta()).encode())]))


def the_meta_as_a_file(picture: bytes, random: Random) -> Sent:
    meta = Part("meta", json.dumps(new_meta()).encode(), "meta.json", "application/json")
    return Sent(multipart([Part("selfie", picture, "s.jpg"), meta]))


def a_large_field(picture: bytes, random: Random) -> Sent:
    return with_meta(picture, b" " * random.choice([20_001, 100_000, 1_000_000]))


def a_large_frame(picture: bytes, random: Random) -> Sent:
    parts = [Part("selfie", picture, "s.jpg"), Part("meta", json.dumps(new_meta()).encode())]
    return Sent(multipart([*parts, Part("frames", bytes(600_000), "f.jpg")]))


def a_selfie_over_the_limit(picture: bytes, random: Random) -> Sent:
    meta = Part("meta", json.dumps(new_meta()).encode())
    return Sent(multipart([Part("selfie", picture + bytes(10 * 1024 * 1024), "s.jpg"), meta]))


def another_boundary(picture: bytes, random: Random) -> Sent:
    good = with_meta(picture, json.dumps(new_meta()).encode())
    kinds = ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=other"]
    kinds += [
        f"multipart/form-data; boundary={'b' * 5000}",
        "multipart/form-data; boundary=\t;;=",
        FORM + "; charset=x",
    ]
    return Sent(good.body, random.choice(kinds))


def another_content_type(picture: bytes, random: Random) -> Sent:
    good = with_meta(picture, json.dumps(new_meta()).encode())
    kinds = [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "x",
        "application/octet-stream",
    ]
    return Sent(good.body[:60_000], random.choice(kinds))


def a_mutated_frame_of_parts(picture: bytes, random: Random) -> Sent:
    """Only what is around the parts' data, where the parser decides."""
    body = bytearray(with_meta(b"<picture>", json.dumps(new_meta()).encode()).body)
    for _ in range(random.randint(1, 6)):
        body[random.randrange(len(body))] = random.choice(b'\r\n-":; =\0\xff' + BOUNDARY.encode())
    return Sent(bytes(body).replace(b"<picture>", picture))


def cut_off_parts(picture: bytes, random: Random) -> Sent:
    body = with_meta(picture, json.dumps(new_meta()).encode()).body
    return Sent(body[: random.randint(0, len(body))])


def headers_without_an_end(picture: bytes, random: Random) -> Sent:
    many = b"".join(b"X-%d: y\r\n" % number for number in range(random.choice([9, 3000])))
    return Sent(b"--" + BOUNDARY.encode() + b"\r\n" + many + b"X: " + bytes(random.choice([10, 60_000])))


CROOKED: list[Callable[[bytes, Random], Sent]] = [
    deeply_nested,
    deeply_nested_where_anything_goes,
    numbers_out_of_range,
    times_out_of_range,
    wrong_types,
    odd_text,
    half_of_a_surrogate_pair,
    no_json,
    mutated_json,
    too_many_parts,
    two_selfies,
    a_long_file_name,
    an_odd_file_name,
    another_declared_type,
    the_selfie_as_a_field,
    the_meta_as_a_file,
    a_large_field,
    a_large_frame,
    a_selfie_over_the_limit,
    another_boundary,
    another_content_type,
    a_mutated_frame_of_parts,
    cut_off_parts,
    headers_without_an_end,
]
