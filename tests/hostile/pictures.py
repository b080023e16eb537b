"""Pictures made to do harm: bombs, polyglots, lies about size and kind, and metadata of junk."""

import io
import struct
import zlib
from collections.abc import Callable
from functools import wraps
from random import Random

import numpy as np
from PIL import Image

from tests.models.test_image import HEIC, TURNED_HEIC

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

Maker = Callable[[Random], bytes]


def _always_the_same(make: Maker) -> Maker:
    """Made once: some take seconds."""
    made: list[bytes] = []

    @wraps(make)
    def kept(random: Random) -> bytes:
        if not made:
            made.append(make(random))
        return made[0]

    return kept


def encoded(
    image_format: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object
) -> bytes:
    pixels = np.arange(size[0] * size[1] * 3, dtype=np.uint32).astype(np.uint8)
    image = Image.fromarray(pixels.reshape(size[1], size[0], 3)).convert(mode)
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def small_pictures() -> list[bytes]:
    """One of each kind that is read, for mutations of their bytes."""
    return [
        encoded("JPEG"),
        encoded("JPEG", progressive=True),
        encoded("JPEG", mode="L"),
        encoded("JPEG", mode="CMYK"),
        encoded("PNG"),
        encoded("PNG", mode="P"),
        encoded("PNG", mode="RGBA"),
        encoded("WEBP"),
        encoded("WEBP", lossless=True),
        HEIC,
        TURNED_HEIC,
    ]


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int, height: int, *, depth: int = 8, colour: int = 2, data: bytes = b"", before: bytes = b""
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        PNG_SIGNATURE
        + png_chunk(b"IHDR", header)
        + before
        + png_chunk(b"IDAT", zlib.compress(data, 1))
        + png_chunk(b"IEND", b"")
    )


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(jpeg: bytes, segments: bytes) -> bytes:
    return jpeg[:2] + segments + jpeg[2:]


def exif(entries: list[tuple[int, int, int, int]], tail: bytes = b"") -> bytes:
    """An EXIF segment. `entries`: tag, type, count, value or offset."""
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries))
    tiff += b"".join(struct.pack("<HHII", *entry) for entry in entries) + tail
    return jpeg_segment(0xE1, b"Exif\0\0" + tiff)


# --- bombs


@_always_the_same
def png_of_four_billion_pixels(_: Random) -> bytes:
    return png(65_535, 65_535, data=bytes(1000))


@_always_the_same
def png_of_zeros_at_the_limit(_: Random) -> bytes:
    return png(4000, 4000, data=bytes(4000 * (4000 * 3 + 1)))


@_always_the_same
def png_of_more_data_than_pixels(_: Random) -> bytes:
    return png(8, 8, data=bytes(40_000_000))


@_always_the_same
def png_with_text_of_100_megabytes(_: Random) -> bytes:
    bomb = zlib.compress(bytes(100_000_000), 9)
    return png(8, 8, data=bytes(200), before=png_chunk(b"zTXt", b"Comment\0\0" + bomb))


@_always_the_same
def png_with_a_colour_profile_of_100_megabytes(_: Random) -> bytes:
    bomb = zlib.compress(bytes(100_000_000), 9)
    return png(8, 8, data=bytes(200), before=png_chunk(b"iCCP", b"profile\0\0" + bomb))


def png_of_ten_thousand_chunks(random: Random) -> bytes:
    return png(8, 8, data=bytes(200), before=png_chunk(b"tEXt", b"a\0" + random.randbytes(8)) * 10_000)


@_always_the_same
def jpeg_of_four_billion_pixels(_: Random) -> bytes:
    jpeg = encoded("JPEG")
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + b"\xff\xdc\xff\xdc" + jpeg[at + 4 :]


@_always_the_same
def jpeg_of_thousands_of_scans(_: Random) -> bytes:
    """Each scan passes over the whole picture: a file of 300 kB is hours of work."""
    large = encoded("JPEG", (3900, 3900), mode="L", progressive=True, quality=1)
    last = large.rindex(b"\xff\xda")
    scan = large[last:-2][:12] + bytes(4)
    return large[:-2] + scan * 20_000 + b"\xff\xd9"


@_always_the_same
def jpeg_of_restart_markers(_: Random) -> bytes:
    jpeg = encoded("JPEG")
    return jpeg[:-2] + b"\xff\xd0" * 200_000 + b"\xff\xd9"


def jpeg_of_endless_comments(random: Random) -> bytes:
    return with_segments(encoded("JPEG"), jpeg_segment(0xFE, random.randbytes(65_000)) * 100)


@_always_the_same
def webp_of_the_largest_canvas(_: Random) -> bytes:
    webp = encoded("WEBP", lossless=True)
    at = webp.index(b"VP8L") + 9
    return webp[:at] + b"\xff\xff\xff\x0f" + webp[at + 4 :]


@_always_the_same
def heic_of_a_hundred_million_pixels(_: Random) -> bytes:
    at = HEIC.index(b"ispe") + 8
    return HEIC[:at] + struct.pack(">II", 10_000, 10_000) + HEIC[at + 8 :]


@_always_the_same
def gif(_: Random) -> bytes:
    return encoded("GIF", mode="P")


@_always_the_same
def animated_png(_: Random) -> bytes:
    frames = [Image.new("RGB", (32, 32), (shade, 0, 0)) for shade in range(0, 250, 10)]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


# --- polyglots and lies


def jpeg_and_archive(random: Random) -> bytes:
    return encoded("JPEG") + b"PK\x03\x04" + random.randbytes(500) + b"PK\x05\x06" + bytes(18)


@_always_the_same
def jpeg_and_page(_: Random) -> bytes:
    page = b"<html><script>alert(1)</script><?php system('id'); ?></html>"
    return with_segments(encoded("JPEG"), jpeg_segment(0xFE, page)) + page


@_always_the_same
def gif_header_on_a_jpeg(_: Random) -> bytes:
    return b"GIF89a/*" + encoded("JPEG") + b"*/=1;"


@_always_the_same
def pdf_and_jpeg(_: Random) -> bytes:
    return b"%PDF-1.7\n" + encoded("JPEG")


@_always_the_same
def jpeg_in_png(_: Random) -> bytes:
    return encoded("PNG") + encoded("JPEG")


@_always_the_same
def vector_picture(_: Random) -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'


@_always_the_same
def entity_bomb(_: Random) -> bytes:
    return b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>'


def sound(random: Random) -> bytes:
    return b"RIFF\xff\xff\xff\x7fWAVE" + random.randbytes(2000)


def webp_without_an_end(random: Random) -> bytes:
    return b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff" + random.randbytes(300)


@_always_the_same
def nothing(_: Random) -> bytes:
    return b""


def noise(random: Random) -> bytes:
    return random.randbytes(random.randint(1, 4000))


def only_a_signature(random: Random) -> bytes:
    return random.choice([b"\xff\xd8\xff", PNG_SIGNATURE, b"RIFF\0\0\0\0WEBP", HEIC[:24]])


# --- metadata of junk


@_always_the_same
def exif_that_points_to_itself(_: Random) -> bytes:
    loop = exif([(0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0x0112, 3, 1, 6)], struct.pack("<I", 8))
    return with_segments(encoded("JPEG"), loop)


@_always_the_same
def exif_that_counts_four_billion(_: Random) -> bytes:
    return with_segments(encoded("JPEG"), exif([(0x0112, 3, 0xFFFFFFFF, 8), (0x9286, 7, 0xFFFFFFF0, 8)]))


def exif_of_noise(random: Random) -> bytes:
    return with_segments(
        encoded("JPEG"), jpeg_segment(0xE1, b"Exif\0\0II*\0" + random.randbytes(random.randint(1, 2000)))
    )


def exif_of_an_odd_orientation(random: Random) -> bytes:
    kind = random.choice([1, 2, 3, 4, 5, 7, 9, 12, 99])
    return with_segments(
        encoded("JPEG"), exif([(0x0112, kind, random.randint(0, 9), random.getrandbits(32))])
    )


def profile_of_noise(random: Random) -> bytes:
    return with_segments(
        encoded("JPEG"), jpeg_segment(0xE2, b"ICC_PROFILE\0\x01\xff" + random.randbytes(3000))
    )


# Each takes the random numbers it needs.
MADE: list[Maker] = [
    png_of_four_billion_pixels,
    png_of_more_data_than_pixels,
    png_with_text_of_100_megabytes,
    png_with_a_colour_profile_of_100_megabytes,
    png_of_ten_thousand_chunks,
    jpeg_of_four_billion_pixels,
    jpeg_of_restart_markers,
    jpeg_of_endless_comments,
    webp_of_the_largest_canvas,
    heic_of_a_hundred_million_pixels,
    gif,
    animated_png,
    jpeg_and_archive,
    jpeg_and_page,
    gif_header_on_a_jpeg,
    pdf_and_jpeg,
    jpeg_in_png,
    vector_picture,
    entity_bomb,
    sound,
    webp_without_an_end,
    nothing,
    noise,
    only_a_signature,
    exif_that_points_to_itself,
    exif_that_counts_four_billion,
    exif_of_noise,
    exif_of_an_odd_orientation,
    profile_of_noise,
]
# Half a second of a processor each, or more.
HEAVY: list[Maker] = [png_of_zeros_at_the_limit, jpeg_of_thousands_of_scans]


# --- mutations of what was a picture


def mutated(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        random.choice(MUTATIONS)(changed, random)
    return bytes(changed)


def _flip_bits(data: bytearray, random: Random) -> None:
    for _ in range(random.choice([1, 4, 40]) if data else 0):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _flip_bits_of_the_head(data: bytearray, random: Random) -> None:
    for _ in range(random.randint(1, 4) if data else 0):
        data[random.randrange(min(len(data), 200))] = random.randrange(256)


def _truncate(data: bytearray, random: Random) -> None:
    del data[random.randint(0, len(data)) :]


def _cut_out(data: bytearray, random: Random) -> None:
    begin, end = _range(data, random)
    del data[begin:end]


def _repeat(data: bytearray, random: Random) -> None:
    begin, end = _range(data, random)
    data[begin:begin] = data[begin:end] * random.randint(1, 3)


def _blot(data: bytearray, random: Random) -> None:
    begin, end = _range(data, random)
    data[begin:end] = random.choice([b"\0", b"\xff", b"\x7f"]) * (end - begin)


def _splice_noise(data: bytearray, random: Random) -> None:
    begin, _ = _range(data, random)
    data[begin:begin] = random.randbytes(random.randint(1, 300))


def _range(data: bytearray, random: Random) -> tuple[int, int]:
    begin = random.randint(0, len(data))
    return begin, min(len(data), begin + random.randint(1, 500))


MUTATIONS: list[Callable[[bytearray, Random], None]] = [
    _flip_bits,
    _flip_bits,
    _flip_bits_of_the_head,
    _truncate,
    _cut_out,
    _repeat,
    _blot,
    _splice_noise,
]
