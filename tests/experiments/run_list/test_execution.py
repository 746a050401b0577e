from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.experiments.progress_log import ProgressLog

from emotion_classifier.config import dump_config, load_config
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.run_list.execution import execute_runs
from emotion_classifier.experiments.train.config import RunConfig
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


def test_two_runs_of_one_name_are_refused(tiny_config: Path, tmp_path: Path) -> None:
    config = load_config(RunConfig, tiny_config)
    with pytest.raises(ConfigError, match="toy/tiny"):
        execute_runs([config, config], root=tmp_path)


@pytest.mark.slow
def test_runs_in_two_processes_train_as_one_by_one(
    tiny_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    configs = [
        load_config(RunConfig, tiny_config, [f"label=seed{seed}", f"seed={seed}"])
        for seed in range(3)
    ]
    alone = execute_runs(configs, root=tmp_path / "alone")
    together = execute_runs(configs, root=tmp_path / "together", processes=2)
    for one, other in zip(alone, together, strict=True):
        assert one.error is None and other.error is None
        assert one.folder is not None and other.folder is not None
        histories = [read_history(folder.history) for folder in (one.folder, other.folder)]
        assert histories[0][-1].validation_loss == histories[1][-1].validation_loss
        assert one.folder.predictions.read_bytes() == other.folder.predictions.read_bytes()

    # Interrupted before its report, a run is evaluated again and not trained.
    folder = together[1].folder
    assert folder is not None
    folder.report.unlink()
    checkpoint = (folder.checkpoints / "last.ckpt").stat().st_mtime_ns
    shutil.rmtree(tmp_path / "cache")
    again = execute_runs(configs, root=tmp_path / "together", processes=2)
    assert [one.error for one in again] == [None, None, None]
    assert folder.report.is_file()
    assert (folder.checkpoints / "last.ckpt").stat().st_mtime_ns == checkpoint
