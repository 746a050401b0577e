"""`emotion train`, `distil`, `cross-validate`, `bundle` and `demo`: commands that train models."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from emotion_classifier.cli.inference.options import InferenceOptions
from emotion_classifier.cli.inference.predict import predict
from emotion_classifier.cli.settings import (
    Settings,
    is_override,
    read_run_config,
    read_selection,
)
from emotion_classifier.cli.terminal import (
    hint_when_interrupted,
    make_console,
    print_line,
    report_progress,
)
from emotion_classifier.errors import ConfigError

_AGAIN = "start the same command again: it continues, and keeps what is finished"
RunsOption = Annotated[Path, typer.Option("--runs", help="Folder of all runs.")]


def train(
    settings: Settings = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Continue an interrupted run instead.")
    ] = None,
    final: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="Repeat a finished run, or the folds of a cross-validation (LABEL-folds, or "
            "LABEL-seeds), on all speakers, for its best number of epochs.",
        ),
    ] = None,
    runs: RunsOption = Path("runs"),
) -> None:
    """Train a model, evaluate it on its test part and write everything into a run folder.

    Without CONFIG it reads configs/config.yml. A model of --final has no held-out score of its own:
    its card has that of the run.
    """
    if (resume is not None or final is not None) and settings:
        raise ConfigError(
            "--resume and --final use the settings of the run: leave out CONFIG and KEY=VALUE"
        )
    if final is not None:
        if resume is not None:
            raise ConfigError("--resume continues a run, --final repeats one: give one of them")
        _train_final(final, runs)
        return
    config = read_run_config(settings) if resume is None else None
    from emotion_classifier.experiments.train import run

    with report_progress() as progress:
        if config is not None:
            run.train(config, root=runs, progress=progress)
        elif resume is not None:
            run.resume_run(resume, progress=progress)


def _train_final(run: Path, runs: Path) -> None:
    from emotion_classifier.experiments.release.final_model import train_final

    with hint_when_interrupted(_AGAIN), report_progress() as progress:
        folder = train_final(run, root=runs, progress=progress)
    print_line(f"model:  {folder.model}")
    print_line(f"card:   emotion model card {folder.model}")


def distil(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="TEACHER... [KEY=VALUE]...",
            help="Runs, model folders or bundled models, then settings such as "
            "distillation.weight=0.7.",
        ),
    ],
    student: Annotated[
        str, typer.Option("--student", metavar="CONFIG", help="Settings file or recipe.")
    ],
    runs: RunsOption = Path("runs"),
) -> None:
    """Train a student on the predictions of trained models, and on the labels.

    It takes the split of the first teacher that is the folder of a run, so that no teacher knows the
    speakers whom the student is scored on. `emotion train --resume RUN` continues it.
    """
    teachers = tuple(Path(text) for text in arguments if not is_override(text))
    if not teachers:
        raise ConfigError("name a teacher: a run, a model folder or a bundled model")
    texts = [student, *filter(is_override, arguments)]
    config = read_run_config([*texts, f"distillation.teachers={json.dumps([*map(str, teachers)])}"])
    from emotion_classifier.experiments.train import run
    from emotion_classifier.experiments.train.teachers import student_settings

    with report_progress() as progress:
        run.train(student_settings(config), root=runs, progress=progress)


def cross_validate(
    settings: Settings = None,
    folds: Annotated[
        list[str] | None,
        typer.Option(
            "--fold",
            help="Only this fold, a number or the speaker left out; may be given several times.",
        ),
    ] = None,
    without_speaker: Annotated[
        bool,
        typer.Option(
            "--leave-one-speaker-out",
            help="Instead of the folds of the split: each speaker is a fold.",
        ),
    ] = False,
    seeds: Annotated[
        int,
        typer.Option(
            min=1, help="Number of seeds with which every fold is trained, for their deviation."
        ),
    ] = 1,
    without_corpus: Annotated[
        bool,
        typer.Option(
            "--leave-one-corpus-out",
            help="Instead of folds: each corpus is tested by a model trained on the others.",
        ),
    ] = False,
    processes: Annotated[
        int, typer.Option(min=1, help="Number of folds that are trained at the same time.")
    ] = 1,
    runs: RunsOption = Path("runs"),
) -> None:
    """Train and evaluate a model for each fold of the split, and report on all test parts together.

    The split of the settings must have folds (k_fold, published, leave_one_speaker_out), or one of
    the options makes them. Started again with the same settings, it continues an interrupted run and
    keeps the finished ones.
    """
    if without_corpus and (folds or without_speaker or seeds > 1 or processes > 1):
        raise ConfigError(
            "--leave-one-corpus-out makes no folds by speaker: give it without --fold, "
            "--leave-one-speaker-out, --seeds and --processes"
        )
    config = read_run_config(settings)
    from emotion_classifier.experiments.cross_validation.cross_validation import cross_validate
    from emotion_classifier.experiments.cross_validation.folds import with_one_speaker_left_out
    from emotion_classifier.experiments.cross_validation.left_out_corpora import (
        leave_one_corpus_out,
    )
    from emotion_classifier.experiments.cross_validation.seeds import cross_validate_seeds

    if without_speaker:
        config = with_one_speaker_left_out(config)
    with hint_when_interrupted(_AGAIN), report_progress() as progress:
        if without_corpus:
            folder = leave_one_corpus_out(config, root=runs, progress=progress).folder
        elif seeds > 1:
            folder = cross_validate_seeds(
                config, seeds, folds=folds, root=runs, processes=processes, progress=progress
            ).folder
        else:
            folder = cross_validate(
                config, folds=folds, root=runs, processes=processes, progress=progress
            ).folder
    print_line(f"report: {folder / 'report.html'}")


def bundle(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the model.")],
    settings: Settings = None,
    left_out: Annotated[
        str | None,
        typer.Option(
            "--left-out",
            metavar="CONFIG",
            help="Settings or recipe with corpora that the published model is scored on; those "
            "that it is trained on are skipped.",
        ),
    ] = None,
    weights: Annotated[
        Literal["int8", "fp16"] | None, typer.Option(help="Smaller weights of the published model.")
    ] = None,
    encoder_licence: Annotated[
        Path | None,
        typer.Option(help="Licence text of the pretrained encoder, which is published with it."),
    ] = None,
    without_corpus: Annotated[
        bool,
        typer.Option(
            "--leave-one-corpus-out",
            help="Fit temperature and thresholds on the training corpora, each predicted by a model "
            "trained on the others, instead of on validation speakers.",
        ),
    ] = False,
    runs: RunsOption = Path("runs"),
) -> None:
    """Evaluate settings by folds, then train on all speakers: a model to publish, with its card.

    The split of the settings must have folds, and training.keep must be last: there is no validation
    part to select the best epoch with. Temperature and thresholds are fitted on the validation speakers
    of the folds. Emotions in noise, music and read speech are counted in the folder of the recipe's
    background noise. Started again with the same settings, it continues where it was interrupted.
    """
    config = read_run_config(settings)
    selection = None if left_out is None else read_selection([left_out], None)
    from emotion_classifier.experiments.release.bundle import Publication, bundle

    publication = Publication(selection, weights, encoder_licence, without_corpus)
    with hint_when_interrupted(_AGAIN), report_progress() as progress:
        folder = bundle(config, output, publication, root=runs, progress=progress)
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    print_line(f"model:  {folder} ({size:.2f} MB)")
    print_line(f"card:   emotion model card {folder}")


def demo(runs: RunsOption = Path("runs")) -> None:
    """Train on synthetic voices, evaluate on unseen ones, predict: needs no data, takes minutes.

    The voices are written to data/toy; the rest is an ordinary run below --runs.
    """
    console = make_console()
    with console.status("loading torch", spinner="line"):
        from emotion_classifier.config import load_config
        from emotion_classifier.experiments.recipes import recipe_file
        from emotion_classifier.experiments.train.config import RunConfig
        from emotion_classifier.experiments.train.run import train
        from emotion_classifier.runs.predictions_file import read_predictions

    config = load_config(RunConfig, recipe_file("toy"))
    (settings,) = config.corpora
    with console.status("making synthetic voices", spinner="line"):
        corpus = settings.read()
    console.print(f"voices: {len(corpus.utterances)} clips in {corpus.root}")
    with report_progress() as progress:
        run = train(config, root=runs, progress=progress)

    console.print("\none clip of each emotion, from speakers of the test part:")
    scored = read_predictions(run.predictions)
    by_emotion = dict(zip(scored.true.tolist(), scored.files, strict=True))
    clips = [by_emotion[emotion] for emotion in sorted(by_emotion)]
    predict(InferenceOptions(model=str(run.model)), clips)
    console.print(
        f"\nlisten:   {clips[0]} and the others in {corpus.root}\n"
        f"run:      {run.path}\n"
        f"report:   {run.path / 'report.html'}\n"
        f"model:    {run.model}\n"
        f"predict:  {sys.argv[0]} predict FILE --model {run.path}",
        highlight=False,
    )
