"""The clips that a model got wrong, copied, with a page that plays them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.io import stat_audio
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.rendering import page
from emotion_classifier.rendering.page import Page, Playlist, Recording, Section
from emotion_classifier.storage import LEFTOVERS, write_atomically

INDEX = "index.html"
_REMEDY = "Free some space and run again, or keep fewer (keep_misclassified, --misclassified)."
# Other letters mean something to one file system or another. With its end and the longest suffix a
# name stays below the 255 bytes that all of them allow.
_UNSAFE = re.compile(r"[^\w.-]+")
_NAME_BYTES = 200
_OWN = "[0-9]*_[01].[0-9][0-9]_true-*"


def write_misclassified(scored: LabelledPredictions, folder: Path, limit: int, title: str) -> Path:
    """The page, beside copies of at most `limit` misclassified clips, the most confident first.

    What an earlier call has left in `folder` is replaced.

    Raises
    ------
    AudioError
        A clip cannot be read any more.
    StorageError
        The disk is full or cannot be written.
    """
    for left in (*folder.glob(_OWN), *folder.glob(LEFTOVERS), folder / INDEX):
        left.unlink(missing_ok=True)
    wrong = np.flatnonzero(~scored.correct)
    kept = wrong[np.argsort(-scored.confidence[wrong], kind="stable")][:limit]
    names = [_file_name(scored, place, rank) for rank, place in enumerate(kept, start=1)]
    for name, place in zip(names, kept, strict=True):
        clip = Path(scored.files[place])
        stat_audio(clip)
        write_atomically(folder / name, clip.read_bytes(), _REMEDY)
    html = page.to_html(_page(scored, kept, names, len(wrong), title))
    write_atomically(folder / INDEX, html.encode("utf-8", "backslashreplace"), _REMEDY)
    return folder / INDEX


def _file_name(scored: LabelledPredictions, place: int, rank: int) -> str:
    """``001_0.97_true-sad_predicted-calm_CLIP.flac``: unique by its rank, safe everywhere."""
    true, predicted = (scored.labels.names[of[place]] for of in (scored.true, scored.predicted))
    confidence = f"{scored.confidence[place]:.2f}"
    said = f"{rank:03}_{confidence}_true-{true}_predicted-{predicted}_{scored.ids[place]}"
    stem = _UNSAFE.sub("_", said).encode()[:_NAME_BYTES].decode(errors="ignore")
    return stem + _UNSAFE.sub("_", Path(scored.files[place]).suffix)


def _page(
    scored: LabelledPredictions,
    kept: npt.NDArray[np.int64],
    names: Sequence[str],
    wrong: int,
    title: str,
) -> Page:
    subtitle = f"{wrong:,} of {len(scored):,} clips were misclassified"
    subtitle += f"; the {len(kept):,} most confident are here." if len(kept) < wrong else "."
    recordings = list(_recordings(scored, kept, names))
    about = (
        "The most confident first. These are copies of the recordings: think of the speakers before "
        "you pass this folder on."
    )
    playlist = Playlist(recordings, ("true", "predicted"))
    sections = [Section("Wrong answers", about, [playlist])] if recordings else []
    return Page(f"Misclassified: {title}", subtitle, (), (), sections)


def _recordings(
    scored: LabelledPredictions, kept: npt.NDArray[np.int64], names: Sequence[str]
) -> Iterator[Recording]:
    for name, place in zip(names, kept, strict=True):
        true, predicted = (scored.labels.names[of[place]] for of in (scored.true, scored.predicted))
        sure = f"{scored.confidence[place]:.0%} {predicted}"
        rest = f"{scored.probabilities[place, scored.true[place]]:.0%} {true}"
        detail = f"{sure}, {rest}; {scored.ids[place]}, speaker {scored.speakers[place]}"
        yield Recording(name, f"{true} taken for {predicted}", detail, (true, predicted))
