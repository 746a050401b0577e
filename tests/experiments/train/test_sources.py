from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

import pytest

from emotion_classifier.config import dump_config, load_config
from emotion_classifier.errors import RunError
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.run import finished_run
from emotion_classifier.model_folder.folder import (
    GRAPH,
    WEIGHTS,
    read_specification,
    write_specification,
)
from emotion_classifier.model_folder.specification import (
    DistillationFacts,
    PretrainedFrom,
    TeacherFacts,
)
from emotion_classifier.progress import ignore
from emotion_classifier.runs.run_folder import RunFolder


@pytest.fixture
def source(untrained_model: Path, tmp_path: Path) -> Path:
    """A model folder outside runs."""
    return Path(shutil.copytree(untrained_model, tmp_path / "source"))


def finish(config: RunConfig, source: Path, root: Path) -> RunFolder:
    """The folder of a finished run that was trained from `source`, by its settings as teacher too."""
    folder = RunFolder(root / config.experiment / config.label)
    shutil.copytree(source, folder.model)
    files = read_specification(source).files
    start = PretrainedFrom(
        name="source", weights_sha256=files[WEIGHTS], loaded=1, fresh=0, training_data=()
    )
    teacher = TeacherFacts(name="source", sha256=files[GRAPH], training_data=())
    update = {
        "origin": start if config.pretrained_weights else None,
        "distillation": DistillationFacts(teachers=(teacher,), weight=0.5, temperature=1.0)
        if config.distillation
        else None,
    }
    write_specification(folder.model, read_specification(source).model_copy(update=update))
    folder.config.write_text(dump_config(config), "utf-8")
    folder.report.write_text("{}", "utf-8")
    return folder


def kept(config: RunConfig, root: Path) -> RunFolder:
    return finished_run(config, cast(Any, None), root, ignore)


@pytest.mark.parametrize(
    ("setting", "file"),
    [("pretrained_weights={path: %s}", WEIGHTS), ("distillation={teachers: [%s]}", GRAPH)],
)
def test_a_finished_run_is_kept_unless_the_model_it_was_made_from_has_changed(
    setting: str, file: str, tiny_config: Path, source: Path, tmp_path: Path
) -> None:
    config = load_config(RunConfig, tiny_config, [setting % source])
    folder = finish(config, source, tmp_path)
    assert kept(config, tmp_path) == folder

    (source / file).write_bytes(b"trained again")
    write_specification(source, read_specification(folder.model))
    with pytest.raises(RunError, match=r"source is not the model .*tiny was trained with"):
        kept(config, tmp_path)

    shutil.rmtree(source)
    assert kept(config, tmp_path) == folder
