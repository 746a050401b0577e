"""One run: corpora in, model folder and report out, and the way back after an interruption."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from emotion_classifier.config import dump_config, load_config
from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import RunError
from emotion_classifier.experiments.data.load import (
    RunData,
    load_corpora,
    split_corpora,
    write_left_out,
)
from emotion_classifier.experiments.evaluate.evaluate import evaluate_clips, write_evaluation
from emotion_classifier.experiments.evaluate.misclassified import write_misclassified
from emotion_classifier.experiments.train.build import prepare_augmentation
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.pretrained import find_pretrained
from emotion_classifier.experiments.train.train_model import (
    require_audible_clips,
    train_model,
)
from emotion_classifier.experiments.train.warm_start import require_same_encoder
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import SPECIFICATION
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.storage import write_atomically
from emotion_classifier.training.distributed.collectives import broadcast, get_rank, rank_zero_first
from emotion_classifier.training.distributed.launch import launched_group
from emotion_classifier.training.logging.hparams import write_settings, write_test_scores


def start_run(config: RunConfig, root: Path, console: Console) -> RunFolder:
    """Train, score the test part once and report, in a new folder below `root`.

    Of several processes that torchrun or SLURM has started, each calls this; the first one makes
    the folder, scores and reports, the others only train with it.

    Raises
    ------
    EmotionClassifierError
        Anything a user can mend; see `errors`. What was done so far stays in the folder.
    """
    with launched_group(config.training):
        console.quiet = console.quiet or get_rank() > 0
        classifier = config.model.build(config.input.sample_rate, emotions=2)
        require_audible_clips(config, classifier)
        with rank_zero_first():
            data = load_corpora(config, config.input.build(), console)
            split = split_corpora(data, config)
            # What is wrong with these, before there is a run.
            prepare_augmentation(config, data.labels)
            earlier = find_pretrained(config, data, split)
            if earlier is not None:
                require_same_encoder(earlier, classifier)
        del classifier
        folder = broadcast(lambda: _new_folder(root, config, data, split))
        _finish(folder, config, data, split, console)
    return folder


def _new_folder(root: Path, config: RunConfig, data: RunData, split: Split) -> RunFolder:
    folder = RunFolder.create(root, config.experiment, config.label)
    folder.write_environment()
    write_left_out(folder.left_out, data.left_out)
    split.save(folder.split, data.utterances)
    remedy = "Free some space and run again."
    write_settings(folder.tensorboard, config.model_dump(mode="json"))
    write_atomically(folder.config, dump_config(config).encode(), remedy)
    return folder


def resume_run(path: Path, console: Console) -> RunFolder:
    """Go on with a run from its last whole epoch, with its own settings and its own split.

    Raises
    ------
    RunError
        `path` is not the folder of a run, or its clips are no longer there.
    """
    folder = RunFolder(path)
    if not folder.config.is_file() or not folder.split.is_file():
        raise RunError(
            f"{path} is not the folder of a run (it needs {folder.config.name} and "
            f"{folder.split.name}): give runs/<experiment>/<label>"
        )
    config = load_config(RunConfig, folder.config)
    with launched_group(config.training):
        console.quiet = console.quiet or get_rank() > 0
        with rank_zero_first():
            data = load_corpora(config, config.input.build(), console)
        split = Split.load(folder.split)
        data.require_clips_of(split, folder.split)
        _finish(folder, config, data, split, console)
    return folder


def _finish(
    folder: RunFolder, config: RunConfig, data: RunData, split: Split, console: Console
) -> None:
    """Do what is not done yet; an interruption tells how to go on."""
    _introduce(folder, data, split, console)
    try:
        _learn_and_judge(folder, config, data, split, console)
    except BaseException:
        console.print(f"this run can go on: emotion train --resume {folder.path}")
        raise


def _learn_and_judge(
    folder: RunFolder, config: RunConfig, data: RunData, split: Split, console: Console
) -> None:
    if not (folder.model / SPECIFICATION).is_file():
        train_model(folder, config, data, split, console)
    if get_rank() == 0 and not folder.report.is_file():
        title = f"{config.experiment} / {folder.path.name}"
        history = read_history(folder.history)
        evaluation = evaluate_clips(
            Predictor.load(folder.model),
            data.part(split, "test"),
            training=data.training_part(split),
            title=title,
            history=history,
            seed=config.seed,
            console=console,
        )
        # Before the report, whose presence says that nothing is left to do.
        kept = history[-1]
        if config.training.keep != "last":
            kept = max(history, key=lambda row: row.score(config.training.monitor))
        write_test_scores(folder.tensorboard, evaluation.report.overall, kept.epoch)
        if config.keep_misclassified:
            index = write_misclassified(
                evaluation.scored, folder.misclassified, config.keep_misclassified, title
            )
            console.print(f"misclassified clips: {index}")
        write_evaluation(evaluation, folder.path, console)


def _introduce(folder: RunFolder, data: RunData, split: Split, console: Console) -> None:
    console.print(f"run: {folder.path}")
    for account in data.accounts:
        for line in account.lines():
            console.print(line)
    counts = {part: len(data.part(split, part)) for part in ("train", "validation", "test")}
    console.print("clips: " + ", ".join(f"{count} {part}" for part, count in counts.items()))
    if data.left_out:
        console.print(f"left out: {len(data.left_out)} files, see {folder.left_out}")
    for warning in (*split.leaks, *split.notes):
        console.print(f"warning: {warning}", style="yellow")
