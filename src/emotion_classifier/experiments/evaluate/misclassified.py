"""Copies of misclassified clips, and a page that plays them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.io import read_audio
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.rendering import page
from emotion_classifier.rendering.page import Page, Playlist, Recording, Section
from emotion_classifier.rendering.sounds import spectrogram_png
from emotion_classifier.storage import LEFTOVERS, write_atomically

INDEX = "index.html"
_REMEDY = "Free some space and run again, or keep fewer (keep_misclassified, --misclassified)."
# Some file systems reserve other characters, and all allow 255 bytes, of which the suffix takes some.
_UNSAFE = re.compile(r"[^\w.-]+")
_NAME_BYTES = 200
_OWN = "[0-9]*_[01].[0-9][0-9]_true-*"


def write_misclassified(
    predictions: LabelledPredictions, folder: Path, limit: int, title: str
) -> Path:
    """The page beside copies of at most `limit` misclassified clips, the most confident first.

    Files of an earlier call in `folder` are replaced.

    Raises
    ------
    AudioError
        A clip cannot be read.
    StorageError
        The disk is full or cannot be written.
    """
    for left in (*folder.glob(_OWN), *folder.glob(LEFTOVERS), folder / INDEX):
        left.unlink(missing_ok=True)
    wrong = np.flatnonzero(~predictions.correct)
    kept = wrong[np.argsort(-predictions.confidence[wrong], kind="stable")][:limit]
    names = [_file_name(predictions, index, rank) for rank, index in enumerate(kept, start=1)]
    for name, index in zip(names, kept, strict=True):
        clip = Path(predictions.files[index])
        audio = read_audio(clip)
        write_atomically(folder / name, clip.read_bytes(), _REMEDY, durable=False)
        picture = spectrogram_png(audio.mono(), audio.sample_rate)
        write_atomically(folder / f"{name}.png", picture, _REMEDY, durable=False)
    html = page.to_html(_page(predictions, kept, names, len(wrong), title))
    write_atomically(folder / INDEX, html.encode("utf-8", "backslashreplace"), _REMEDY)
    return folder / INDEX


def _file_name(predictions: LabelledPredictions, index: int, rank: int) -> str:
    """``001_0.97_true-sad_predicted-calm_CLIP.flac``: unique by its rank, safe everywhere."""
    true, predicted = _emotions(predictions, index)
    confidence = f"{predictions.confidence[index]:.2f}"
    text = f"{rank:03}_{confidence}_true-{true}_predicted-{predicted}_{predictions.ids[index]}"
    stem = _UNSAFE.sub("_", text).encode()[:_NAME_BYTES].decode(errors="ignore")
    return stem + _UNSAFE.sub("_", Path(predictions.files[index]).suffix)


def _emotions(predictions: LabelledPredictions, index: int) -> tuple[str, str]:
    names = predictions.labels.names
    return names[predictions.true[index]], names[predictions.predicted[index]]


def _page(
    predictions: LabelledPredictions,
    kept: npt.NDArray[np.int64],
    names: Sequence[str],
    wrong: int,
    title: str,
) -> Page:
    subtitle = f"{wrong:,} of {len(predictions):,} clips were misclassified"
    subtitle += f"; the {len(kept):,} most confident are here." if len(kept) < wrong else "."
    recordings = list(_recordings(predictions, kept, names))
    about = (
        "The keys j and k play the next and the previous clip, space pauses. Spectrograms reach from 0 "
        "to 8 kHz. These are copies of the recordings: think of the speakers before you pass this "
        "folder on."
    )
    playlist = Playlist(recordings, ("true", "predicted"), ("confidence", "duration", "speaker"))
    sections = [Section("Misclassified clips", about, [playlist])] if recordings else []
    return Page(f"Misclassified: {title}", subtitle, (), (), sections)


def _recordings(
    predictions: LabelledPredictions, kept: npt.NDArray[np.int64], names: Sequence[str]
) -> Iterator[Recording]:
    seconds = predictions.durations_seconds
    by_duration = _ranks([seconds[index] for index in kept])
    by_speaker = _ranks([predictions.speakers[index] for index in kept])
    for position, (name, index) in enumerate(zip(names, kept, strict=True)):
        true, predicted = _emotions(predictions, index)
        predicted_text = f"{predictions.confidence[index]:.0%} {predicted}"
        true_text = f"{predictions.probabilities[index, predictions.true[index]]:.0%} {true}"
        detail = (
            f"{predicted_text}, {true_text}; {seconds[index]:.1f} s; {predictions.ids[index]}, "
            f"speaker {predictions.speakers[index]}"
        )
        yield Recording(
            name,
            f"{true} taken for {predicted}",
            detail,
            (true, predicted),
            (by_duration[position], by_speaker[position]),
            f"{name}.png",
        )


def _ranks(values: Sequence[Any]) -> list[int]:
    """The position of each value in their sorted order."""
    order = np.argsort(np.array(values), kind="stable")
    return list(map(int, np.argsort(order)))
