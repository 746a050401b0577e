"""A training on all speakers: without validation and test part, so without a score of its own."""

from __future__ import annotations

from pathlib import Path

from emotion_classifier.corpora.splits import Split
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.train.calibration import Calibration
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.plan import plan_run
from emotion_classifier.experiments.train.run import create_run, find_run
from emotion_classifier.experiments.train.sources import require_same_sources
from emotion_classifier.experiments.train.train_model import train_model
from emotion_classifier.model_folder.folder import SPECIFICATION
from emotion_classifier.progress import Progress, Report
from emotion_classifier.runs.run_folder import RunFolder


def train_on_all(
    config: RunConfig,
    data: RunData,
    split: Split,
    calibration: Calibration,
    root: Path,
    report: Report,
) -> RunFolder:
    """The finished run of these settings: an existing one, continued where necessary, or a new one.

    Parameters
    ----------
    config : its training keeps the last epoch.
    split : has a training part only.
    calibration : of models that were trained with the same settings on some of the speakers.

    Raises
    ------
    RunError
        Another process trains the run, or the existing one was trained from another model than is
        there now.
    """
    folder = find_run(config, root)
    if folder is not None:
        require_same_sources(folder, config)
    if folder is None or not (folder.model / SPECIFICATION).is_file():
        plan = plan_run(config, data, split)
        folder = folder or create_run(root, plan)
        clips = f"{len(data.part(split, 'train'))} clips, all for training"
        report(Progress(f"run: {folder.path}: {clips}"))
        with folder.locked():
            train_model(folder, plan, report, calibration)
    return folder
