"""Speakers of the parts of a saved split."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

from emotion_classifier.corpora.splits import Part, Split
from emotion_classifier.runs.checksums import check


def speakers_by_part(split: Path) -> dict[Part, set[str]] | None:
    """Speakers of each part of a split that a run saved; None where the file has none or is missing."""
    if not split.is_file():
        return None
    check(split)
    parts = Split.load(split).parts
    found: dict[Part, set[str]] = defaultdict(set)
    with split.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as stream:
        for row in csv.DictReader(stream):
            if "speaker" not in row or "corpus" not in row:
                return None
            if row["utterance"] in parts:
                found[parts[row["utterance"]]].add(f"{row['corpus']}/{row['speaker']}")
    return found
