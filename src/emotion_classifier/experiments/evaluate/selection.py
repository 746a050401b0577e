"""The labelled clips that a trained model is tested on, with reasons to doubt the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import EvaluationError, LabelError
from emotion_classifier.experiments.data.load import (
    DataConfig,
    RunData,
    TrainingPart,
    load_corpora,
    saved_data_config,
    split_corpora,
)
from emotion_classifier.experiments.evaluate.training_overlap import (
    PartOrAll,
    own_part_warnings,
    seen_warnings,
)
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.named_runs import find_named_run
from emotion_classifier.runs.run_folder import RunFolder

NAME_A_CORPUS = "name a corpus to evaluate on with --corpus KIND=PATH"


@dataclass(frozen=True, eq=False)
class Selection:
    """Clips with emotions of the model.

    Parameters
    ----------
    clips : of the chosen part.
    data : all usable clips of the corpora.
    split : of the corpora; empty where the part is ``all`` and they are not the model's own.
    config : corpora, split and seed.
    description : names of the corpora, and the part.
    training : the training part, where the clips are of the model's own run.
    warnings : reasons to doubt scores on these clips, and clips that are left out.
    """

    clips: list[Utterance]
    data: RunData
    split: Split
    config: DataConfig
    description: str
    training: TrainingPart | None
    warnings: tuple[str, ...]


def open_run(model: Path | str | Predictor) -> RunFolder:
    """The run of a model, given by its folder or its name below ``runs``.

    Raises
    ------
    RunError
        `model` is not the folder of a run.
    """
    path = Path(model.specification.name if isinstance(model, Predictor) else model)
    named = None if path.exists() else find_named_run(str(path))
    return RunFolder.open(named or path, NAME_A_CORPUS)


def select_clips(
    predictor: Predictor,
    data: DataConfig | None,
    *,
    run: RunFolder | None,
    part: PartOrAll,
    folder: Path | None = None,
    progress: Report = ignore,
) -> Selection:
    """The clips of a part of other corpora, or of the model's own run.

    Parameters
    ----------
    data : corpora and how they are split; None takes those of `run`, with the split it saved.
    run : of the model; used where `data` is None.
    part : ``all`` takes every clip.
    folder : of the model, in which its training speakers are found; None where it is not known.

    Raises
    ------
    LabelError
        The clips have no emotion of the model.
    EvaluationError
        The run was trained on all speakers and has no test part.
    """
    own_run = run if data is None else None
    config = data if own_run is None else saved_data_config(own_run)
    assert config is not None, "either data or a run"
    loaded = load_corpora(config, predictor.model.input, progress, known=predictor.labels)
    split = Split({})
    if own_run is not None:
        split = loaded.saved_split(own_run.split)
    elif part != "all":
        split = split_corpora(loaded, config)
    for account in loaded.accounts:
        progress(Progress("\n".join(account)))
    clips = loaded.utterances if part == "all" else loaded.part(split, part)
    if own_run is not None and part == "test" and not clips:
        raise EvaluationError(
            f"{own_run.path} was trained on all speakers and has no test part, so no score of its own: "
            f"its card has that of the run it repeats; {NAME_A_CORPUS}"
        )
    corpora = ", ".join(sorted({u.corpus for u in loaded.utterances}))
    return Selection(
        clips=known_clips(clips, predictor.labels),
        data=loaded,
        split=split,
        config=config,
        description=f"{corpora} ({'all clips' if part == 'all' else f'{part} part'})",
        training=loaded.training_part(split) if own_run is not None else None,
        warnings=(
            *own_part_warnings(own_run, part),
            *seen_warnings(predictor.specification, folder, clips if own_run is None else ()),
            *_unknown_emotions(clips, predictor.labels),
        ),
    )


def known_clips(
    clips: Sequence[Utterance], labels: LabelSet, progress: Report = ignore
) -> list[Utterance]:
    """The clips with emotions of a model; the others are reported.

    Raises
    ------
    LabelError
        There are none.
    """
    known = [u for u in clips if u.emotion in labels]
    if not known:
        unknown = sorted({u.emotion for u in clips})
        raise LabelError(
            f"the clips hold {', '.join(unknown) or 'nothing'}, the model predicts {', '.join(labels)}: "
            "map names with labels.merge, or choose another model"
        )
    for line in _unknown_emotions(clips, labels):
        progress(Progress(line))
    return known


def _unknown_emotions(clips: Sequence[Utterance], labels: LabelSet) -> Iterable[str]:
    """A sentence about the clips that are left out, where there are any."""
    unknown = Counter(u.emotion for u in clips if u.emotion not in labels)
    if unknown:
        emotions = ", ".join(sorted(unknown))
        yield f"left out: {unknown.total()} clips of {emotions}, which the model lacks"
