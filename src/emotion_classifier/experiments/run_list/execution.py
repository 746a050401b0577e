"""Many runs, one after another or in parallel processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from emotion_classifier.errors import ConfigError, EmotionClassifierError, RunError, abridged
from emotion_classifier.experiments.data.load import RunData, load_corpora
from emotion_classifier.experiments.run_list.jobs import execute_jobs
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.run import find_run, finished_run
from emotion_classifier.experiments.train.sources import require_same_sources
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.run_folder import RunFolder, equal_names
from emotion_classifier.training.distributed.launch import launched_group, require_single_command


@dataclass(frozen=True)
class RunOutcome:
    """A run after its execution.

    Parameters
    ----------
    config : its settings.
    folder : None where the run failed before it had one.
    error : the reason why it is not finished; None where it is.
    """

    config: RunConfig
    folder: RunFolder | None
    error: Exception | None = None


def execute_runs(
    configs: Sequence[RunConfig],
    *,
    root: Path = Path("runs"),
    processes: int = 1,
    progress: Report = ignore,
) -> tuple[RunOutcome, ...]:
    """The outcome of each run, in the order of `configs`.

    Finished runs of the same settings are kept, interrupted ones continued; the others go on when a
    run fails. Corpora are read and decoded once for all runs, before the first training.

    Parameters
    ----------
    configs : settings of the runs, with different experiments or labels.
    root : of the runs, which are ``root/experiment/label``.
    processes : runs at the same time; 1 trains in this process. Others are spawned, so a script calls
        this below ``if __name__ == "__main__":``, and each has its share of the threads.
    progress : receives epochs and warnings of all runs, and the end of each run.

    Raises
    ------
    ConfigError
        Two runs have the same experiment and label.
    RunError
        torchrun or SLURM has started this several times.
    KeyboardInterrupt
        Ctrl-C; all processes have ended, and the same call continues.
    """
    require_single_command()
    _require_distinct_names(configs)
    outcomes = _Outcomes(root, configs, progress)
    jobs: dict[int, tuple[RunConfig, RunData, Path]] = {}
    loaded: dict[str, RunData | EmotionClassifierError] = {}
    for position, config in enumerate(configs):
        folder = find_run(config, root)
        if folder is not None and folder.report.is_file():
            outcomes.add(position, _kept(folder, config), "finished before")
            continue
        data = _load(config, loaded, progress)
        if isinstance(data, EmotionClassifierError):
            outcomes.add(position, data)
        else:
            jobs[position] = (config, data, root)
    execute_jobs(_finish, jobs, processes, progress, outcomes.add)
    return tuple(outcomes.found[position] for position in range(len(configs)))


@dataclass(frozen=True)
class _Outcomes:
    """The outcomes so far, by the position of their runs; each is reported."""

    root: Path
    configs: Sequence[RunConfig]
    progress: Report
    found: dict[int, RunOutcome] = field(default_factory=dict)

    def add(self, position: int, result: RunFolder | Exception, text: str = "finished") -> None:
        """Add the folder of a finished run, or the error that has ended it."""
        config = self.configs[position]
        if isinstance(result, Exception):
            self.found[position] = RunOutcome(config, find_run(config, self.root), result)
            self.progress(Progress(f"warning: {config.label} failed: {result}"))
        else:
            self.found[position] = RunOutcome(config, result)
            self.progress(Progress(f"{config.label}: {text}, {result.path}"))
        self.progress(Progress(task="runs", done=len(self.found), total=len(self.configs)))


def _require_distinct_names(configs: Sequence[RunConfig]) -> None:
    if doubled := equal_names([f"{config.experiment}/{config.label}" for config in configs]):
        raise ConfigError(
            f"two runs are called {abridged(doubled)}, or differ in upper and lower case alone, which are "
            "one folder on Windows and macOS: set label to different names"
        )


def _kept(folder: RunFolder, config: RunConfig) -> RunFolder | RunError:
    """A finished run, or the error that it was trained from another model than is there now."""
    try:
        require_same_sources(folder, config)
    except RunError as error:
        return error
    return folder


def _load(
    config: RunConfig, loaded: dict[str, RunData | EmotionClassifierError], progress: Report
) -> RunData | EmotionClassifierError:
    """The clips of a run, which runs of equal corpora share, or the error of their loading."""
    key = config.model_dump_json(include={"corpora", "labels", "target", "input"})
    if key not in loaded:
        try:
            loaded[key] = load_corpora(config, config.input.build(), progress)
        except EmotionClassifierError as error:
            loaded[key] = error
    return loaded[key]


def _finish(config: RunConfig, data: RunData, root: Path, *, report: Report) -> RunFolder:
    """The finished run; its tables and messages are in its report and not repeated here."""

    def forward(progress: Progress) -> None:
        text = progress.text.removeprefix("warning: ")
        if text != progress.text:
            report(Progress(f"warning: {config.label}: {text}"))
        elif progress.task:
            report(replace(progress, text=text and f"{config.label}: {text}"))

    with launched_group(config.training):
        return finished_run(config, data, root, forward)
