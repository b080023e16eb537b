"""Contrast of text and of what must be seen (WCAG 2.2, 1.4.3 and 1.4.11), in the light and the dark scheme."""

import re

import pytest

from service.web.static_files import FILES

TEXT_RATIO = 4.5
SHAPE_RATIO = 3.0
TEXTS = [
    ("ink", "paper"),
    ("ink", "card"),
    ("soft", "paper"),
    ("soft", "card"),
    ("soft", "wash"),
    ("brand", "paper"),
    ("brand", "card"),
    ("brand", "wash"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("good", "good-wash"),
    ("wait", "wait-wash"),
    ("bad", "bad-wash"),
    ("bad", "card"),
]
SHAPES = [("edge", "card"), ("edge", "paper"), ("brand", "card")]


def scheme(name: str) -> dict[str, str]:
    """The colours by name; the dark scheme overrides those of the light one."""
    sheet = FILES["hadir.css"].decode()
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    )
    return light | dark if name == "dark" else light


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_stands_out(name: str, text: str, ground: str) -> None:
    colours = scheme(name)

    assert contrast(colours[text], colours[ground]) >= TEXT_RATIO


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_the_edges_of_controls_stand_out(name: str, shape: str, ground: str) -> None:
    colours = scheme(name)

    assert contrast(colours[shape], colours[ground]) >= SHAPE_RATIO
