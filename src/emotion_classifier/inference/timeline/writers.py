"""Timelines as files and as a table.

`TIMELINE_FORMATS` is the registry of file formats:

- ``jsonl``: all events, see `inference.events`;
- ``csv``: a row for each window;
- ``rttm``: one ``SPEAKER`` line for each segment with speech. By our convention the field ``name`` is the
  answer (an emotion or ``uncertain``), so that diarisation tools show emotions over time; the channel
  is that of the speaker, counted from 1; ``conf`` is the confidence;
- ``textgrid``: for each speaker the tiers ``emotion`` (segments) and ``speech``;
- ``srt``, ``vtt``: a subtitle for each segment with speech;
- ``png``: waveform, speech, smoothed probabilities and segments over time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from emotion_classifier.errors import ConfigError
from emotion_classifier.rendering.annotations import (
    NamedSpan,
    Span,
    timestamp,
    to_rttm,
    to_srt,
    to_textgrid,
    to_webvtt,
)
from emotion_classifier.rendering.tables import Table
from emotion_classifier.storage import write_atomically

# Modules that need NumPy are imported in functions: the command line reads the registry for its help.
if TYPE_CHECKING:
    from emotion_classifier.emotions.timeline import Segment, Window
    from emotion_classifier.inference.events import TimelineEvent
    from emotion_classifier.inference.timeline.analyse import ChannelTimeline, RecordingTimelines
    from emotion_classifier.units import Seconds


def timeline_events(recording: RecordingTimelines) -> Iterator[TimelineEvent]:
    """Events of a recording: for each channel its windows, segments, speech and summary."""
    from emotion_classifier.inference import events
    from emotion_classifier.inference.timeline.conversation import conversation_of

    yield events.RecordingEvent(
        file=recording.file,
        duration_seconds=recording.duration_seconds,
        emotions=tuple(recording.labels),
        speakers=tuple(one.speaker for one in recording.channels if one.speaker is not None),
    )
    for channel in recording.channels:
        timeline, speaker = channel.timeline, channel.speaker
        yield from (
            events.WindowEvent.of_window(window, speaker=speaker) for window in timeline.windows
        )
        yield from (
            events.SegmentEvent.of(segment, speaker=speaker) for segment in timeline.segments
        )
        yield from (
            events.SpeechEvent.of(interval, speaker=speaker) for interval in timeline.speech
        )
        yield events.SummaryEvent.of(timeline, speaker=speaker)
    if len(recording.channels) == 2:
        yield conversation_of(*recording.channels)


def timeline_table(recording: RecordingTimelines) -> Table:
    """A row for each segment, in order of start; the predictions for the whole are in the notes."""
    rows = sorted(
        (
            (segment, channel.speaker)
            for channel in recording.channels
            for segment in channel.timeline.segments
        ),
        key=lambda row: row[0].start_seconds,
    )
    has_speakers = any(channel.speaker for channel in recording.channels)
    return Table(
        f"{recording.file}, {_clock_time(recording.duration_seconds)}",
        ("start", "end", *(["speaker"] if has_speakers else []), "answer", "confidence"),
        [_row(segment, [speaker] if speaker else []) for segment, speaker in rows],
        notes=[_note(channel) for channel in recording.channels],
    )


def _row(segment: Segment, speaker: list[str]) -> tuple[str, ...]:
    confidence = f"{segment.confidence:.2f}" if segment.has_emotion else ""
    times = _clock_time(segment.start_seconds), _clock_time(segment.end_seconds)
    return (*times, *speaker, segment.answer, confidence)


def _note(channel: ChannelTimeline) -> str:
    from emotion_classifier.inference.events import SummaryEvent

    summary = SummaryEvent.of(channel.timeline)
    ordered = sorted((summary.probabilities or {}).items(), key=lambda pair: -pair[1])
    probabilities = ", ".join(f"{name} {value:.2f}" for name, value in ordered)
    whole = f"the whole of {channel.speaker}" if channel.speaker else "the whole"
    return f"{whole}: {summary.answer}" + (f" ({probabilities})" if probabilities else "")


def _clock_time(seconds: Seconds) -> str:
    """``HH:MM:SS.s``, the precision of segments."""
    return timestamp(round(seconds * 10) * 100)[:-2]


def _jsonl(recording: RecordingTimelines) -> str:
    from emotion_classifier.inference.events import to_json_line

    return "".join(map(to_json_line, timeline_events(recording)))


def _csv(recording: RecordingTimelines) -> str:
    """A header and a row for each window.

    ``p_EMOTION`` are the probabilities of the window alone, ``smoothed_p_EMOTION`` those after
    smoothing; the other columns are named as in JSON Lines.
    """
    columns = [
        *("file", "speaker", "start_seconds", "end_seconds", "answer", "confidence"),
        *(f"p_{name}" for name in recording.labels),
        *(f"smoothed_p_{name}" for name in recording.labels),
        *("tone_answer", "speech_share", "level_dbfs"),
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for channel in recording.channels:
        for window in channel.timeline.windows:
            row = {"file": recording.file, "speaker": channel.speaker or ""}
            writer.writerow(row | _cells(window))
    return text.getvalue()


def _cells(window: Window) -> dict[str, str]:
    cells = {
        "start_seconds": f"{window.start_seconds:.3f}",
        "end_seconds": f"{window.end_seconds:.3f}",
        "answer": window.smoothed.answer,
        "confidence": f"{window.smoothed.confidence:.6f}",
        "tone_answer": window.tone.answer,
        "level_dbfs": f"{window.level_dbfs:.1f}",
    }
    for prefix, prediction in (("p_", window.prediction), ("smoothed_p_", window.smoothed)):
        cells |= {prefix + name: f"{value:.6f}" for name, value in prediction.as_dict().items()}
    share = window.prediction.speech_share
    return cells | {"speech_share": "" if share is None else f"{share:.3f}"}


def _rttm(recording: RecordingTimelines) -> str:
    stretches = (
        NamedSpan(number, one.start_seconds, one.end_seconds, one.answer, one.confidence)
        for number, channel in enumerate(recording.channels, start=1)
        for one in _spoken(channel)
    )
    return to_rttm(stretches, PurePath(recording.file).stem)


def _textgrid(recording: RecordingTimelines) -> str:
    tiers = {}
    for channel in recording.channels:
        prefix = f"{channel.speaker}: " if channel.speaker else ""
        timeline = channel.timeline
        tiers[f"{prefix}emotion"] = [
            Span(one.start_seconds, one.end_seconds, one.answer) for one in timeline.segments
        ]
        tiers[f"{prefix}speech"] = [
            Span(one.start_seconds, one.end_seconds, "speech") for one in timeline.speech
        ]
    return to_textgrid(tiers, recording.duration_seconds)


def _subtitles(recording: RecordingTimelines) -> list[Span]:
    spans = []
    for channel in recording.channels:
        speaker = f"{channel.speaker}: " if channel.speaker else ""
        for one in _spoken(channel):
            confidence = f" {one.confidence:.0%}" if one.has_emotion else ""
            caption = f"{speaker}{one.answer}{confidence}"
            spans.append(Span(one.start_seconds, one.end_seconds, caption))
    return spans


def _spoken(channel: ChannelTimeline) -> Iterator[Segment]:
    return (segment for segment in channel.timeline.segments if segment.has_speech)


def _png(recording: RecordingTimelines) -> bytes:
    from emotion_classifier.inference.timeline.figure import timeline_figure
    from emotion_classifier.rendering.figures import to_png

    return to_png(timeline_figure(recording))


def _check_matplotlib() -> None:
    from emotion_classifier.rendering.figures import require_matplotlib

    require_matplotlib()


class TimelineFormat(NamedTuple):
    """File format of a timeline.

    Parameters
    ----------
    suffix : of the file.
    encode : content of the file; text is written as UTF-8.
    check : raises a `MissingDependencyError` if the library of the format is not installed.
    """

    suffix: str
    encode: Callable[[RecordingTimelines], str | bytes]
    check: Callable[[], object] = lambda: None


TIMELINE_FORMATS: dict[str, TimelineFormat] = {
    "jsonl": TimelineFormat(".jsonl", _jsonl),
    "csv": TimelineFormat(".csv", _csv),
    "rttm": TimelineFormat(".rttm", _rttm),
    "textgrid": TimelineFormat(".TextGrid", _textgrid),
    "srt": TimelineFormat(".srt", lambda recording: to_srt(_subtitles(recording))),
    "vtt": TimelineFormat(".vtt", lambda recording: to_webvtt(_subtitles(recording))),
    "png": TimelineFormat(".png", _png, _check_matplotlib),
}
"""Name → format. The command line takes its choices and its help from here."""


def parse_formats(names: Iterable[str]) -> tuple[str, ...]:
    """Names of formats, each once and in order; each of `names` may hold several between commas.

    Raises
    ------
    ConfigError
        A format is unknown.
    MissingDependencyError
        The library of a format is not installed.
    """
    wanted = [name.strip().lower() for text in names for name in text.split(",") if name.strip()]
    for name in wanted:
        if name not in TIMELINE_FORMATS:
            import difflib

            near = difflib.get_close_matches(name, TIMELINE_FORMATS, n=1)
            guess = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"unknown format {name!r}: use {', '.join(TIMELINE_FORMATS)}{guess}")
        TIMELINE_FORMATS[name].check()
    return tuple(dict.fromkeys(wanted))


def write_timeline(
    recording: RecordingTimelines, folder: Path, formats: Sequence[str]
) -> list[Path]:
    """Write a file in each format and return the paths.

    The files are named after the recording; existing files of these names are replaced.

    Parameters
    ----------
    folder : created if it is missing.
    formats : from `parse_formats`.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    paths = []
    for name in formats:
        suffix, encode, _ = TIMELINE_FORMATS[name]
        content = encode(recording)
        if isinstance(content, str):
            # A file name may hold bytes that are no text; they are written unchanged.
            content = content.encode("utf-8", "surrogateescape")
        path = folder / f"{PurePath(recording.file).stem}{suffix}"
        remedy = "Free some space or choose another folder with --output."
        write_atomically(path, content, remedy)
        paths.append(path)
    return paths
