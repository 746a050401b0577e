"""The few colours of every figure and page, for light and for dark grounds.

A figure is drawn in the light colours; `to_svg` writes each as a CSS variable, so that a figure
inside a page follows the reader's light or dark preference.
"""

from __future__ import annotations

INK = "#1c2026"
"""Text and the marks that carry the message."""
MUTED = "#67717c"
"""Axis text, notes and reference lines."""
RULE = "#dde1e6"
"""Grid lines and table rules."""
ACCENT = "#2a5f96"
"""The first series."""
SECOND = "#b4592a"
"""The second series."""
CELL = "#5b93cf"
"""Full cells of a heat map; dark text stays readable on it (5:1)."""
GROUND = "#ffffff"
"""Behind everything."""

SERIES = ("#a4adb7", "#56b3a5", "#e0b43c", "#4477aa", "#c2453f", "#7d5ba6", "#7c8a34", "#e58b55")
"""Adjacent areas, such as the shares of eight classes, on a light ground."""

LIGHT = {
    "ink": INK,
    "muted": MUTED,
    "rule": RULE,
    "accent": ACCENT,
    "second": SECOND,
    "cell": CELL,
    "ground": GROUND,
}
"""Name of the CSS variable → colour, on a light ground."""

DARK = {
    "ink": "#e7e9ec",
    "muted": "#9aa3ad",
    "rule": "#30363d",
    "accent": "#7db1e3",
    "second": "#e39a6c",
    "cell": "#2c68a6",
    "ground": "#14171b",
}
"""The same names on a dark ground."""
