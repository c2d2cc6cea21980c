"""Every colour that carries words can be read on every ground it stands on, in light and in dark (WCAG 2.2 AA)."""

import re
from pathlib import Path

import pytest

STYLESHEET = (Path(__file__).parents[2] / "web" / "static" / "app.css").read_text()
MEANINGS = ("done", "waiting", "attention", "trouble", "quiet")
GROUNDS = ("paper", "surface", "surface-raised")
WORDS = [
    *[(ink, ground) for ink in ("ink", "ink-muted", "accent", "accent-strong", "trouble") for ground in GROUNDS],
    *[(meaning, f"{meaning}-tint") for meaning in MEANINGS],
    *[("ink", f"{meaning}-tint") for meaning in MEANINGS],
    *[("accent", f"{meaning}-tint") for meaning in MEANINGS],
    ("accent-strong", "accent-tint"),
    ("ink", "accent-tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-trouble", "trouble"),
]
SHAPES = [
    *[(shape, ground) for shape in ("focus", "line-strong", "accent") for ground in GROUNDS],
    *[(meaning, ground) for meaning in MEANINGS for ground in GROUNDS],
    ("accent", "accent-tint"),
    ("accent", "line"),
]


def colours(scheme: str) -> dict[str, str]:
    """The custom properties of :root that are colours; the dark and printed ones replace some of the light ones."""
    light, *others = re.split(r"@media \((prefers-color-scheme: dark)\)|@media (print)", STYLESHEET)
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    blocks = [block for block in others if block]
    place = {"light": None, "dark": "prefers-color-scheme: dark", "print": "print"}[scheme]
    if place:
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[blocks.index(place) + 1]))
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_words_can_be_read(scheme: str) -> None:
    found = colours(scheme)
    weak = {pair: round(contrast(*map(found.__getitem__, pair)), 2) for pair in WORDS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_shapes_and_edges_can_be_seen(scheme: str) -> None:
    found = colours(scheme)
    pairs = SHAPES if scheme != "print" else [pair for pair in SHAPES if pair[0] != "focus" and "tint" not in pair[1]]
    weak = {pair: round(contrast(*map(found.__getitem__, pair)), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


def test_every_colour_of_the_light_scheme_has_a_dark_one() -> None:
    light, dark = colours("light"), colours("dark")
    assert light.keys() == dark.keys()
    assert [name for name in light if light[name] == dark[name]] == []


def test_no_colour_stands_outside_the_tokens() -> None:
    rules = re.sub(r"--[\w-]+: [^;]+;", "", STYLESHEET)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*;)", rules) == []
