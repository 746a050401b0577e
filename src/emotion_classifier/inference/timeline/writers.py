"""Timelines as files: for programs, annotation tools, players, and as a picture.

What each format holds:

- ``jsonl``, ``csv``: all there is and all windows; see `inference.timeline.records`.
- ``rttm``: one ``SPEAKER`` line for each segment in which somebody speaks. By our convention the
  field ``name`` is the answer (an emotion or ``uncertain``), so that tools for diarisation show
  emotions over time; the channel says who speaks, counted from 1; ``conf`` is the confidence.
- ``textgrid``: for each speaker the tiers ``emotion`` (segments) and ``speech``.
- ``srt``, ``vtt``: a subtitle for each segment in which somebody speaks.
- ``png``: outline, speech, smoothed probabilities and segments over time.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePath

from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN
from emotion_classifier.emotions.timeline import Segment
from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.timeline.channels import Recorded, Track
from emotion_classifier.inference.timeline.conversation import conversation_of
from emotion_classifier.inference.timeline.conversation_report import conversation_record
from emotion_classifier.inference.timeline.figure import timeline_figure
from emotion_classifier.inference.timeline.records import to_csv, to_jsonl
from emotion_classifier.rendering.annotations import (
    NamedStretch,
    Span,
    to_rttm,
    to_srt,
    to_textgrid,
    to_webvtt,
)
from emotion_classifier.rendering.figures import require_matplotlib, to_png
from emotion_classifier.storage import write_atomically

_PICTURE = "png"


def parse_formats(names: Iterable[str]) -> tuple[str, ...]:
    """The formats named, each once and in order; each of `names` may hold several between commas.

    Raises
    ------
    ConfigError
        A format is unknown.
    MissingDependencyError
        A picture is asked for, and nothing is installed that draws it.
    """
    wanted = [name.strip().lower() for text in names for name in text.split(",") if name.strip()]
    for name in wanted:
        if name not in _WRITERS:
            near = difflib.get_close_matches(name, _WRITERS, n=1)
            guess = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"unknown format {name!r}: use {', '.join(_WRITERS)}{guess}")
    if _PICTURE in wanted:
        require_matplotlib()
    return tuple(dict.fromkeys(wanted))


def write_timeline(recorded: Recorded, folder: Path, formats: Sequence[str]) -> list[Path]:
    """The paths of the files that were written into the `folder`, one for each format.

    They are named after the recording; files of the same names are replaced.

    Parameters
    ----------
    formats : from `parse_formats`.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    stem = PurePath(recorded.file).stem
    targets = []
    for name in formats:
        suffix, encode = _WRITERS[name]
        target = folder / f"{stem}{suffix}"
        remedy = "Free some space or choose another folder with --output."
        write_atomically(target, encode(recorded), remedy)
        targets.append(target)
    return targets


def _jsonl(recorded: Recorded) -> str:
    if len(recorded.tracks) != 2:
        return to_jsonl(recorded)
    return to_jsonl(recorded, conversation_record(conversation_of(*recorded.tracks)))


def _rttm(recorded: Recorded) -> str:
    stretches = (
        NamedStretch(channel, one.start_seconds, one.end_seconds, one.answer, one.confidence)
        for channel, track in enumerate(recorded.tracks, start=1)
        for one in _spoken(track)
    )
    return to_rttm(stretches, PurePath(recorded.file).stem)


def _textgrid(recorded: Recorded) -> str:
    tiers = {}
    for track in recorded.tracks:
        prefix = f"{track.speaker}: " if track.speaker else ""
        tiers[f"{prefix}emotion"] = [
            Span(one.start_seconds, one.end_seconds, one.answer) for one in track.timeline.segments
        ]
        tiers[f"{prefix}speech"] = [
            Span(one.start_seconds, one.end_seconds, "speech") for one in track.timeline.speech
        ]
    return to_textgrid(tiers, recorded.duration_seconds)


def _captions(recorded: Recorded) -> list[Span]:
    return [
        Span(one.start_seconds, one.end_seconds, _caption(track, one))
        for track in recorded.tracks
        for one in _spoken(track)
    ]


def _caption(track: Track, segment: Segment) -> str:
    speaker = f"{track.speaker}: " if track.speaker else ""
    share = "" if segment.answer == UNCERTAIN else f" {segment.confidence:.0%}"
    return f"{speaker}{segment.answer}{share}"


def _spoken(track: Track) -> Iterator[Segment]:
    return (one for one in track.timeline.segments if one.answer != NO_SPEECH)


def _utf8(write: Callable[[Recorded], str]) -> Callable[[Recorded], bytes]:
    # A file name may hold bytes that are no text; they come out as they went in.
    return lambda recorded: write(recorded).encode("utf-8", "surrogateescape")


_WRITERS: dict[str, tuple[str, Callable[[Recorded], bytes]]] = {
    "jsonl": (".jsonl", _utf8(_jsonl)),
    "csv": (".csv", _utf8(to_csv)),
    "rttm": (".rttm", _utf8(_rttm)),
    "textgrid": (".TextGrid", _utf8(_textgrid)),
    "srt": (".srt", _utf8(lambda recorded: to_srt(_captions(recorded)))),
    "vtt": (".vtt", _utf8(lambda recorded: to_webvtt(_captions(recorded)))),
    _PICTURE: (".png", lambda recorded: to_png(timeline_figure(recorded))),
}

FORMATS = tuple(_WRITERS)
"""The names of all formats."""
