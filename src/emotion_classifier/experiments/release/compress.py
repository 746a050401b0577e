"""A model folder with smaller weights, and what that costs. Needs no torch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import EvaluationError, RunError
from emotion_classifier.evaluation.comparison import compare
from emotion_classifier.evaluation.report.tables import change_text, percent
from emotion_classifier.experiments.data.config import DataConfig
from emotion_classifier.experiments.data.load import load_corpora, split_corpora
from emotion_classifier.experiments.evaluate.evaluate import answer
from emotion_classifier.experiments.evaluate.evaluate_model import known_clips, saved_data_config
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import (
    GRAPH,
    GRAPH_DATA,
    make_empty,
    write_specification,
)
from emotion_classifier.models.export.quantisation import halve, quantise
from emotion_classifier.rendering.tables import Table, to_rich
from emotion_classifier.runs.run_folder import RunFolder

Weights = Literal["int8", "fp16"]

_CALIBRATING, _TIMED = 64, 20


@dataclass(frozen=True)
class _Clips:
    """Clips to find ranges with, and others to score on.

    Parameters
    ----------
    calibrating : prepared.
    test : of emotions that the model knows.
    timed : some of these, prepared.
    """

    calibrating: Sequence[CachedClip]
    test: list[Utterance]
    timed: Sequence[CachedClip]


def export(
    model: Path | str | None,
    weights: Weights,
    output: Path,
    selection: DataConfig | None,
    console: Console,
) -> Path:
    """Write a model folder with smaller weights; print the change in UAR, size and time.

    Parameters
    ----------
    model : a model folder, a run, or the name of a bundled model.
    weights : of the new model.
    output : its folder, which must not exist or be empty.
    selection : corpora to score on, split as it says; None takes the run's own test part.

    Raises
    ------
    RunError
        No corpora are named and `model` is not a run.
    StorageError
        `output` holds something, or cannot be written.
    """
    source = model_folder(model)
    before = Predictor.load(source, threads=1)
    clips = _clips(RunFolder(Path(model or "")), before, selection, console)
    make_empty(output)
    if weights == "fp16":
        halve(source / GRAPH, output / GRAPH)
    else:
        quantise(source / GRAPH, output / GRAPH, _heard(before, clips.calibrating))
    runtime = OnnxRuntime(output / GRAPH, threads=1)
    after = Predictor(EmotionModel(runtime, before.specification))
    change = _compare(before, after, clips, (source / GRAPH, output / GRAPH), weights, console)
    old = before.specification
    card = old.card.model_copy(update={"changes": (*old.card.changes, change)})
    update = {"name": f"{old.name}-{weights}", "card": card}
    write_specification(output, old.model_copy(update=update))
    return output


def _clips(
    run: RunFolder, predictor: Predictor, selection: DataConfig | None, console: Console
) -> _Clips:
    if selection is None and not (run.config.is_file() and run.split.is_file()):
        raise RunError(
            f"{run.path} is not the folder of a run, so it tells no clips to score on: name a corpus "
            "with --corpus KIND=PATH"
        )
    config = saved_data_config(run) if selection is None else selection
    data = load_corpora(config, predictor.model.input, console)
    split = Split.load(run.split) if selection is None else split_corpora(data, config)
    test = known_clips(data.part(split, "test"), predictor.labels, console)
    training = data.part(split, "train")
    return _Clips(
        calibrating=[data.clips[u.id] for u in _spread(training, _CALIBRATING)],
        test=test,
        timed=[data.clips[u.id] for u in _spread(test, _TIMED)],
    )


def _spread(utterances: Sequence[Utterance], count: int) -> Sequence[Utterance]:
    """At most `count` of the utterances, from all over their order."""
    return utterances[:: max(1, -(-len(utterances) // count))]


def _heard(predictor: Predictor, clips: Sequence[CachedClip]) -> list[Samples]:
    return [predictor.model.input.centre(clip.samples()) for clip in clips]


def _compare(
    before: Predictor,
    after: Predictor,
    clips: _Clips,
    graphs: tuple[Path, Path],
    weights: Weights,
    console: Console,
) -> str:
    """Print both models side by side; the sentence that the new one's card says."""
    scored = {"fp32": answer(before, clips.test, console)[0]}
    scored[weights] = answer(after, clips.test, console)[0]
    if len(scored[weights]) != len(scored["fp32"]):
        raise EvaluationError(f"{weights}: other clips were answered than before")
    comparison = compare(scored)
    seconds = _seconds_per_clip((before, after), _heard(before, clips.timed))
    megabytes = [_megabytes(graph) for graph in graphs]
    same = float(np.mean(scored["fp32"].predicted == scored[weights].predicted))
    rows = [
        (score.name, percent(score["uar"].value), f"{size:.2f}", f"{1000 * time_:.1f}")
        for score, size, time_ in zip(comparison.scores, megabytes, seconds, strict=True)
    ]
    uar_change = change_text(comparison.differences[0].estimates["uar"])
    note = (
        f"UAR: {uar_change} points; {percent(same)} of {len(clips.test):,} clips keep their emotion. "
        "Time of the model alone, one thread, one clip at a time."
    )
    columns = ("weights", "UAR", "MB", "ms per clip")
    console.print(to_rich(Table("Before and after", columns, rows, notes=[note])))
    corpora = ", ".join(sorted({u.corpus for u in clips.test}))
    return (
        f"Weights of {weights}: UAR {uar_change} points on {len(clips.test):,} clips of {corpora}, "
        f"{megabytes[1]:.2f} MB instead of {megabytes[0]:.2f}. Scores in this card are of fp32."
    )


def _megabytes(graph: Path) -> float:
    """Size of a graph with the weights beside it, where it is too large for one file."""
    data = graph.with_name(GRAPH_DATA)
    return (graph.stat().st_size + (data.stat().st_size if data.exists() else 0)) / 1e6


def _seconds_per_clip(
    predictors: tuple[Predictor, Predictor], clips: Sequence[Samples]
) -> tuple[float, float]:
    """Median time of each predictor's model for one clip, measured in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for clip in [clips[0], *clips]:
        for predictor, row in zip(predictors, times, strict=True):
            started = time.perf_counter()
            predictor.model.crop_logits([clip])
            row.append(time.perf_counter() - started)
    first, second = (float(np.median(row[1:])) for row in times)  # the first call warms up
    return first, second
