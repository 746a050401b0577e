"""One run, from corpora to a model folder and a report, and its continuation after an interruption."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch

from emotion_classifier.config import dump_config, load_config
from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import EmotionClassifierError, RunError
from emotion_classifier.evaluation.report.provenance import Provenance
from emotion_classifier.experiments.data.corpus_facts import corpus_facts
from emotion_classifier.experiments.data.load import (
    RunData,
    load_corpora,
    split_corpora,
    write_problems,
)
from emotion_classifier.experiments.evaluate.evaluate import (
    evaluate_clips,
    write_evaluation,
)
from emotion_classifier.experiments.evaluate.misclassified import write_misclassified
from emotion_classifier.experiments.evaluate.report_facts import (
    file_hashes,
    report_origin,
    selection_text,
)
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.plan import RunPlan, plan_run
from emotion_classifier.experiments.train.sources import require_same_sources
from emotion_classifier.experiments.train.train_model import train_model
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import SPECIFICATION
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.checksums import record
from emotion_classifier.runs.history import EpochRow, best_epochs, read_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.storage import remove_leftovers, write_atomically
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.collectives import broadcast, get_rank, rank_zero_first
from emotion_classifier.training.distributed.launch import launched_group
from emotion_classifier.training.logging.hparams import write_settings, write_test_scores
from emotion_classifier.training.logging.trackers import write_tracked_test_scores


def train(
    config: RunConfig | Path, *, root: Path = Path("runs"), progress: Report = ignore
) -> RunFolder:
    """The folder of a new run: trained, its test part evaluated once, and reported.

    Each of several processes that torchrun or SLURM has started calls this; the first one makes the
    folder, evaluates and reports, the others only train with it.

    Parameters
    ----------
    config : settings of the run, or the YAML file that holds them.
    root : of the runs; the folder is ``root/experiment/label``.
    progress : receives progress, messages and the tables of scores.

    Raises
    ------
    EmotionClassifierError
        Mistakes in settings and corpora; most are found before there is a folder. Later ones leave
        the folder, and `resume_run` continues it.
    """
    if isinstance(config, Path):
        config = load_config(RunConfig, config)
    for split in (config.split, *config.corpus_splits.values()):
        split.require_test_part()  # before clips are decoded
    with launched_group(config.training):
        progress = progress if get_rank() == 0 else ignore
        with rank_zero_first(), _reporting_that_clips_are_kept(progress):
            data = load_corpora(config, config.input.build(), progress)
            plan = plan_run(config, data, split_corpora(data, config))
        folder = broadcast(lambda: create_run(root, plan))
        finish_run(folder, plan, progress)
    return folder


def resume_run(path: Path, *, progress: Report = ignore) -> RunFolder:
    """The folder `path` of a run, continued from its last whole epoch with its settings and split.

    Raises
    ------
    RunError
        `path` is not the folder of a run, its clips are no longer there, or its relative paths start
        from another folder.
    """
    folder = RunFolder.open(path)
    config = load_config(RunConfig, folder.config)
    check_paths(folder, config)
    with launched_group(config.training):
        progress = progress if get_rank() == 0 else ignore
        with rank_zero_first(), _reporting_that_clips_are_kept(progress):
            data = load_corpora(config, config.input.build(), progress)
        continue_run(folder, config, data, progress)
    return folder


def check_paths(folder: RunFolder, config: RunConfig) -> None:
    """Raise `RunError` where relative paths in the settings of a run start from another folder."""
    folder.check_relative_paths(_paths(config.model_dump()))


def _paths(value: object) -> Iterator[Path]:
    """All paths in settings."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _paths(item)


@contextmanager
def _reporting_that_clips_are_kept(progress: Report) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        progress(Progress("start the same command again: the clips that are prepared are kept"))
        raise


def find_run(config: RunConfig, root: Path) -> RunFolder | None:
    """The run below `root` that has these settings; None where there is none."""
    numbered = re.compile(rf"{re.escape(config.label)}(-[0-9]+)?")  # as `RunFolder.create` names it
    for path in sorted((root / config.experiment).glob(f"{config.label}*")):
        folder = RunFolder(path)
        if numbered.fullmatch(path.name) and _settings(folder) == config:
            return folder
    return None


def _settings(folder: RunFolder) -> RunConfig | None:
    """The settings of a run; None where they cannot be read, such as those of a later version."""
    try:
        return load_config(RunConfig, folder.config) if folder.config.is_file() else None
    except EmotionClassifierError:
        return None


def finished_run(
    config: RunConfig, data: RunData, root: Path, progress: Report, split: Split | None = None
) -> RunFolder:
    """The finished run of these settings: an existing one, continued where necessary, or a new one.

    A new one has the split of its settings, or `split`.

    Raises
    ------
    RunError
        The existing one was trained from another model, or with other teachers, than are there now.
    """
    folder = find_run(config, root)
    if folder is None:
        plan = plan_run(config, data, split or split_corpora(data, config))
        folder = create_run(root, plan)
        finish_run(folder, plan, progress)
        return folder
    require_same_sources(folder, config)
    if not folder.report.is_file():
        continue_run(folder, config, data, progress)
    return folder


def create_run(root: Path, plan: RunPlan) -> RunFolder:
    """The new folder of a run, with its settings, split and environment."""
    config = plan.config

    def write(folder: RunFolder) -> None:
        folder.write_environment()
        write_problems(folder.left_out, plan.data.left_out)
        plan.split.save(folder.split, plan.data.utterances)
        write_settings(folder.tensorboard, config.model_dump(mode="json"))
        remedy = "Free some space and run again."
        write_atomically(folder.config, dump_config(config).encode(), remedy)
        record(folder.config, folder.split)

    return RunFolder.create(root, config.experiment, config.label, write)


def continue_run(folder: RunFolder, config: RunConfig, data: RunData, progress: Report) -> None:
    """Finish a run with the split that it saved; after the training only the evaluation is left."""
    plan = RunPlan(config, data, data.saved_split(folder.split))
    if "test" not in plan.split.parts.values():
        raise RunError(
            f"{folder.path} is a training on all speakers: start the command again that began it "
            "(`emotion train --final`, `emotion bundle`), and it continues"
        )
    if not (folder.model / SPECIFICATION).is_file():
        plan = plan_run(config, data, plan.split)
    finish_run(folder, plan, progress)


def finish_run(folder: RunFolder, plan: RunPlan, progress: Report) -> None:
    """Train and evaluate, as far as that is not done; after an error report how to continue.

    Raises
    ------
    RunError
        Another process trains or evaluates the run.
    """
    with folder.locked() if get_rank() == 0 else nullcontext():
        progress(Progress(f"run: {folder.path}"))
        for line in plan.data.summary(plan.split):
            progress(Progress(line))
        if files := sum(problem.code != "notice" for problem in plan.data.left_out):
            progress(Progress(f"left out: {files} files, see {folder.left_out}"))
        for warning in (*plan.split.leaks, *plan.split.notes):
            progress(Progress(f"warning: {warning}"))
        try:
            _train_and_evaluate(folder, plan, progress)
        except BaseException:
            progress(Progress(f"continue this run with: emotion train --resume {folder.path}"))
            raise
        progress(Progress(f"report: {folder.report.with_suffix('.html')}"))
        progress(Progress(f"model:  {folder.model}"))


def _train_and_evaluate(folder: RunFolder, plan: RunPlan, progress: Report) -> None:
    if get_rank() == 0:
        remove_leftovers(folder.path)
    if not (folder.model / SPECIFICATION).is_file():
        train_model(folder, plan, progress)
    if get_rank() == 0 and not folder.report.is_file():
        _evaluate(folder, plan, progress)


def kept_epoch(history: Sequence[EpochRow], training: TrainingConfig) -> int:
    """The number of the epoch that a run keeps; of an average the best epoch in it."""
    if training.keep == "last":
        return history[-1].epoch
    return best_epochs(history, training.monitor, 1)[0].epoch


def _evaluate(folder: RunFolder, plan: RunPlan, progress: Report) -> None:
    """Evaluate the test part, and write the report last: its presence ends the run."""
    config = plan.config
    history = read_history(folder.history)
    kept = kept_epoch(history, config.training)
    predictor = Predictor.load(folder.model, threads=torch.get_num_threads())
    evaluation = evaluate_clips(
        predictor,
        plan.data.part(plan.split, "test"),
        training=plan.data.training_part(plan.split),
        title=f"{config.experiment} / {folder.path.name}",
        origin=report_origin(config, folder.read_origin()),
        history=history,
        kept_epoch=None if config.training.keep == "average" else kept,
        provenance=Provenance(
            corpora=corpus_facts(plan.data, [plan.split]),
            files=file_hashes(folder, predictor.specification),
            selection=selection_text(config.model_dump()),
        ),
        seed=config.seed,
        progress=progress,
    )
    overall = evaluation.report.overall
    write_test_scores(folder.tensorboard, overall, kept)
    write_tracked_test_scores(config.training, folder, overall, kept, progress)
    if config.keep_misclassified:
        limit, title = config.keep_misclassified, evaluation.report.title
        index = write_misclassified(evaluation.predictions, folder.misclassified, limit, title)
        progress(Progress(f"misclassified clips: {index}"))
    write_evaluation(evaluation, folder.path, progress)
