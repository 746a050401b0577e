"""Runs by their name: ``experiment/label``, ``label``, or a name in the summary of a run list."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from emotion_classifier.errors import RunError, abridged

SUMMARY = "summary.csv"
"""Table of several runs in the folder of their experiment."""
LABEL, FOLDER = "label", "folder"
"""Its columns with the name and the folder of a run."""


def find_named_run(
    name: str, root: Path = Path("runs"), files: Sequence[str] = ("config.yml",)
) -> Path | None:
    """The folder of the run with this name below `root`; None where there is none.

    Parameters
    ----------
    files : a folder is that of a run where it has one of these.

    Raises
    ------
    RunError
        Several experiments have a run of this name.
    """
    if not root.is_dir() or not name.strip("./"):
        return None
    candidates = [root / name, *(folder / name for folder in sorted(root.iterdir()))]
    candidates += [folder for label, folder in _listed(root) if label == name]
    runs = {
        path.resolve(): path
        for path in reversed(candidates)
        if any((path / file).is_file() for file in files)
    }
    if len(runs) > 1:
        found = abridged(sorted(map(str, runs.values())))
        raise RunError(f"several runs are named {name}: {found}. Name one as experiment/label")
    return next(iter(runs.values()), None)


def run_names(root: Path) -> list[str]:
    """All names that folders and summaries below `root` give to runs."""
    folders = [path for path in root.glob("*/*") if path.is_dir()]
    labels = [path.name for path in folders] + [label for label, _ in _listed(root)]
    return [*(f"{path.parent.name}/{path.name}" for path in folders), *labels]


def _listed(root: Path) -> Iterator[tuple[str, Path]]:
    """Names and folders in all summaries."""
    for path in sorted(root.glob(f"*/{SUMMARY}")):
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            for row in csv.DictReader(file):
                if row.get(FOLDER):
                    yield row.get(LABEL) or "", Path(row[FOLDER])
