"""Adaptation of a model to unlabelled recordings of a channel or a speaker."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotion_classifier.errors import AudioError, storage_errors
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.inference.emotion_model import EmotionModel, Logits
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.model_folder.adaptation import Adaptation, shift_of_recordings
from emotion_classifier.model_folder.folder import check_empty, make_empty, write_specification
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.progress import Progress, Report, ignore, track
from emotion_classifier.units import Seconds

LEAST_WINDOWS = 10
"""Fewest windows with speech that a model is adapted to; see docs/adaptation.md."""

NEUTRAL = "neutral"
_SUFFIX = "-adapted"


def adapt(
    model: Path | str | None,
    recordings: Sequence[Path | AudioError],
    output: Path,
    progress: Report = ignore,
) -> Adaptation:
    """Write a copy of a model folder, adapted to unlabelled recordings; return the adaptation.

    An earlier adaptation is replaced.

    Parameters
    ----------
    model : a model folder, a run, or the name of a bundled model.
    recordings : with speech of several emotions, as found. Those that cannot be used are reported.
    output : folder of the new model, new or empty.
    progress : receives the recordings that cannot be used.

    Raises
    ------
    AudioError
        There is too little speech in all recordings together.
    StorageError
        `output` is not empty, or cannot be written.
    """
    source = model_folder(model)
    check_empty(output)
    loaded = EmotionModel.load(source).adapted(None)
    adaptation = _fit(Predictor(loaded), recordings, progress)
    make_empty(output)
    with storage_errors(output, "Choose another folder with --output."):
        for name in loaded.specification.files:
            shutil.copyfile(source / name, output / name)
    write_specification(output, _adapted(loaded.specification, adaptation))
    return adaptation


def _fit(
    predictor: Predictor, recordings: Sequence[Path | AudioError], progress: Report
) -> Adaptation:
    """The adaptation to all recordings that can be used."""
    speech: list[tuple[Logits, Seconds]] = []
    used = 0
    for recording in track(recordings, "adapting", len(recordings), progress):
        try:
            if isinstance(recording, AudioError):
                raise recording
            found = _speech(predictor, recording)
        except AudioError as error:
            progress(Progress(f"warning: not used: {error}"))
            continue
        used += bool(found)
        speech += found
    seconds = sum(seconds for _, seconds in speech)
    if len(speech) < LEAST_WINDOWS:
        raise AudioError(
            None,
            "too-short",
            f"the recordings have {len(speech)} windows with speech ({seconds:.1f} s of speech), and "
            f"a model is adapted to at least {LEAST_WINDOWS}, from clips or long recordings: add "
            "speech with several emotions from the same microphone",
        )
    labels = predictor.labels
    neutral = labels.index(NEUTRAL) if NEUTRAL in labels else None
    shift = shift_of_recordings(np.stack([logits for logits, _ in speech]), neutral)
    return Adaptation(
        shift=tuple(shift.tolist()),
        recordings=used,
        windows=len(speech),
        speech_seconds=round(seconds, 1),
    )


def _speech(predictor: Predictor, recording: Path) -> list[tuple[Logits, Seconds]]:
    """Logits (emotion,) of each window with speech, without overlap, and the speech in it."""
    config: StreamConfig = predictor.config
    config = config.model_copy(update={"hop_seconds": config.window_seconds})
    apart = Predictor(predictor.model, config, maximum_seconds=predictor.maximum_seconds)
    found: list[tuple[Logits, Seconds]] = []
    for window in apart.spoken_windows(recording):
        share = 1.0 if window.speech_share is None else window.speech_share
        seconds = share * (window.end_seconds - window.start_seconds)
        found += [(logits, seconds) for logits in apart.model.window_logits([window.samples])]
    return found


def _adapted(specification: ModelSpecification, adaptation: Adaptation) -> ModelSpecification:
    """The specification of the adapted model."""
    name = f"{specification.name.removesuffix(_SUFFIX)}{_SUFFIX}"
    return specification.model_copy(update={"name": name, "adaptation": adaptation})
