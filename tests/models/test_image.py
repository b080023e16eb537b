"""Bytes -> upright RGB: every accepted format, every refusal, and bytes that lie."""

import base64
import io
import struct
import warnings
import zlib
from collections.abc import Callable
from contextlib import suppress

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models.image import (
    BadImage,
    ImageFormat,
    Rgb,
    content_hash,
    decode,
    hash_distance,
    perceptual_hash,
    sniff,
)

# Corners of the made-up picture: red, green / blue, white.
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 40), (30, 40, 220), (240, 240, 240)

# The same picture, 64x48, as pillow-heif writes it (nothing installed here can encode HEIC).
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAANEAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt"
    "AAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5j"
    "bHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBp"
    "eGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAANltZGF0AAAAzSgBrwngITip//It3/8THZe5lyeVp79Y//xnz7z5"
    "H/40m3R+ja83/wqjvuz7/jgXEwsnxdpjuuje1afCopr+8uljWDokgIO0EPMZwC7o8Yh0pDACy+Wd92cLzlcSRrmGFImbKQWHDBoO"
    "HuPKHA7xAuak/cWdHf0sZD7VDpQJkwA8Igc5X3c7gj+eV/Pzvo9rWiU0jNkvcXoCZooa2ctsABHZ70Y11JS6uKIcQ5zdsemAJNyd"
    "d+DlZCfXWyup3H9a9qQKMPDCwNnUG+GOJ0g="
)
# Held upright by the container's `irot`, and by EXIF too, as iPhones write it: turned once, not twice.
TURNED_HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ADRpbG9jAAAAAERAAAIAAQAAAAAB7AABAAAAAAAAADkAAgAAAAACJQABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADmaXBjbwAAAHZodmNDAQNwAAAA"
    "kAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq"
    "5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xh"
    "cAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEA"
    "AQaBAgMFhIYAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAGVtZGF0AAAANSgBrwtg+tKBv+QzdPIHyUf4gf5tGhNXEDonV9jd"
    "kDylfyfJ/A3BWuGWZjEBe8ZOv0K2ZWtAAAAABkV4aWYAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA"
)


def four_colours() -> Rgb:
    rgb = np.zeros((48, 64, 3), np.uint8)
    rgb[:24, :32], rgb[:24, 32:], rgb[24:, :32], rgb[24:, 32:] = RED, GREEN, BLUE, WHITE
    return rgb


def encoded(image: Image.Image | Rgb, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    picture.save(out, image_format, **options)
    return out.getvalue()


def jpeg(**options: object) -> bytes:
    return encoded(four_colours(), "JPEG", quality=95, subsampling=0, **options)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *, before_data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + before_data
        + png_chunk(b"IDAT", zlib.compress(rows, 9))
        + png_chunk(b"IEND", b"")
    )


def corners(rgb: Rgb) -> list[tuple[int, ...]]:
    return [tuple(int(v) for v in rgb[y, x]) for y in (4, -5) for x in (4, -5)]


def assert_four_colours(rgb: Rgb, tolerance: int = 6) -> None:
    assert rgb.shape == (48, 64, 3)
    assert rgb.dtype == np.uint8
    assert rgb.flags.c_contiguous
    assert rgb.flags.writeable
    assert np.abs(np.array(corners(rgb)) - np.array([RED, GREEN, BLUE, WHITE])).max() <= tolerance


def reason_for(data: bytes) -> str:
    with pytest.raises(BadImage) as caught:
        decode(data)
    return caught.value.reason


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (jpeg(), "jpeg"),
        (encoded(four_colours(), "PNG"), "png"),
        (encoded(four_colours(), "WEBP", quality=95), "webp"),
        (encoded(four_colours(), "WEBP", lossless=True), "webp"),
        (HEIC, "heic"),
    ],
)
def test_each_accepted_format_is_recognised_and_shows_the_picture(data: bytes, expected: ImageFormat) -> None:
    assert sniff(data) == expected
    assert_four_colours(decode(data), tolerance=12)


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"])
def test_every_brand_of_heif_is_read(brand: bytes) -> None:
    assert_four_colours(decode(HEIC[:8] + brand + HEIC[12:]))


@pytest.mark.parametrize(
    "data",
    [
        encoded(four_colours(), "GIF"),
        encoded(four_colours(), "BMP"),
        encoded(four_colours(), "TIFF"),
        encoded(four_colours(), "PDF"),
        encoded(four_colours(), "ICO"),
        b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miafMA1B" + bytes(64),
        b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif" + bytes(64),
        b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(64),
        b"PK\x03\x04" + bytes(64),
    ],
)
def test_a_known_format_of_another_kind_is_called_unsupported(data: bytes) -> None:
    assert reason_for(data) == "unsupported_format"


def test_bytes_of_no_known_format_are_called_unknown() -> None:
    assert reason_for(b"selamat pagi") == "unknown_format"


def test_no_bytes_at_all_are_called_empty() -> None:
    assert reason_for(b"") == "empty"


def test_one_byte_too_many_is_refused_and_one_less_is_not() -> None:
    fits = jpeg() + bytes(10 * 1024 * 1024 - len(jpeg()))
    assert decode(fits).shape == (48, 64, 3)
    assert reason_for(fits + b"\0") == "too_many_bytes"


def test_a_small_png_that_claims_a_huge_picture_is_refused_before_it_is_decoded() -> None:
    bomb = png(10_000, 10_000, 1, 0, bytes(1251 * 10_000))
    assert len(bomb) < 20_000
    assert reason_for(bomb) == "too_many_pixels"


def test_a_jpeg_that_claims_a_huge_picture_is_refused() -> None:
    data = bytearray(jpeg())
    start_of_frame = data.index(b"\xff\xc0")
    data[start_of_frame + 5 : start_of_frame + 9] = struct.pack(">HH", 60_000, 60_000)
    assert reason_for(bytes(data)) == "too_many_pixels"


def jpeg_of_scans(more: int) -> bytes:
    """A progressive JPEG, its last scan repeated."""
    data = jpeg(progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * more + b"\xff\xd9"


def test_a_jpeg_of_endless_scans_is_refused_before_a_processor_is_lost_to_it() -> None:
    assert_four_colours(decode(jpeg_of_scans(30)))
    assert reason_for(jpeg_of_scans(20_000)) == "damaged"


def test_only_a_pictures_own_scans_are_counted() -> None:
    marker = b"\xff\xda" * 200
    data = jpeg()
    with_comment = data[:2] + b"\xff\xfe" + struct.pack(">H", len(marker) + 2) + marker + data[2:]
    assert_four_colours(decode(with_comment))
    assert_four_colours(decode(data + marker))


@pytest.mark.parametrize(
    "options", [{"quality": 10}, {"lossless": True}, {"quality": 10, "exif": b"Exif\0\0"}]
)
def test_a_webp_that_claims_a_huge_picture_is_refused(options: dict[str, object]) -> None:
    assert reason_for(encoded(Image.new("RGB", (4_001, 4_000)), "WEBP", **options)) == "too_many_pixels"


def test_a_webp_whose_canvas_is_huge_is_refused_before_memory_is_taken_for_it() -> None:
    data = bytearray(encoded(Image.new("RGBA", (16, 16)), "WEBP", quality=10))
    assert data[12:16] == b"VP8X"
    data[24:30] = b"\xff\x3f\x00" * 2
    assert reason_for(bytes(data)) == "too_many_pixels"


def heic_claiming(width: int, height: int) -> bytes:
    at = HEIC.index(b"ispe") + 8
    return HEIC[:at] + struct.pack(">II", width, height) + HEIC[at + 8 :]


def test_a_heic_that_claims_a_huge_picture_is_refused_though_it_shows_a_small_part_of_it() -> None:
    assert reason_for(heic_claiming(10_000, 10_000)) == "too_many_pixels"


def test_a_heic_coded_larger_than_it_claims_is_damaged() -> None:
    assert reason_for(heic_claiming(16, 16)) == "damaged"


def test_a_heic_with_metadata_of_an_unreadable_kind_is_read_all_the_same() -> None:
    assert decode(TURNED_HEIC.replace(b"Exif", b"\xffxif", 1)).shape == (64, 48, 3)


def test_sixteen_million_pixels_are_read_and_one_row_more_is_not() -> None:
    row = bytes(4_000 // 8 + 1)
    assert decode(png(4_000, 4_000, 1, 0, row * 4_000), longest_side_px=100).shape == (100, 100, 3)
    assert reason_for(png(4_000, 4_001, 1, 0, row * 4_001)) == "too_many_pixels"


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(image_format: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], image_format, save_all=True, append_images=frames[1:])
    assert reason_for(data) == "animated"


def test_of_a_phones_multi_picture_file_the_first_picture_is_read() -> None:
    second = Image.new("RGB", (64, 48), "black")
    data = encoded(four_colours(), "MPO", save_all=True, append_images=[second], quality=95, subsampling=0)
    assert sniff(data) == "jpeg"
    assert_four_colours(decode(data))


@pytest.mark.parametrize(
    ("orientation", "size", "expected"),
    [
        (1, (48, 64), [RED, GREEN, BLUE, WHITE]),
        (2, (48, 64), [GREEN, RED, WHITE, BLUE]),
        (3, (48, 64), [WHITE, BLUE, GREEN, RED]),
        (4, (48, 64), [BLUE, WHITE, RED, GREEN]),
        (5, (64, 48), [RED, BLUE, GREEN, WHITE]),
        (6, (64, 48), [BLUE, RED, WHITE, GREEN]),
        (7, (64, 48), [WHITE, GREEN, BLUE, RED]),
        (8, (64, 48), [GREEN, WHITE, RED, BLUE]),
    ],
)
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_the_camera_orientation_is_applied(
    image_format: str, orientation: int, size: tuple[int, int], expected: list[tuple[int, int, int]]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    rgb = decode(encoded(four_colours(), image_format, exif=exif, quality=95))
    assert rgb.shape[:2] == size
    assert rgb.flags.c_contiguous
    assert np.abs(np.array(corners(rgb)) - np.array(expected)).max() <= 25


def test_a_heic_turned_by_its_container_and_by_exif_is_turned_once() -> None:
    rgb = decode(TURNED_HEIC)
    assert rgb.shape == (64, 48, 3)
    assert np.abs(np.array(corners(rgb)) - np.array([BLUE, RED, WHITE, GREEN])).max() <= 6


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(3),
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x04\0\0\0abcd\0\0\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x63\0\0\0\0\0\0",
        b"nonsense",
    ],
)
@pytest.mark.parametrize("image_format", ["JPEG", "WEBP"])
def test_broken_exif_does_not_lose_the_picture(image_format: str, exif: bytes) -> None:
    assert_four_colours(decode(encoded(four_colours(), image_format, exif=exif, quality=95)), tolerance=25)


@pytest.mark.parametrize("data", [encoded(Image.fromarray(four_colours()).convert("P"), "PNG")])
def test_a_palette_becomes_rgb(data: bytes) -> None:
    assert_four_colours(decode(data), tolerance=40)


def test_a_cmyk_jpeg_as_adobe_writes_it_inverted_becomes_rgb() -> None:
    data = encoded(Image.fromarray(four_colours()).convert("CMYK"), "JPEG", quality=98)
    assert b"Adobe" in data
    assert_four_colours(decode(data), tolerance=15)


@pytest.mark.parametrize("mode", ["L", "1", "LA"])
def test_greyscale_becomes_rgb(mode: str) -> None:
    ramp = Image.fromarray(np.repeat(np.arange(64, dtype=np.uint8)[None] * 4, 48, axis=0))
    rgb = decode(encoded(ramp.convert(mode), "PNG"))
    assert rgb.shape == (48, 64, 3)
    assert (rgb[..., 0] == rgb[..., 2]).all()
    assert rgb[:, -8:].mean() > rgb[:, :8].mean() + 150


def test_sixteen_bit_greyscale_keeps_its_scale() -> None:
    ramp = np.linspace(0, 65535, 64).astype(">u2")
    rgb = decode(png(64, 48, 16, 0, (b"\0" + ramp.tobytes()) * 48))
    assert rgb.shape == (48, 64, 3)
    np.testing.assert_array_equal(rgb[7, :, 1], ramp >> 8)


def test_sixteen_bit_colour_keeps_its_scale() -> None:
    row = b"\0" + np.tile(np.array([0xFFFF, 0x8000, 0x0100], ">u2"), 64).tobytes()
    assert set(map(tuple, decode(png(64, 48, 16, 2, row * 48)).reshape(-1, 3).tolist())) == {(255, 128, 1)}


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_transparent_parts_are_shown_on_white(image_format: str) -> None:
    rgba = np.zeros((48, 64, 4), np.uint8)
    rgba[:, 32:] = (200, 100, 50, 255)
    rgb = decode(encoded(rgba, image_format, lossless=True))
    assert tuple(rgb[10, 10]) == (255, 255, 255)
    assert tuple(rgb[10, 50]) == (200, 100, 50)


def test_a_transparent_palette_entry_is_shown_on_white() -> None:
    palette = Image.new("P", (16, 16), 3)
    palette.putpalette([10, 20, 30] * 256)
    assert tuple(decode(encoded(palette, "PNG", transparency=3))[5, 5]) == (255, 255, 255)


@pytest.mark.parametrize(
    "data", [jpeg(), encoded(four_colours(), "PNG"), encoded(four_colours(), "WEBP"), HEIC]
)
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.75])
def test_a_file_cut_short_is_damaged(data: bytes, kept: float) -> None:
    assert reason_for(data[: int(len(data) * kept)]) == "damaged"


def test_damage_in_a_png_is_noticed() -> None:
    data = bytearray(encoded(four_colours(), "PNG"))
    data[data.index(b"IDAT") + 12] ^= 0xFF
    assert reason_for(bytes(data)) == "damaged"


SAMPLES = [
    jpeg(exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    encoded(Image.fromarray(four_colours()).convert("CMYK"), "JPEG"),
    jpeg(progressive=True),
    encoded(Image.fromarray(four_colours()).convert("RGBA"), "PNG"),
    encoded(Image.fromarray(four_colours()).convert("P"), "PNG", transparency=1),
    png(64, 48, 16, 0, bytes(129 * 48), before_data=png_chunk(b"acTL", struct.pack(">II", 2, 0))),
    encoded(four_colours(), "WEBP"),
    encoded(Image.fromarray(four_colours()).convert("RGBA"), "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08"),
    HEIC,
    TURNED_HEIC,
]


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """A real file with bytes changed, cut out, doubled or cut off; most of its structure stays whole."""
    data = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data) - 1))
        data[at] = draw(st.integers(0, 255))
    start, length = draw(st.integers(0, len(data) - 1)), draw(st.integers(0, 40))
    match draw(st.sampled_from(["whole", "cut out", "doubled", "cut off"])):
        case "cut out":
            del data[start : start + length]
        case "doubled":
            data[start:start] = data[start : start + length]
        case "cut off":
            del data[start:]
    return bytes(data)


@given(damaged_files(), st.sampled_from([None, 20]))
@settings(max_examples=600, deadline=None)
def test_whatever_the_bytes_there_is_a_picture_or_a_bad_image_and_no_warning(
    data: bytes, longest_side_px: int | None
) -> None:
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        with suppress(BadImage):
            rgb = decode(data, longest_side_px)
            assert rgb.dtype == np.uint8
            assert rgb.ndim == 3
            assert rgb.shape[2] == 3
            assert min(rgb.shape) > 0
            assert rgb.flags.c_contiguous
    assert not leaked


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_sniffing_anything_gives_a_format_or_a_bad_image(data: bytes) -> None:
    with suppress(BadImage):
        assert sniff(data) in {"jpeg", "png", "webp", "heic"}


def smooth_picture(width: int, height: int, seed: int = 0) -> Rgb:
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 12, 3)).astype(np.float32)
    large = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(large, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("longest_side_px", [640, 333, 90])
def test_a_larger_picture_is_reduced_to_the_wanted_longest_side(
    image_format: str, longest_side_px: int
) -> None:
    data = encoded(smooth_picture(1200, 900), image_format, quality=90)
    reduced = decode(data, longest_side_px)
    assert reduced.shape == (round(longest_side_px * 0.75), longest_side_px, 3)
    exact = cv2.resize(smooth_picture(1200, 900), reduced.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(reduced.astype(int) - exact).mean() < 3


def test_a_reduced_picture_is_upright_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    rgb = decode(encoded(smooth_picture(1200, 900), "JPEG", exif=exif), longest_side_px=400)
    assert rgb.shape == (400, 300, 3)


def test_a_smaller_picture_is_not_enlarged() -> None:
    assert decode(jpeg(), longest_side_px=640).shape == (48, 64, 3)


def test_a_very_long_picture_keeps_one_pixel_of_its_short_side() -> None:
    assert decode(encoded(Image.new("RGB", (3000, 2)), "JPEG"), longest_side_px=100).shape == (1, 100, 3)


def test_the_content_hash_is_the_files_sha256() -> None:
    assert content_hash(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


CHANGES: dict[str, Callable[[Rgb], Rgb]] = {
    "JPEG quality 30": lambda rgb: decode(encoded(rgb, "JPEG", quality=30)),
    "WebP quality 30": lambda rgb: decode(encoded(rgb, "WEBP", quality=30)),
    "half size": lambda rgb: cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(
        np.uint8
    ),
    "double size": lambda rgb: cv2.resize(rgb, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC).astype(
        np.uint8
    ),
    "a little brighter": lambda rgb: np.clip(rgb.astype(int) + 12, 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_perceptual_hash_hardly_changes_when_a_picture_is_stored_anew(
    change: str, astronaut_png: bytes
) -> None:
    rgb = decode(astronaut_png)
    assert hash_distance(perceptual_hash(rgb), perceptual_hash(CHANGES[change](rgb))) <= 4


def test_the_perceptual_hash_tells_different_pictures_apart() -> None:
    hashes = [perceptual_hash(smooth_picture(320, 240, seed)) for seed in range(20)]
    distances = [hash_distance(a, b) for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(distances) >= 12
    assert 28 <= float(np.mean(distances)) <= 36


def test_the_perceptual_hash_has_64_bits() -> None:
    hashes = [perceptual_hash(smooth_picture(64, 64, seed)) for seed in range(64)]
    assert all(0 <= value < 2**64 for value in hashes)
    assert max(hashes) >= 2**63
