"""Facts about the published splits, and their tables (package data in ``corpora/published``)."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, TypeAlias

from emotion_classifier.corpora.splits.split import PARTS, Part

PublishedName: TypeAlias = Literal[
    "ravdess_emobox", "ravdess_luna5", "cremad_tfds", "cremad_emobox"
]
RESLSTM_VALIDATION = "ravdess_luna5_reslstm_val.csv"


@dataclass(frozen=True)
class PublishedSplit:
    """A published split.

    Parameters
    ----------
    table : file in the folder ``published``.
    folds : their numbers.
    clips : number of clips in the split.
    clip_name : pattern of a file name that the split covers.
    example : such a file name.
    speaker_independent : whether train and test share no speaker.
    absent : clips with such a name that the split does not cover.
    """

    table: str
    folds: tuple[int, ...]
    clips: int
    clip_name: str
    example: str
    speaker_independent: bool = True
    absent: frozenset[str] = frozenset()


_RAVDESS = r"03-01-\d\d-\d\d-\d\d-\d\d-(?P<speaker>\d\d)"  # audio only, speech
_CREMAD = r"(?P<speaker>\d{4})_[A-Z]{3}_[A-Z]{3}_[A-Z]{2}"
_RAVDESS_EXAMPLE, _CREMAD_EXAMPLE = "03-01-06-01-02-01-12", "1001_DFA_ANG_XX"
_NOT_IN_TFDS = frozenset(
    {"1040_ITH_SAD_XX", "1006_TIE_NEU_XX", "1013_WSI_DIS_XX", "1017_IWW_FEA_XX"}
)
PUBLISHED: Mapping[str, PublishedSplit] = {
    "ravdess_emobox": PublishedSplit(
        "ravdess_emobox_folds.csv", (1, 2, 3, 4, 5, 6), 1440, _RAVDESS, _RAVDESS_EXAMPLE
    ),
    "ravdess_luna5": PublishedSplit(
        "ravdess_luna5_folds.csv", (0, 1, 2, 3, 4), 1440, _RAVDESS, _RAVDESS_EXAMPLE
    ),
    "cremad_tfds": PublishedSplit(
        "cremad_tfds_speaker_split.csv", (1,), 7438, _CREMAD, _CREMAD_EXAMPLE, absent=_NOT_IN_TFDS
    ),
    "cremad_emobox": PublishedSplit(
        "cremad_emobox_folds.csv", (1,), 7442, _CREMAD, _CREMAD_EXAMPLE, speaker_independent=False
    ),
}


def read_table(table: str) -> list[dict[str, str]]:
    """Rows of a table in the folder ``published``."""
    text = files("emotion_classifier.corpora").joinpath("published", table).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def published_parts(rows: Sequence[Mapping[str, str]], fold: int) -> dict[str, Part]:
    """Clip or speaker → part; a table lists either."""
    parts: dict[str, Part] = {}
    for row in rows:
        part = row.get("split", "test" if row.get("fold") == str(fold) else "train")
        key = row["file"].removesuffix(".wav") if "file" in row else row["speaker"]
        parts[key] = next(known for known in PARTS if known == part)
    return parts
