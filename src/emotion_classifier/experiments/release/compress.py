"""A model folder with smaller weights, and the change in score, size and time. Needs no torch."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.comparison import compare
from emotion_classifier.evaluation.report.tables import change_text, percent
from emotion_classifier.experiments.data.load import (
    DataConfig,
    evenly_spaced,
    load_corpora,
    saved_data_config,
    split_corpora,
)
from emotion_classifier.experiments.evaluate.evaluate import predict_clips
from emotion_classifier.experiments.evaluate.selection import known_clips, open_run
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import (
    ENCODER_LICENCE,
    GRAPH,
    GRAPH_DATA,
    make_empty,
    write_specification,
)
from emotion_classifier.models.export.quantisation import halve, quantise
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.rendering.tables import Table, to_text

Weights = Literal["int8", "fp16"]

_TIMED_CLIPS = 20


@dataclass(frozen=True)
class _Clips:
    """Clips to evaluate on, and to measure the time with."""

    test: list[Utterance]
    timing: Sequence[CachedClip]


def export(
    model: Path | str | None,
    weights: Weights,
    output: Path,
    data: DataConfig | None,
    progress: Report = ignore,
) -> Path:
    """Write a model folder with smaller weights; report the change in UAR, size and time.

    Parameters
    ----------
    model : a model folder, a run, or the name of a bundled model.
    weights : of the new model.
    output : its folder, new or empty.
    data : corpora to evaluate on and their split; None takes the run's own test part.
    progress : receives progress and the table of changes.

    Raises
    ------
    RunError
        No corpora are named and `model` is not a run.
    StorageError
        `output` is not empty, or cannot be written.
    """
    source = model_folder(model)
    before = Predictor.load(source, threads=1)
    clips = _load_clips(model, before, data, progress)
    make_empty(output)
    write_graph(source / GRAPH, output / GRAPH, weights)
    if (source / ENCODER_LICENCE).is_file():
        shutil.copyfile(source / ENCODER_LICENCE, output / ENCODER_LICENCE)
    runtime = OnnxRuntime(output / GRAPH, threads=1)
    after = Predictor(EmotionModel(runtime, before.specification))
    change = _compare(before, after, clips, (source / GRAPH, output / GRAPH), weights, progress)
    old = before.specification
    card = old.card.model_copy(update={"changes": (*old.card.changes, change)})
    update = {"name": f"{old.name}-{weights}", "card": card}
    write_specification(output, old.model_copy(update=update))
    return output


def write_graph(source: Path, output: Path, weights: Weights | None) -> None:
    """Write a graph with other weights, or None for the same ones."""
    if weights == "fp16":
        halve(source, output)
    elif weights == "int8":
        quantise(source, output)
    else:
        shutil.copyfile(source, output)


def _load_clips(
    model: Path | str | None, predictor: Predictor, config: DataConfig | None, progress: Report
) -> _Clips:
    run = None
    if config is None:
        run = open_run(model or "")
        config = saved_data_config(run)
    data = load_corpora(config, predictor.model.input, progress)
    split = split_corpora(data, config) if run is None else data.saved_split(run.split)
    test = known_clips(data.part(split, "test"), predictor.labels, progress)
    return _Clips(test, [data.clips[u.id] for u in evenly_spaced(test, _TIMED_CLIPS)])


def _inputs(predictor: Predictor, clips: Sequence[CachedClip]) -> list[Samples]:
    return [predictor.model.input.centre(clip.samples()) for clip in clips]


def _compare(
    before: Predictor,
    after: Predictor,
    clips: _Clips,
    graphs: tuple[Path, Path],
    weights: Weights,
    progress: Report,
) -> str:
    """Report both models side by side; return the sentence for the card of the new one."""
    scored = {"fp32": predict_clips(before, clips.test, progress)[0]}
    scored[weights] = predict_clips(after, clips.test, progress)[0]
    if len(scored[weights]) != len(scored["fp32"]):
        raise EvaluationError(
            f"{weights}: {len(scored[weights])} clips could be predicted, before {len(scored['fp32'])}"
        )
    comparison = compare(scored)
    seconds = _seconds_per_clip((before, after), _inputs(before, clips.timing))
    megabytes = [_megabytes(graph) for graph in graphs]
    same = float(np.mean(scored["fp32"].predicted == scored[weights].predicted))
    moved = np.abs(scored["fp32"].probabilities - scored[weights].probabilities).max()
    rows = [
        (score.name, percent(score["uar"].value), f"{size:.2f}", f"{1000 * time_:.1f}")
        for score, size, time_ in zip(comparison.scores, megabytes, seconds, strict=True)
    ]
    uar_change = change_text(comparison.differences[0].estimates["uar"])
    note = (
        f"UAR: {uar_change} points; {percent(same)} of {len(clips.test):,} clips keep their emotion, "
        f"probabilities change by at most {moved:.3f}. "
        "Time of the model alone, one thread, one clip at a time."
    )
    columns = ("weights", "UAR", "MB", "ms per clip")
    progress(Progress(to_text(Table("Before and after", columns, rows, notes=[note]))))
    corpora = ", ".join(sorted({u.corpus for u in clips.test}))
    return (
        f"Weights of {weights}: UAR {uar_change} points on {len(clips.test):,} clips of {corpora}, "
        f"{megabytes[1]:.2f} MB instead of {megabytes[0]:.2f}. Scores in this card are of fp32."
    )


def _megabytes(graph: Path) -> float:
    """Size of a graph, with the file of weights that a large one has beside it."""
    data = graph.with_name(GRAPH_DATA)
    return (graph.stat().st_size + (data.stat().st_size if data.exists() else 0)) / 1e6


def _seconds_per_clip(
    predictors: tuple[Predictor, Predictor], clips: Sequence[Samples]
) -> tuple[float, float]:
    """Median time of each model for one clip; the two take turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for clip in [clips[0], *clips]:
        for predictor, row in zip(predictors, times, strict=True):
            started = time.perf_counter()
            predictor.model.crop_logits([clip])
            row.append(time.perf_counter() - started)
    first, second = (float(np.median(row[1:])) for row in times)  # the first call warms up
    return first, second
