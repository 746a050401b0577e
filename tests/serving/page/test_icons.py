"""The icons of the page: what the manifest says of them, and what systems that cut them to a shape need."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion_classifier.serving.browser_page import PAGE

Image = pytest.importorskip("PIL.Image", reason="needs Pillow")
MANIFEST = json.loads((PAGE / "browser" / "manifest.webmanifest").read_text(encoding="utf-8"))
PNG = [one for one in MANIFEST["icons"] if one["type"] == "image/png"]
LEAST_SAFE_SHARE = 0.8  # the diameter of the circle that no system cuts, of the side


@pytest.mark.parametrize("icon", PNG, ids=lambda icon: icon["src"])
def test_an_icon_has_the_size_of_the_manifest(icon: dict[str, str]) -> None:
    with Image.open(PAGE / icon["src"]) as image:
        assert icon["sizes"] == f"{image.width}x{image.height}"


def test_the_manifest_has_the_icons_that_phones_need() -> None:
    found = {(one["sizes"], one["purpose"]) for one in PNG}
    assert found == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    assert sum(path.stat().st_size for path in PAGE.glob("*.png")) < 20_000


@pytest.mark.parametrize("name", ["icon-maskable-512.png", "apple-touch-icon.png"])
def test_icons_that_are_cut_to_a_shape_have_a_background_up_to_the_corners(name: str) -> None:
    with Image.open(PAGE / name) as image:
        pixels = np.asarray(image.convert("RGBA"))
    offsets = np.arange(len(pixels)) + 0.5 - len(pixels) / 2
    is_cut = np.hypot(offsets[:, None], offsets) > LEAST_SAFE_SHARE * len(pixels) / 2
    assert pixels[0, 0, 3] == 255
    assert (pixels[is_cut] == pixels[0, 0]).all()


def test_the_page_names_the_icon_of_apple() -> None:
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    assert '<link rel="apple-touch-icon" href="apple-touch-icon.png">' in text
