"""Drawn parameters as text, for tables, titles and files."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from emotion_classifier.audio.augmentation.augmentation import Augmentation

_UNITS = {
    "db": "dB",
    "hz": "Hz",
    "milliseconds": "ms",
    "seconds": "s",
    "semitones": "semitones",
    "samples": "samples",
}
_WHOLE_FROM = 1_000
_MOST_SHOWN = 4
# Seeds are only in files.
_HIDDEN = frozenset({"seed"})


def drawn_values(augmentation: Augmentation[Any], parameters: object) -> dict[str, object]:
    """Drawn `parameters` by name: of a dataclass or named tuple, its fields.

    A single value has the name of the augmentation's `quantity`, or else ``value``.
    """
    if dataclasses.is_dataclass(parameters):
        return {f.name: getattr(parameters, f.name) for f in dataclasses.fields(parameters)}
    if isinstance(parameters, tuple) and hasattr(parameters, "_asdict"):
        return dict(parameters._asdict())
    return {} if parameters is None else {getattr(augmentation, "quantity", "value"): parameters}


def summary(values: dict[str, object]) -> str:
    """The values on one line, without seeds and without None.

    >>> summary({"db": -4.25})
    '-4.25 dB'
    >>> summary({"snr_db": 12.345, "file": Path("noise/rain.wav"), "seed": 7})
    'snr 12.3 dB, file rain.wav'
    """
    shown = {n: v for n, v in values.items() if n not in _HIDDEN and v is not None}
    return ", ".join(_with_unit(name, value) for name, value in shown.items())


def _with_unit(name: str, value: object) -> str:
    stem, _, last = name.rpartition("_")
    if last in _UNITS:
        return f"{stem.replace('_', ' ')} {_text(value)} {_UNITS[last]}".strip()
    return f"{name.replace('_', ' ')} {_text(value)}".strip()


def _text(value: object) -> str:
    if isinstance(value, Path):
        return value.name
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= _WHOLE_FROM else f"{value:.3g}"
    if isinstance(value, (tuple, list)):
        shown = [_text(one) for one in value[:_MOST_SHOWN]] or ["none"]
        return " ".join([*shown, f"\N{HORIZONTAL ELLIPSIS} ({len(value)})"][: max(1, len(value))])
    return str(value)
