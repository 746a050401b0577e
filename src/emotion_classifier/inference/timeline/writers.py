"""Timelines as files and as a table.

`TIMELINE_FORMATS` is the registry of file formats:

- ``jsonl``: all events, see `inference.events`;
- ``csv``: a row for each window;
- ``xlsx``: a workbook with sheets of the recording, its segments and its windows;
- ``rttm``: one ``SPEAKER`` line for each segment with speech. By our convention the field ``name`` is the
  answer (an emotion or ``uncertain``), so that diarisation tools show emotions over time; the channel
  is that of the speaker, counted from 1; ``conf`` is the confidence;
- ``textgrid``: for each speaker the tiers ``emotion`` (segments) and ``speech``;
- ``srt``, ``vtt``: a subtitle for each segment with speech;
- ``png``, ``svg``: waveform, speech, smoothed probabilities and segments over time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from emotion_classifier.rendering.annotations import (
    NamedSpan,
    Span,
    to_rttm,
    to_srt,
    to_textgrid,
    to_webvtt,
)
from emotion_classifier.storage import write_atomically

# Modules that need NumPy are imported in functions: the command line reads the registry for its help.
if TYPE_CHECKING:
    from emotion_classifier.emotions.timeline import Segment, Window
    from emotion_classifier.inference.events import TimelineEvent
    from emotion_classifier.inference.files.formats import CsvOptions
    from emotion_classifier.inference.files.row_layout import RowLayout
    from emotion_classifier.inference.timeline.analyse import ChannelTimeline, RecordingTimelines


def timeline_events(recording: RecordingTimelines) -> Iterator[TimelineEvent]:
    """Events of a recording: for each channel its windows, segments, speech, words and summary."""
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
        for window in timeline.windows:
            event = events.WindowEvent.of_window(window, speaker=speaker)
            yield event if channel.phrases is None else event.with_words(channel.words)
        yield from (
            events.SegmentEvent.of(segment, speaker=speaker) for segment in timeline.segments
        )
        yield from (
            events.SpeechEvent.of(interval, speaker=speaker) for interval in timeline.speech
        )
        yield from channel.phrases or ()
        yield events.SummaryEvent.of(timeline, speaker=speaker)
    if len(recording.channels) == 2:
        yield conversation_of(*recording.channels)


def _jsonl(recording: RecordingTimelines) -> str:
    from emotion_classifier.inference.events import to_json_line

    return "".join(map(to_json_line, timeline_events(recording)))


class _WindowRow(NamedTuple):
    """A window of a channel of a recording."""

    file: str
    speaker: str | None
    window: Window
    words: str


def _window_layout(recording: RecordingTimelines) -> RowLayout[_WindowRow]:
    """Layout of the rows of windows.

    ``p_EMOTION`` are the probabilities of the window alone, ``smoothed_p_EMOTION`` those after
    smoothing; the other columns are named as in JSON Lines.
    """
    from emotion_classifier.inference.files.row_layout import Column, RowLayout

    columns = (
        *(Column("file"), Column("speaker")),
        *(Column("start_seconds", 3), Column("end_seconds", 3)),
        *(Column("answer"), Column("confidence", 6)),
        *(Column(f"p_{name}", 6) for name in recording.labels),
        *(Column(f"smoothed_p_{name}", 6) for name in recording.labels),
        *(Column("tone_answer"), Column("speech_share", 3), Column("level_dbfs", 1)),
        Column("words"),
    )
    return RowLayout(columns, _window_record, line=str, head="")


def _window_record(row: _WindowRow) -> dict[str, object]:
    window = row.window
    return {
        "file": row.file,
        "speaker": row.speaker or "",
        "start_seconds": window.start_seconds,
        "end_seconds": window.end_seconds,
        "answer": window.smoothed.answer,
        "confidence": window.smoothed.confidence,
        **{f"p_{name}": value for name, value in window.prediction.as_dict().items()},
        **{f"smoothed_p_{name}": value for name, value in window.smoothed.as_dict().items()},
        "tone_answer": window.tone.answer,
        "speech_share": window.prediction.speech_share,
        "level_dbfs": window.level_dbfs,
        "words": row.words,
    }


def _window_rows(recording: RecordingTimelines) -> Iterator[_WindowRow]:
    from emotion_classifier.inference.timeline.words import spoken_in

    for channel in recording.channels:
        for window in channel.timeline.windows:
            words = spoken_in(channel, window)
            yield _WindowRow(recording.file, channel.speaker, window, words)


def _csv(recording: RecordingTimelines, options: CsvOptions) -> str:
    """A header and a row for each window."""
    from emotion_classifier.inference.files.formats import to_csv

    return to_csv(_window_layout(recording), _window_rows(recording), options)


def _xlsx(recording: RecordingTimelines) -> bytes:
    """Sheets of the recording, its segments and its windows."""
    from emotion_classifier.inference.files.workbook import Workbook
    from emotion_classifier.inference.timeline.summary import (
        RecordingSummary,
        segment_layout,
        segment_rows,
        summary_layout,
    )

    book = Workbook()
    layout = summary_layout(recording.labels, split=len(recording.channels) > 1)
    book.add_sheet("recording", layout, [RecordingSummary.of(recording)])
    book.add_sheet("segments", segment_layout(), segment_rows(recording))
    book.add_sheet("windows", _window_layout(recording), _window_rows(recording))
    return book.to_bytes()


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
    from emotion_classifier.inference.timeline.words import spoken_in

    spans = []
    for channel in recording.channels:
        speaker = f"{channel.speaker}: " if channel.speaker else ""
        for one in _spoken(channel):
            confidence = f" {one.confidence:.0%}" if one.has_emotion else ""
            words = spoken_in(channel, one)
            caption = f"{speaker}{one.answer}{confidence}{f': {words}' if words else ''}"
            spans.append(Span(one.start_seconds, one.end_seconds, caption))
    return spans


def _spoken(channel: ChannelTimeline) -> Iterator[Segment]:
    return (segment for segment in channel.timeline.segments if segment.has_speech)


def _png(recording: RecordingTimelines) -> bytes:
    from emotion_classifier.inference.timeline.figure import timeline_figure
    from emotion_classifier.rendering.figures import to_png

    return to_png(timeline_figure(recording))


def _svg(recording: RecordingTimelines) -> str:
    from emotion_classifier.inference.timeline.figure import timeline_figure
    from emotion_classifier.rendering.figures import to_svg_document

    return to_svg_document(timeline_figure(recording), f"timeline of {recording.file}")


def _check_matplotlib() -> None:
    from emotion_classifier.rendering.figures import require_matplotlib

    require_matplotlib()


def _check_xlsxwriter() -> None:
    from emotion_classifier.inference.files.workbook import require_xlsxwriter

    require_xlsxwriter()


class TimelineFormat(NamedTuple):
    """File format of a timeline.

    Parameters
    ----------
    suffix : of the file.
    encode : content of the file; text is written as UTF-8.
    check : raises a `MissingDependencyError` if the library of the format is not installed.
    is_text : whether a terminal can show it.
    """

    suffix: str
    encode: Callable[[RecordingTimelines, CsvOptions], str | bytes]
    check: Callable[[], object] = lambda: None
    is_text: bool = True


TIMELINE_FORMATS: dict[str, TimelineFormat] = {
    "jsonl": TimelineFormat(".jsonl", lambda recording, _: _jsonl(recording)),
    "csv": TimelineFormat(".csv", _csv),
    "xlsx": TimelineFormat(
        ".xlsx", lambda recording, _: _xlsx(recording), _check_xlsxwriter, is_text=False
    ),
    "rttm": TimelineFormat(".rttm", lambda recording, _: _rttm(recording)),
    "textgrid": TimelineFormat(".TextGrid", lambda recording, _: _textgrid(recording)),
    "srt": TimelineFormat(".srt", lambda recording, _: to_srt(_subtitles(recording))),
    "vtt": TimelineFormat(".vtt", lambda recording, _: to_webvtt(_subtitles(recording))),
    "png": TimelineFormat(
        ".png", lambda recording, _: _png(recording), _check_matplotlib, is_text=False
    ),
    "svg": TimelineFormat(".svg", lambda recording, _: _svg(recording), _check_matplotlib),
}
"""Name → format. The command line takes its choices and its help from here."""
SUFFIXES = {form.suffix.lower(): name for name, form in TIMELINE_FORMATS.items()}
"""Suffix of a file in lower case → format."""


def encode_timeline(recording: RecordingTimelines, name: str, options: CsvOptions) -> bytes:
    """Content of a file in a format of `TIMELINE_FORMATS`."""
    content = TIMELINE_FORMATS[name].encode(recording, options)
    # A file name may hold bytes that are no text; they are written unchanged.
    return content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content


def write_timeline(
    recording: RecordingTimelines, path: Path, name: str, options: CsvOptions
) -> None:
    """Write a file in a format of `TIMELINE_FORMATS`; an existing one is replaced.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    content = encode_timeline(recording, name, options)
    write_atomically(path, content, "Free some space or choose another folder with --output.")
