"""Write the icons of the page as PNG, from the shapes of `icon.svg`: `python tools/page_icons.py` (needs Pillow).

Phones take no SVG for an installed application. A maskable icon and Apple's are cut to a shape by the system, so their
background has no round corners.
"""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image, ImageDraw

PAGE = Path(__file__).parents[1] / "src" / "emotion_classifier" / "serving" / "page"
FILES = {
    "icon-192.png": (192, True),
    "icon-512.png": (512, True),
    "icon-maskable-512.png": (512, False),
    "apple-touch-icon.png": (180, False),
}
"""Size in pixels, and whether the corners are round and transparent."""
_OVERSAMPLING = 8
_COLOURS = 32  # of the palette: two and what is between them at the edges


def main() -> None:
    """Write all files."""
    svg = (PAGE / "icon.svg").read_text(encoding="utf-8")
    for name, (size, is_round) in FILES.items():
        image = drawn(svg, size, is_round=is_round).convert("RGBA" if is_round else "RGB")
        method = Image.Quantize.FASTOCTREE if is_round else Image.Quantize.MEDIANCUT
        image.quantize(_COLOURS, method).save(PAGE / name, optimize=True)
        print(name, (PAGE / name).stat().st_size, "bytes")


def drawn(svg: str, size: int, *, is_round: bool) -> Image.Image:
    """The icon: rectangle and vertical bars of the SVG."""
    (side,) = map(float, re.findall(r'viewBox="0 0 (\d+) \d+"', svg))
    ((radius, background),) = re.findall(r'rx="(\d+)" fill="(#\w+)"', svg)
    (width,) = map(float, re.findall(r'stroke-width="(\d+)"', svg))
    scale = size * _OVERSAMPLING / side
    large = Image.new("RGBA", (size * _OVERSAMPLING,) * 2)
    draw = ImageDraw.Draw(large)
    box = (0, 0, large.width - 1, large.height - 1)
    draw.rounded_rectangle(box, float(radius) * scale if is_round else 0.0, background)
    for x, y, height in (map(float, one) for one in re.findall(r"M(\d+) (\d+)v(\d+)", svg)):
        left, right = ((x + side_ * width / 2) * scale for side_ in (-1, 1))
        top, bottom = (y - width / 2) * scale, (y + height + width / 2) * scale
        draw.rounded_rectangle((left, top, right, bottom), width * scale / 2, "#fff")
    return large.resize((size, size), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
