import re

import cv2
import numpy as np
import pytest

from models.qr_code import MARGIN, drawn, modules

ADDRESS = (
    "otpauth://totp/Hadir:198503302003121002?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Hadir&digits=6"
    "&period=30"
)


def filled(path: str, size: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """The path as an image of one pixel a module, black on white."""
    image = np.full((size, size), 255, np.uint8)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        image[int(y), int(x) : int(x) + int(length)] = 0
    return image


@pytest.mark.parametrize("text", [ADDRESS, "x", ADDRESS.replace("198503302003121002", "a" * 64)])
def test_what_is_drawn_reads_as_the_text(text: str) -> None:
    code = drawn(text)
    image = np.kron(filled(code.path, code.size), np.ones((8, 8), np.uint8))
    assert cv2.QRCodeDetector().detectAndDecode(image)[0] == text


def test_there_is_light_all_around() -> None:
    code = drawn(ADDRESS)
    image = filled(code.path, code.size)
    for side in (image[:MARGIN], image[-MARGIN:], image[:, :MARGIN], image[:, -MARGIN:]):
        assert (side == 255).all()


def test_the_modules_are_a_square_of_a_size_that_there_is() -> None:
    dark = modules(ADDRESS)
    assert dark.shape[0] == dark.shape[1]
    assert (dark.shape[0] - 17) % 4 == 0
