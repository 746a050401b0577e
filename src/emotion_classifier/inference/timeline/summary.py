"""A row for a recording and a row for each of its segments, for tables of many recordings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from emotion_classifier.emotions import LabelSet
from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN
from emotion_classifier.emotions.timeline import Segment
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.events import SummaryEvent
from emotion_classifier.inference.files.formats import printable
from emotion_classifier.inference.files.row_layout import Column, RowLayout
from emotion_classifier.inference.timeline.analyse import ChannelTimeline, RecordingTimelines
from emotion_classifier.inference.timeline.conversation import conversation_of
from emotion_classifier.inference.timeline.words import spoken_in
from emotion_classifier.units import Seconds

QUARTERS = 4
"""Equal parts of a recording in which the answers are counted, to show a trend."""
_CHANNELS = 2


class SegmentRow(NamedTuple):
    """A segment with speech of a channel of a recording."""

    file: str
    speaker: str | None
    segment: Segment
    words: str


@dataclass(frozen=True)
class RecordingSummary:
    """The row of a recording, or the error of one that cannot be used.

    Parameters
    ----------
    file : path as given or found.
    record : the fields of the row; of a failure ``file``, ``code`` and ``error``.
    """

    file: str
    record: Mapping[str, Any]

    @classmethod
    def of(cls, recording: RecordingTimelines) -> RecordingSummary:
        """The row of a recording."""
        record: dict[str, Any] = {
            "file": recording.file,
            "duration_seconds": round(recording.duration_seconds, 6),
        }
        if len(recording.channels) == _CHANNELS:
            record |= _conversation(recording)
        else:
            (channel,) = recording.channels
            record |= _whole(channel) | _trend(channel, recording)
        return cls(recording.file, record)

    @classmethod
    def of_error(cls, file: Path, error: AudioError) -> RecordingSummary:
        """The row of a recording that cannot be used."""
        return cls(str(file), {"file": str(file), "code": error.code, "error": error.reason})

    @property
    def failed(self) -> bool:
        """Whether the recording cannot be used."""
        return "error" in self.record


def segment_rows(recording: RecordingTimelines) -> Iterator[SegmentRow]:
    """The segments with speech of a recording, channel by channel."""
    for channel in recording.channels:
        for segment in channel.timeline.segments:
            if segment.has_speech:
                words = spoken_in(channel, segment)
                yield SegmentRow(recording.file, channel.speaker, segment, words)


def summary_layout(labels: LabelSet, *, split: bool) -> RowLayout[RecordingSummary]:
    """Layout of the rows of recordings.

    Parameters
    ----------
    split : whether the channels are those of two speakers, each with its own columns.
    """
    answers = (*labels, UNCERTAIN)
    whole = [Column("answer"), Column("confidence", 6), Column("speech_seconds", 3)]
    shares = [Column(f"share_{name}", 6) for name in answers]
    trend = [Column(f"quarter_{number}_answer") for number in range(1, QUARTERS + 1)]
    trend += [
        Column(f"quarter_{number}_{share.name}", 6)
        for number in range(1, QUARTERS + 1)
        for share in shares
    ]
    probabilities = [Column(f"p_{name}", 6) for name in labels]
    columns = [Column("file"), Column("duration_seconds", 3)]
    if split:
        speaker = [Column("talk_seconds", 3), Column("turns"), Column("longest_turn_seconds", 3)]
        speaker += [Column("interruptions")]
        each = [Column("speaker"), *whole[:2], *speaker, *shares, *trend, *probabilities]
        columns += [Column(name, 3) for name in ("overlap_seconds", "silence_seconds")]
        columns += [Column("median_gap_seconds", 3)]
        columns += [
            Column(f"channel_{number}_{name}", decimals)
            for number in range(1, _CHANNELS + 1)
            for name, decimals in each
        ]
    else:
        columns += [*whole, *shares, *trend, *probabilities, Column("warning")]
    columns += [Column("code"), Column("error")]
    head = _text("answer", "duration", "speech", "most of the speech", "quarters", "file")
    return RowLayout(tuple(columns), lambda row: row.record, _line, head)


def segment_layout() -> RowLayout[SegmentRow]:
    """Layout of the rows of segments."""
    columns = (
        *(Column("file"), Column("speaker")),
        *(Column("start_seconds", 3), Column("end_seconds", 3)),
        *(Column("answer"), Column("confidence", 6), Column("words")),
    )
    head = _segment_text("start", "end", "answer", "confidence", "speaker", "file")
    return RowLayout(columns, _segment_record, _segment_line, head)


def _shares_between(
    segments: Sequence[Segment], labels: LabelSet, start: Seconds, end: Seconds
) -> dict[str, float] | None:
    """Answer → share of the speech between two times; None without speech."""
    seconds = dict.fromkeys((*labels, UNCERTAIN), 0.0)
    for segment in segments:
        if segment.has_speech:
            inside = min(end, segment.end_seconds) - max(start, segment.start_seconds)
            seconds[segment.answer] += max(0.0, inside)
    total = sum(seconds.values())
    return {name: round(one / total, 6) for name, one in seconds.items()} if total else None


def _whole(channel: ChannelTimeline) -> dict[str, Any]:
    summary = SummaryEvent.of(channel.timeline)
    names = ("answer", "confidence", "speech_seconds", "probabilities", "shares", "warning")
    return {name: getattr(summary, name) for name in names}


def quarter_shares(
    channel: ChannelTimeline, recording: RecordingTimelines
) -> list[dict[str, float] | None]:
    """Answer → share of the speech in each quarter of the recording; None without speech."""
    length = recording.duration_seconds / QUARTERS
    segments, labels = channel.timeline.segments, recording.labels
    return [
        _shares_between(segments, labels, number * length, (number + 1) * length)
        for number in range(QUARTERS)
    ]


def _trend(channel: ChannelTimeline, recording: RecordingTimelines) -> dict[str, Any]:
    """Answer with most of the speech, and shares of all, in each quarter of the recording."""
    quarters = [
        {"answer": max(shares, key=shares.__getitem__) if shares else NO_SPEECH, "shares": shares}
        for shares in quarter_shares(channel, recording)
    ]
    return {"quarters": quarters}


def _conversation(recording: RecordingTimelines) -> dict[str, Any]:
    first, second = recording.channels
    conversation = conversation_of(first, second)
    names = ("overlap_seconds", "silence_seconds", "median_gap_seconds")
    channels = [
        {
            "speaker": speaker.speaker,
            "answer": speaker.answer,
            "confidence": speaker.confidence,
            "talk_seconds": speaker.talk_seconds,
            "turns": speaker.turns,
            "longest_turn_seconds": speaker.longest_turn_seconds,
            "interruptions": len(speaker.interruptions_seconds),
            "probabilities": speaker.probabilities,
            "shares": speaker.shares,
            **_trend(channel, recording),
        }
        for channel, speaker in zip(recording.channels, conversation.speakers, strict=True)
    ]
    return {name: getattr(conversation, name) for name in names} | {"channels": channels}


def _line(row: RecordingSummary) -> str:
    record = row.record
    if row.failed:
        return f"{'failed':<10} {printable(row.file)}: {record['code']}: {record['error']}"
    return "\n".join(
        _channel_line(row.file, record["duration_seconds"], channel)
        for channel in record.get("channels", [record])
    )


def _channel_line(file: str, duration_seconds: Seconds, channel: Mapping[str, Any]) -> str:
    speech = channel.get("talk_seconds", channel.get("speech_seconds"))
    ordered = sorted((channel["shares"] or {}).items(), key=lambda pair: -pair[1])
    most = ", ".join(f"{name} {share:.0%}" for name, share in ordered[:3] if share > 0)
    quarters = " > ".join(quarter["answer"] for quarter in channel["quarters"])
    name = f"{file}, {channel['speaker']}" if channel.get("speaker") else file
    name += f" (warning: {channel['warning']})" if channel.get("warning") else ""
    return _text(
        channel["answer"],
        f"{duration_seconds:.1f} s",
        "" if speech is None else f"{speech:.1f} s",
        most,
        quarters,
        printable(name),
    )


def _text(answer: str, duration: str, speech: str, most: str, quarters: str, file: str) -> str:
    return f"{answer:<10} {duration:>9} {speech:>9}  {most:<42}  {quarters:<46}  {file}"


def _segment_record(row: SegmentRow) -> dict[str, Any]:
    segment = row.segment
    return {
        "file": row.file,
        "speaker": row.speaker,
        "start_seconds": round(segment.start_seconds, 6),
        "end_seconds": round(segment.end_seconds, 6),
        "answer": segment.answer,
        "confidence": round(segment.confidence, 6),
        "words": row.words,
    }


def _segment_line(row: SegmentRow) -> str:
    segment = row.segment
    return _segment_text(
        f"{segment.start_seconds:.1f}",
        f"{segment.end_seconds:.1f}",
        segment.answer,
        f"{segment.confidence:.2f}",
        row.speaker or "",
        printable(row.file),
    )


def _segment_text(
    start: str, end: str, answer: str, confidence: str, speaker: str, file: str
) -> str:
    return f"{start:>9} {end:>9}  {answer:<10} {confidence:>10}  {speaker:<10}  {file}"
