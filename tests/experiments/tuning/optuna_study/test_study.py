from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from optuna.trial import TrialState
from tests.experiments.tuning.conftest import RATE, SETTINGS, SIZE

from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError, StorageError
from emotion_classifier.experiments.tuning.config import TuningConfig
from emotion_classifier.experiments.tuning.optuna_study import storage
from emotion_classifier.experiments.tuning.optuna_study import study as study_module
from emotion_classifier.experiments.tuning.optuna_study.study import TuningStudy
from emotion_classifier.experiments.tuning.records import TrialRecord, best_trial
from emotion_classifier.experiments.tuning.trial import ReportScore

Open = Callable[..., TuningStudy]
EPOCHS = 5
LONG_AGO = "UPDATE trial_heartbeats SET heartbeat = '2020-01-01 00:00:00.000000'"


def rate(number: int, values: Mapping[str, object], report: ReportScore) -> float:
    """A score that is higher for a higher learning rate."""
    found = values[RATE]
    assert isinstance(found, float)
    return found


def ignore(number: int | None, records: Sequence[TrialRecord]) -> None:
    """Take no notice of a trial."""


@pytest.fixture
def opened(tmp_path: Path, config: TuningConfig) -> Open:
    """Opens the study in a file below the test's folder, with other settings where they are given."""

    def open_(settings: Mapping[str, object] | None = None, **changed: object) -> TuningStudy:
        chosen = parse_config(TuningConfig, {**config.model_dump(), **changed})
        study = TuningStudy(chosen, EPOCHS, tmp_path / "study.db")
        study.open({} if settings is None else settings)
        return study

    return open_


def test_a_failed_trial_is_recorded_and_the_others_go_on(opened: Open) -> None:
    def fail_once(number: int, values: Mapping[str, object], report: ReportScore) -> float:
        if number == 1:
            raise ValueError("out of memory")
        return rate(number, values, report)

    study = opened()
    assert study.run(fail_once, ignore)
    records = study.records()
    assert [record.state for record in records] == ["complete", "failed", "complete", "complete"]
    assert records[1].error == "out of memory" and records[1].score is None
    best = best_trial(records, "uar")
    assert best is not None
    assert best.score == max(record.score for record in records if record.score is not None)


def test_a_score_that_is_no_number_is_a_failure(opened: Open) -> None:
    study = opened(trials=1)
    study.run(lambda number, values, report: float("nan"), ignore)
    assert "diverged" in study.records()[0].error


def test_a_continued_study_has_the_trials_of_an_uninterrupted_one(opened: Open) -> None:
    def interrupted(number: int, values: Mapping[str, object], report: ReportScore) -> float:
        if number == 2:
            raise KeyboardInterrupt
        return rate(number, values, report)

    with pytest.raises(KeyboardInterrupt):
        opened().run(interrupted, ignore)
    study = opened()
    assert [record.state for record in study.records()] == ["complete", "complete", "waiting"]
    assert study.run(rate, ignore)
    whole = opened(study="whole")
    whole.run(rate, ignore)
    found, expected = ([r.values for r in one.records()[:3]] for one in (study, whole))
    assert found == expected
    assert len(study.records()) == 4
    assert opened().run(lambda *_: pytest.fail("a trial too many"), ignore)


def test_more_trials_continue_a_study(opened: Open) -> None:
    opened(trials=1).run(rate, ignore)
    study = opened(trials=2)
    study.run(rate, ignore)
    assert len(study.records()) == 2


def test_a_study_with_other_settings_is_refused(opened: Open) -> None:
    opened({"folds": 2, "metric": "uar"})
    with pytest.raises(ConfigError, match="another value of folds"):
        opened({"folds": 3, "metric": "uar"})


def test_a_grid_takes_every_combination_once(opened: Open) -> None:
    dimensions = {
        SIZE: SETTINGS["search_space"][SIZE],
        "model.network.channels": {"kind": "categorical", "choices": [[4], [4, 8]]},
        "training.epochs": {"kind": "integer", "low": 1, "high": 3, "step": 2},
    }
    study = opened(sampler="grid", search_space=dimensions, trials=50)
    study.run(lambda *_: 0.5, ignore)
    points = [str(sorted(record.values.items())) for record in study.records()]
    assert len(points) == len(set(points)) == 8
    assert study.records()[0].values["model.network.channels"] in ([4], [4, 8])


@pytest.mark.parametrize("pruner", ["median", "successive_halving", "none"])
def test_poor_trials_are_pruned(pruner: str, opened: Open) -> None:
    def worse_and_worse(number: int, values: Mapping[str, object], report: ReportScore) -> float:
        for epoch in range(1, EPOCHS + 1):
            report(epoch, 1.0 / (1 + number))
        return 1.0 / (1 + number)

    study = opened(pruner=pruner, trials=7)
    study.run(worse_and_worse, ignore)
    records = study.records()
    pruned = [record for record in records if record.state == "pruned"]
    assert bool(pruned) == (pruner != "none")
    assert records[0].state == "complete"
    assert all(record.last_score is not None and record.score is None for record in pruned)


def test_a_trial_beyond_the_number_is_left_out(opened: Open) -> None:
    other = opened(trials=2)
    first = True

    def meanwhile(number: int, values: Mapping[str, object], report: ReportScore) -> float:
        nonlocal first
        if first:
            first = False
            other._run_trial(rate)  # another process begins the last trial
            other._run_trial(rate)  # and a further one, as if both had counted at the same time
        return rate(number, values, report)

    study = opened(trials=2)
    study.run(meanwhile, ignore)
    assert [record.number for record in study.records()] == [0, 1]


def test_the_trial_of_a_killed_process_is_repeated(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_module, "WAIT_SECONDS", 0.0)
    study = opened(trials=1)
    with pytest.warns(UserWarning, match="Heartbeat"):
        killed = study._study.ask()
    killed.suggest_float(RATE, 1e-4, 1e-1, log=True)
    study._study._storage.record_heartbeat(killed._trial_id)  # type: ignore[attr-defined]
    database = sqlite3.connect(tmp_path / "study.db")
    with database:
        database.execute(LONG_AGO)
    database.close()
    assert study.run(rate, ignore)
    (record,) = study.records()
    assert record.number == 1 and record.score == killed.params[RATE]


def test_a_process_that_was_taken_for_dead_goes_on_with_other_trials(opened: Open) -> None:
    study = opened(trials=3)

    def suspended(number: int, values: Mapping[str, object], report: ReportScore) -> float:
        if number == 0:
            storage = study._study._storage
            trial_id = storage.get_trial_id_from_study_id_trial_number(study._study._study_id, 0)
            storage.set_trial_state_values(trial_id, TrialState.FAIL)
            report(1, 0.5)
        return rate(number, values, report)

    study.run(suspended, ignore)
    assert [record.state for record in study.records()] == ["failed", "complete", "complete"]


def test_a_locked_storage_is_an_error_of_one_line(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened().run(rate, ignore)
    monkeypatch.setattr(storage, "LOCK_SECONDS", 0.05)
    study = opened(trials=5)
    database = sqlite3.connect(tmp_path / "study.db", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StorageError, match="database is locked") as locked:
            study.run(rate, ignore)
    finally:
        database.close()
    assert "\n" not in str(locked.value)
    assert len(opened(trials=5).records()) == 4


def test_a_storage_that_vanishes_ends_the_study(opened: Open, tmp_path: Path) -> None:
    def remove(number: int, values: Mapping[str, object], report: ReportScore) -> float:
        if number == 1:
            (tmp_path / "study.db").rename(tmp_path / "elsewhere.db")
        return rate(number, values, report)

    with pytest.raises(StorageError, match="removed or replaced"):
        opened().run(remove, ignore)
    (tmp_path / "elsewhere.db").rename(tmp_path / "study.db")
    # The second is repeated once its heartbeat is old.
    assert [record.state for record in opened().records()] == ["complete", "running"]


@pytest.mark.parametrize(
    ("url", "error", "message"),
    [
        ("studies.db", ConfigError, "sqlite:///"),
        ("postgres://host/db", ConfigError, "postgresql://"),
        ("mysql://user:secret@host/db", ConfigError, "pip install"),
        ("sqlite:////missing-folder/x.db", StorageError, "unable to open"),
    ],
)
def test_a_storage_that_cannot_be_opened_is_refused(
    url: str, error: type[Exception], message: str, opened: Open
) -> None:
    with pytest.raises(error, match=message) as refused:
        opened(storage=url)
    assert "secret" not in str(refused.value)


def test_importances_need_two_complete_trials(opened: Open) -> None:
    study = opened(trials=1)
    study.run(rate, ignore)
    assert study.importances() == {}
    study = opened(trials=6)
    study.run(rate, ignore)
    found = study.importances()
    assert max(found, key=lambda key: found[key]) == RATE
    assert sum(found.values()) == pytest.approx(1.0)
