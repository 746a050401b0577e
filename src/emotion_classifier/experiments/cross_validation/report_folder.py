"""Folders of the common reports of several runs; none replaces a report of other settings or runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

from emotion_classifier.config import dump_config
from emotion_classifier.experiments.cross_validation.folds import run_name
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.runs.run_folder import CROSS_VALIDATION, RunFolder
from emotion_classifier.storage import write_atomically


def report_folder(
    config: RunConfig,
    suffix: str,
    runs: Iterable[RunFolder],
    reported: Callable[[Path], Iterable[str]],
    root: Path,
) -> Path:
    """``root/experiment/label-suffix``, or with -2, -3 … behind it the first that may be written.

    That is a folder without a run or report, or with a report of the same settings and of no other runs.

    Parameters
    ----------
    runs : to be reported.
    reported : gives the names of the runs that the report in a folder is about.
    """
    first = root / config.experiment / run_name(f"{config.label}-{suffix}")
    others = (first.with_name(f"{first.name}-{number}") for number in itertools.count(2))
    names, text = {run.path.name for run in runs}, dump_config(config)

    def may_be_written(folder: Path) -> bool:
        settings = folder / CROSS_VALIDATION
        if not settings.is_file():
            return not RunFolder(folder).split.is_file()
        return settings.read_text("utf-8") == text and names.issuperset(reported(folder))

    return next(filter(may_be_written, itertools.chain([first], others)))


def write_report_settings(config: RunConfig, folder: Path) -> None:
    """Write the settings that the report in a folder is about, by which `report_folder` knows it."""
    text = dump_config(config).encode()
    write_atomically(folder / CROSS_VALIDATION, text, "Free some space and run again.")
