"""Image bytes from a phone or a scanner -> upright RGB, and fingerprints of an image.

Nothing is believed but the bytes themselves: no file name, no declared type, and no header before its
size was checked.
"""

import hashlib
import io
import re
import struct
import warnings
from collections.abc import Callable, Iterator
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from pi_heif.heif import BaseImage, _pi_heif
from PIL import ExifTags, Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

Rgb: TypeAlias = NDArray[np.uint8]
ImageFormat: TypeAlias = Literal["jpeg", "png", "webp", "heic"]
Reason: TypeAlias = Literal[
    "empty",
    "too_many_bytes",
    "unknown_format",
    "unsupported_format",
    "animated",
    "too_many_pixels",
    "damaged",
]

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 16_000_000

# Formats that are recognised in order to say "not this kind of image" instead of "not an image".
_UNSUPPORTED: Final = (
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"%PDF-",
    b"8BPS",
    b"\0\0\1\0",
    b"\xff\x0a",
    b"\0\0\0\x0cJXL ",
    b"\0\0\0\x0cjP  ",
    b"\xff\x4f\xff\x51",
    b"PK\3\4",
    b"<svg",
    b"<?xml",
    b"\x1aE\xdf\xa3",
)
# ISO/IEC 23008-12: HEVC-coded items and sequences, then the structural brands that name no codec.
_HEVC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_STRUCTURAL_BRANDS: Final = frozenset({b"mif1", b"mif2", b"msf1"})
_AV1_BRANDS: Final = frozenset({b"avif", b"avis", b"avio"})
_MAX_BRANDS: Final = 32

_ISPE: Final = re.compile(rb"ispe\0{4}(.{4})(.{4})", re.DOTALL)
_VP8_START_CODE: Final = b"\x9d\x01\x2a"
# ITU-T T.81, B.1.1: a marker, as opposed to a stuffed byte, a fill byte or a restart within a scan.
_JPEG_MARKER: Final = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
_START_OF_SCAN: Final = b"\xda"
_END_OF_IMAGE: Final = b"\xd9"
# Encoders write about ten. Each is a pass over the whole picture, and may be a dozen bytes long: of 20,000 a
# file of 300 kB keeps a processor busy for hours.
_MOST_SCANS: Final = 64

_OPENERS: Final[dict[str, Callable[[io.BytesIO], ImageFile.ImageFile]]] = {
    # Pillow's classes themselves, not `Image.open`: no other format can be reached, and the JPEG class
    # reads the several pictures of a phone's MPO file as the plain JPEG that stands first in it.
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "webp": WebPImageFile,
}

# What `pi_heif.open_heif` passes to its C module, but for the one thread: a core belongs to one worker.
_HEIF_OPTIONS: Final = {
    "threads": 1,
    "hdr_to_8bit": True,
    "bgr_mode": False,
    "remove_stride": True,
    "hdr_to_16bit": True,
    "decoder": "",
    "without_security_limits": False,
}


class BadImage(ValueError):  # noqa: N818 (the public contract's name)
    """The bytes are not an image this program reads; `reason` is a code for the person who sent them."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def sniff(data: bytes) -> ImageFormat:
    """The format by its first bytes. Reads no more than the header and decodes nothing.

    Raises BadImage: "empty", "too_many_bytes", "unsupported_format" or "unknown_format".
    """
    if not data:
        raise BadImage("empty")
    if len(data) > MAX_BYTES:
        raise BadImage("too_many_bytes")
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _sniff_iso_media(data)
    raise BadImage("unsupported_format" if data.startswith(_UNSUPPORTED) else "unknown_format")


def decode(data: bytes, longest_side_px: int | None = None) -> Rgb:
    """The picture as a person would see it: first frame, EXIF orientation applied, alpha on white.

    Parameters
    ----------
    data : the whole file: JPEG (also MPO), PNG, WebP or HEIC.
    longest_side_px : a larger picture is reduced to exactly this longest side. A JPEG is then decoded at
        the nearest larger of 1/2, 1/4 and 1/8 of its size, which costs a fraction of the full decoding.

    Returns
    -------
    rgb : (H, W, 3) uint8, RGB, C-contiguous and writable.

    Raises BadImage for whatever is wrong with the bytes, and nothing else. Not to be called from several
    threads of one process at once (it silences the libraries' warnings, which Python keeps globally).
    """
    image_format = sniff(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if image_format == "heic":
                rgb, orientation = _read_heic(data), 1
            else:
                rgb, orientation = _read_with_pillow(data, image_format, longest_side_px)
    except BadImage:
        raise
    except Exception as error:  # the decoders raise a dozen types for damaged data, none of them ours
        raise BadImage("damaged") from error
    if longest_side_px is not None:
        rgb = _reduced(rgb, longest_side_px)
    return _upright(rgb, orientation)


def content_hash(data: bytes) -> str:
    """SHA-256 of the file, 64 hexadecimal digits: equal only for the same bytes."""
    return hashlib.sha256(data).hexdigest()


def perceptual_hash(rgb: Rgb) -> int:
    """A 64-bit hash of what the picture shows, little changed by re-compression and by a change of size.

    The pHash of Zauner (2010), "Implementation and Benchmarking of Perceptual Image Hash Functions": the
    luminance as 32x32, its cosine transform, of that the 8x8 lowest frequencies without the constant row
    and column, one bit each: above their median or not. Compare with `hash_distance`.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[1:9, 1:9]
    bits = np.packbits(low > np.median(low))
    return int.from_bytes(bits.tobytes(), "big")


def hash_distance(first: int, second: int) -> int:
    """Bits in which two perceptual hashes differ: 0 (the same picture) to 64; unrelated ones: about 32."""
    return (first ^ second).bit_count()


def _sniff_iso_media(data: bytes) -> Literal["heic"]:
    box_bytes = min(int.from_bytes(data[:4], "big"), 16 + 4 * _MAX_BRANDS)
    compatible = {data[at : at + 4] for at in range(16, box_bytes, 4)}
    major = data[8:12]
    if major in _HEVC_BRANDS:
        return "heic"
    if major in _STRUCTURAL_BRANDS and not compatible & _AV1_BRANDS:
        return "heic"
    raise BadImage("unsupported_format")  # AVIF, and every kind of MP4 and QuickTime video


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise BadImage("too_many_pixels")


def _read_heic(data: bytes) -> Rgb:
    # A small crop of a huge coded picture is announced by its small size: every coded size is looked at.
    for width, height in _heic_sizes(data):
        _check_pixels(width, height)
    # `pi_heif.open_heif` would read the metadata too, and crashes the process (1.4.0, found by fuzzing) when the
    # type of a metadata item is no text. Below it, only the pixels are asked for.
    pictures = _pi_heif.load_file(data, *_HEIF_OPTIONS.values())
    primary = BaseImage(next(picture for picture in pictures if picture is not None and picture.primary))
    _check_pixels(*primary.size)
    # The container's own rotation is applied by the decoder; its EXIF orientation is by standard ignored.
    return _as_rgb(primary.to_pillow())


def _heic_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    for match in _ISPE.finditer(data):
        yield int.from_bytes(match[1], "big"), int.from_bytes(match[2], "big")


def _read_with_pillow(data: bytes, image_format: str, longest_side_px: int | None) -> tuple[Rgb, int]:
    if image_format == "jpeg":
        _check_scans(data)
    if image_format == "webp":
        _check_pixels(*_webp_size(data))  # the library takes memory for the whole canvas when it opens it
    with _OPENERS[image_format](io.BytesIO(data)) as image:
        _check_pixels(*image.size)
        if image_format != "jpeg" and getattr(image, "is_animated", False):
            raise BadImage("animated")
        if longest_side_px is not None and image_format == "jpeg":
            ratio = min(1.0, longest_side_px / max(image.size))
            image.draft(image.mode, (int(np.ceil(image.width * ratio)), int(np.ceil(image.height * ratio))))
        return _as_rgb(image), _orientation(image)


def _check_scans(data: bytes) -> None:
    at, scans = 2, 0
    while (marker := _JPEG_MARKER.search(data, at)) and marker[1] != _END_OF_IMAGE:
        scans += marker[1] == _START_OF_SCAN
        if scans > _MOST_SCANS:
            raise BadImage("damaged")
        at = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")


def _webp_size(data: bytes) -> tuple[int, int]:
    """Canvas size from the first chunk: RFC 9649, sections 2.5 to 2.7."""
    chunk = data[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if chunk == b"VP8L" and data[20:21] == b"\x2f":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and data[23:26] == _VP8_START_CODE:
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise BadImage("damaged")


def _as_rgb(image: Image.Image) -> Rgb:
    if image.mode.startswith("I"):  # 16-bit greyscale, of which Pillow's own conversion clips all above 255
        grey = (np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    image.load()
    if image.has_transparency_data:
        canvas = Image.new("RGBA", image.size, "white")
        canvas.alpha_composite(image.convert("RGBA"))
        image = canvas
    return np.array(image.convert("RGB"))


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # broken EXIF says nothing about the picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _reduced(rgb: Rgb, longest_side_px: int) -> Rgb:
    height, width = rgb.shape[:2]
    longest = max(height, width)
    if longest <= longest_side_px:
        return rgb
    size = [max(1, round(side * longest_side_px / longest)) for side in (width, height)]
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _upright(rgb: Rgb, orientation: int) -> Rgb:
    """Apply an EXIF orientation: TIFF 6.0, tag 274."""
    if orientation >= 5:
        rgb = rgb.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    return np.ascontiguousarray(rgb)


def encode_jpeg(rgb: Rgb, quality: int = 90) -> bytes:
    """The picture as a JPEG. `rgb`: (H, W, 3) uint8, RGB; `quality`: 1-100."""
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise ValueError(f"a picture of shape {rgb.shape} can't be written as a JPEG")
    return data.tobytes()
