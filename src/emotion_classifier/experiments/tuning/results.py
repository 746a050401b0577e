"""The files of a study: its trials, figures, the best settings as a recipe, and the summary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.config import dump_config
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.report.tables import interval_text, value_text
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.tuning.config import TuningConfig
from emotion_classifier.experiments.tuning.records import (
    TrialRecord,
    best_trial,
    count_states,
    setting_text,
    write_records,
)
from emotion_classifier.rendering.figures import to_png
from emotion_classifier.rendering.tables import Table, to_markdown, visible
from emotion_classifier.rendering.tuning_plots import importance_plot, study_history_plot
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.storage import write_atomically

_REMEDY = "Free some space and start the same command again."
_ERRORS_SHOWN = 10


@dataclass(frozen=True)
class StudyFolder:
    """The files of one study, in the folder ``runs/<study>``."""

    path: Path

    @property
    def storage(self) -> Path:
        """The database, unless the settings name another."""
        return self.path / "study.db"

    @property
    def split(self) -> Path:
        """Utterance → part of the final run; the trials use the training and validation part."""
        return self.path / "split.csv"

    @property
    def trials(self) -> Path:
        """All trials as CSV."""
        return self.path / "trials.csv"

    @property
    def best(self) -> Path:
        """The settings of the best trial."""
        return self.path / "best.yml"

    @property
    def summary(self) -> Path:
        """The summary as Markdown."""
        return self.path / "summary.md"

    def trial(self, number: int) -> Path:
        """Folder of a trial: the history of each inner fold."""
        return self.path / "trials" / str(number)

    def write_trials(self, records: Sequence[TrialRecord], metric: str) -> None:
        """Write the trials and the figure of their scores."""
        write_records(self.trials, records, metric)
        measure = METRICS[metric]
        figure = study_history_plot(
            {r.number: r.score for r in records if r.score is not None},
            {
                r.number: r.last_score
                for r in records
                if r.state == "pruned" and r.last_score is not None
            },
            frozenset(r.number for r in records if r.state == "failed"),
            measure=f"validation {measure.label}",
            higher_is_better=measure.higher_is_better,
            per_cent=measure.unit == "%",
        )
        write_atomically(self.path / "history.png", to_png(figure), _REMEDY)

    def write_importances(self, importances: Mapping[str, float]) -> None:
        """Write the figure of the importances, where there are any."""
        if importances:
            figure = importance_plot(importances)
            write_atomically(self.path / "importance.png", to_png(figure), _REMEDY)

    def write_best(self, config: RunConfig, comment: str) -> None:
        """Write settings that `emotion train` accepts."""
        text = f"# {comment}\n{dump_config(config)}"
        write_atomically(self.best, text.encode(), _REMEDY)


def read_test_score(run: RunFolder, metric: str) -> tuple[str, str, int]:
    """The score of the test part with its interval, in words, and the number of its speakers."""
    overall = Score.model_validate(json.loads(run.report.read_text("utf-8"))["overall"])
    unit = METRICS[metric].unit
    estimate = overall[metric]
    return value_text(estimate.value, unit), interval_text(estimate, unit), overall.speakers


def summary(
    config: TuningConfig,
    records: Sequence[TrialRecord],
    importances: Mapping[str, float],
    run: RunFolder,
    inner_speakers: int,
) -> str:
    """The study as Markdown: its trials, how the best was chosen, and both scores.

    Parameters
    ----------
    records : of which at least one is complete.
    run : of the best settings, finished.
    inner_speakers : in the inner folds.
    """
    measure = METRICS[config.metric]
    best = best_trial(records, config.metric)
    assert best is not None and best.score is not None
    score, interval, speakers = read_test_score(run, config.metric)
    complete = sum(record.score is not None for record in records)
    lines = [
        f"# Study {config.study}",
        f"{len(records)} trials of `{config.base}`: {count_states(records)} (sampler {_sampler(config)}, "
        f"pruner {config.pruner}, seed {config.seed}).",
        f"Each trial is scored by the mean validation {measure.label} of {config.folds} inner folds of the "
        f"{inner_speakers} speakers in the training and validation part. The best is trial "
        f"{best.number}, {value_text(best.score, measure.unit)}. This number is too high for an "
        f"estimate: it is the best of {complete}, and in each fold the same clips chose the epoch.",
        f"The settings of trial {best.number} were trained once on the split of `{config.base}`, and its test part, "
        f"which no trial has used, was predicted once: **{measure.label} {score}**, 95 % interval "
        f"{interval} (resampled by speaker, {speakers} speakers). This is the score of the study; "
        f"the run is {run.path.name}, with its report.",
        *_earlier_scores(run),
        to_markdown(_settings_table(config, best, importances)),
        *_failures(records),
        *(
            []
            if importances
            else ["No importances: fewer than two complete trials, or equal scores."]
        ),
        f"Files: trials.csv, history.png, {'importance.png, ' if importances else ''}best.yml "
        "(`emotion train best.yml` repeats the run).",
    ]
    return "\n\n".join(line.rstrip("\n") for line in lines) + "\n"


def _sampler(config: TuningConfig) -> str:
    of = "" if config.combinations is None else f" of {config.combinations} combinations"
    return f"{config.sampler}{of}"


def _earlier_scores(run: RunFolder) -> Iterator[str]:
    """A sentence on runs of settings that were the best of fewer trials."""
    earlier = [
        path.parent.name
        for path in sorted(run.path.parent.glob("best*/report.json"))
        if path != run.report
    ]
    if earlier:
        yield (
            f"With fewer trials other settings were the best, whose runs ({', '.join(earlier)}) were "
            "scored on the same test part: the more such runs, the less this score is of unseen clips."
        )


def _settings_table(
    config: TuningConfig, best: TrialRecord, importances: Mapping[str, float]
) -> Table:
    rows = [
        (
            key,
            dimension.text,
            setting_text(best.values[key]),
            f"{importances[key]:.0%}" if key in importances else "",
        )
        for key, dimension in config.search_space.items()
    ]
    return Table("best settings", ("setting", "values", "best", "importance"), rows)


def _failures(records: Sequence[TrialRecord]) -> list[str]:
    failed = [record for record in records if record.state == "failed"]
    if not failed:
        return []
    lines = [f"- trial {r.number}: {visible(r.error)}" for r in failed[:_ERRORS_SHOWN]]
    more = len(failed) - len(lines)
    lines += [f"- and {more} more, in trials.csv"] if more else []
    return ["Failed:\n\n" + "\n".join(lines)]
