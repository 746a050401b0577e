from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tests.experiments.progress_log import ProgressLog

from emotion_classifier.config import dump_config, load_config
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.run_list.execution import execute_runs
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.model_folder.folder import read_specification, write_specification
from emotion_classifier.model_folder.specification import DistillationFacts, TeacherFacts
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import RunFolder


def finish(config: RunConfig, root: Path) -> RunFolder:
    """A folder that looks like that of a finished run."""
    folder = RunFolder(root / config.experiment / config.label)
    folder.path.mkdir(parents=True)
    folder.config.write_text(dump_config(config), "utf-8")
    folder.report.write_text("{}", "utf-8")
    return folder


def test_finished_runs_are_kept_and_a_failed_one_is_recorded(
    tiny_config: Path, tmp_path: Path, log: ProgressLog
) -> None:
    finished = load_config(RunConfig, tiny_config)
    missing = f"corpora=[{{kind: ravdess, path: {tmp_path / 'absent'}}}]"
    failing = load_config(RunConfig, tiny_config, ["label=failing", missing])
    folder = finish(finished, tmp_path)
    second, first = execute_runs([failing, finished], root=tmp_path, progress=log)
    assert (first.folder, first.error) == (folder, None)
    assert second.folder is None and "absent" in str(second.error)
    assert any("failing failed" in line for line in log.lines)


def test_a_finished_run_of_other_teachers_than_are_there_now_has_failed(
    tiny_config: Path, untrained_model: Path, tmp_path: Path
) -> None:
    teachers = f"distillation={{teachers: ['{untrained_model}']}}"
    folder = finish(config := load_config(RunConfig, tiny_config, [teachers]), tmp_path)
    shutil.copytree(untrained_model, folder.model)
    earlier = TeacherFacts(name="earlier", sha256="0" * 64, training_data=())
    facts = DistillationFacts(teachers=(earlier,), weight=0.5, temperature=1.0)
    specification = read_specification(untrained_model)
    write_specification(folder.model, specification.model_copy(update={"distillation": facts}))
    (outcome,) = execute_runs([config], root=tmp_path)
    assert "is not the model" in str(outcome.error)


def test_two_runs_of_one_name_are_refused(tiny_config: Path, tmp_path: Path) -> None:
    config = load_config(RunConfig, tiny_config)
    with pytest.raises(ConfigError, match="toy/tiny"):
        execute_runs([config, config], root=tmp_path)


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In this process and in those that it starts: other numbers of threads round differently."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_runs_in_two_processes_train_as_one_by_one(
    tiny_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    configs = [
        load_config(
            RunConfig, tiny_config, [f"label=seed{seed}", f"seed={seed}", "training.epochs=2"]
        )
        for seed in range(2)
    ]
    (alone,) = execute_runs(configs[1:], root=tmp_path / "alone")
    together = execute_runs(configs, root=tmp_path / "together", processes=2)
    assert [outcome.error for outcome in (alone, *together)] == [None, None, None]
    one, other = alone.folder, together[1].folder
    assert one is not None and other is not None
    histories = [read_history(folder.history) for folder in (one, other)]
    assert histories[0][-1].validation_loss == histories[1][-1].validation_loss
    assert one.predictions.read_bytes() == other.predictions.read_bytes()


@pytest.mark.slow
def test_a_run_without_its_report_is_evaluated_and_not_trained(
    tiny_config: Path, finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    folder = RunFolder(shutil.copytree(finished_run, tmp_path / "toy" / "tiny"))
    folder.report.unlink()
    checkpoint = (folder.checkpoints / "last.ckpt").stat().st_mtime_ns
    (outcome,) = execute_runs([load_config(RunConfig, tiny_config)], root=tmp_path)
    assert (outcome.folder, outcome.error) == (folder, None)
    assert folder.report.is_file()
    assert (folder.checkpoints / "last.ckpt").stat().st_mtime_ns == checkpoint
