"""The segments of a recording as a table for readers."""

from __future__ import annotations

from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN
from emotion_classifier.emotions.timeline import Segment
from emotion_classifier.inference.timeline.channels import Recorded, Track
from emotion_classifier.rendering.annotations import timestamp
from emotion_classifier.rendering.tables import Table
from emotion_classifier.units import Seconds


def timeline_table(recorded: Recorded) -> Table:
    """A row for each segment, in order of start; the tone of the whole stands in the notes."""
    rows = sorted(
        (
            (segment, track.speaker)
            for track in recorded.tracks
            for segment in track.timeline.segments
        ),
        key=lambda row: row[0].start_seconds,
    )
    speakers = any(track.speaker for track in recorded.tracks)
    return Table(
        f"{recorded.file}, {_clock(recorded.duration_seconds)}",
        ("start", "end", *(["speaker"] if speakers else []), "answer", "confidence"),
        [_row(segment, [speaker] if speakers else []) for segment, speaker in rows],
        notes=[_note(track) for track in recorded.tracks],
    )


def _row(segment: Segment, speaker: list[str]) -> tuple[str, ...]:
    sure = segment.answer not in {NO_SPEECH, UNCERTAIN}
    confidence = f"{segment.confidence:.2f}" if sure else ""
    times = _clock(segment.start_seconds), _clock(segment.end_seconds)
    return (*times, *speaker, segment.answer, confidence)


def _note(track: Track) -> str:
    whole = f"the whole of {track.speaker}" if track.speaker else "the whole"
    tone = track.timeline.tone
    if tone is None:
        return f"{whole}: {NO_SPEECH}"
    ordered = sorted(tone.as_dict().items(), key=lambda pair: -pair[1])
    probabilities = ", ".join(f"{name} {value:.2f}" for name, value in ordered)
    return f"{whole}: {tone.answer} ({probabilities})"


def _clock(seconds: Seconds) -> str:
    """``HH:MM:SS.s``: the borders of segments are no finer."""
    return timestamp(round(seconds * 10) * 100)[:-2]
