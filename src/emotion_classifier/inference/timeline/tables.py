"""Tables of a recording for the terminal: an overview of its answers, and all segments."""

from __future__ import annotations

from emotion_classifier.emotions.timeline import Segment
from emotion_classifier.inference.events import SummaryEvent
from emotion_classifier.inference.timeline.analyse import ChannelTimeline, RecordingTimelines
from emotion_classifier.inference.timeline.summary import QUARTERS, quarter_shares
from emotion_classifier.inference.timeline.words import spoken_in
from emotion_classifier.rendering.annotations import timestamp
from emotion_classifier.rendering.tables import Table
from emotion_classifier.units import Seconds


def overview_tables(recording: RecordingTimelines) -> list[Table]:
    """For each channel a table with the shares of its answers, in the whole and in each quarter."""
    return [_overview(recording, channel) for channel in recording.channels]


def _overview(recording: RecordingTimelines, channel: ChannelTimeline) -> Table:
    shares = SummaryEvent.of(channel.timeline).shares or {}
    quarters = quarter_shares(channel, recording)
    ordered = sorted(shares, key=lambda name: -shares[name])
    rows = [
        (name, _percent(shares[name]), *(_percent(one[name]) if one else "" for one in quarters))
        for name in ordered
        if shares[name] > 0
    ]
    name = f", {channel.speaker}" if channel.speaker else ""
    return Table(
        f"{recording.file}{name}, {_clock_time(recording.duration_seconds)}",
        ("share of the speech", "whole", *(f"quarter {n}" for n in range(1, QUARTERS + 1))),
        rows,
        notes=[_note(channel)],
    )


def _percent(share: float) -> str:
    return f"{share:.0%}"


def segment_table(recording: RecordingTimelines) -> Table:
    """A row for each segment, in order of start, with its words where they were recognised.

    The predictions for the whole are in the notes.
    """
    rows = sorted(
        (
            (segment, channel)
            for channel in recording.channels
            for segment in channel.timeline.segments
        ),
        key=lambda row: row[0].start_seconds,
    )
    speaker = ["speaker"] if any(channel.speaker for channel in recording.channels) else []
    words = ["words"] if any(channel.phrases is not None for channel in recording.channels) else []
    columns = ("start", "end", *speaker, "answer", "confidence", *words)
    return Table(
        f"{recording.file}, {_clock_time(recording.duration_seconds)}",
        columns,
        [_row(segment, channel) for segment, channel in rows],
        left=frozenset(place for place, name in enumerate(columns) if name in {"start", "words"}),
        notes=[_note(channel) for channel in recording.channels],
    )


def _row(segment: Segment, channel: ChannelTimeline) -> tuple[str, ...]:
    confidence = f"{segment.confidence:.2f}" if segment.has_emotion else ""
    times = _clock_time(segment.start_seconds), _clock_time(segment.end_seconds)
    speaker = [channel.speaker] if channel.speaker else []
    words = [] if channel.phrases is None else [spoken_in(channel, segment)]
    return (*times, *speaker, segment.answer, confidence, *words)


def _note(channel: ChannelTimeline) -> str:
    from emotion_classifier.inference.events import SummaryEvent

    summary = SummaryEvent.of(channel.timeline)
    ordered = sorted((summary.probabilities or {}).items(), key=lambda pair: -pair[1])
    probabilities = ", ".join(f"{name} {value:.2f}" for name, value in ordered)
    whole = f"the whole of {channel.speaker}" if channel.speaker else "the whole"
    note = f"{whole}: {summary.answer}" + (f" ({probabilities})" if probabilities else "")
    return note if summary.warning is None else f"{note}; warning: {summary.warning}"


def _clock_time(seconds: Seconds) -> str:
    """``HH:MM:SS.s``, the precision of segments."""
    return timestamp(round(seconds * 10) * 100)[:-2]
