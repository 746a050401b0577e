"""The models that a run was made from, compared with those that are at their paths now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from emotion_classifier.errors import ModelFolderError, RunError
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.model_folder.folder import SPECIFICATION, read_unchecked
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.runs.run_folder import RunFolder


def require_same_sources(folder: RunFolder, config: RunConfig) -> None:
    """Check that a trained run was made from the models that its settings name.

    A path at which there is no model any more is not checked; of a run that is not trained yet none is,
    as its training checks them.

    Raises
    ------
    RunError
        Another model is at a path.
    """
    if not (folder.model / SPECIFICATION).is_file():
        return
    for path, sha256 in _sources(read_unchecked(folder.model), config):
        found = _present(path)
        if found is not None and sha256 not in found.files.values():
            raise RunError(
                f"{path} is not the model that {folder.path} was trained with, whose SHA-256 is "
                f"{sha256[:12]}…: bring the old model folder back, or remove {folder.path} or change "
                "label to train a new run"
            )


def _sources(specification: ModelSpecification, config: RunConfig) -> Iterator[tuple[Path, str]]:
    """The path of each earlier model with the SHA-256 of its file that the run recorded."""
    start, origin = config.pretrained_weights, specification.origin
    if start is not None and start.path is not None and origin is not None:
        yield start.path, origin.weights_sha256
    if config.distillation is not None and specification.distillation is not None:
        teachers = (teacher.sha256 for teacher in specification.distillation.teachers)
        yield from zip(config.distillation.teachers, teachers, strict=True)


def _present(path: Path) -> ModelSpecification | None:
    try:
        return read_unchecked(model_folder(path))
    except (ModelFolderError, RunError):  # it is gone, or its name is that of several runs now
        return None
