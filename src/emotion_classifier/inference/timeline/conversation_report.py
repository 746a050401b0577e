"""A conversation as a table for readers and as a record for programs."""

from __future__ import annotations

from emotion_classifier.emotions.prediction import NO_SPEECH, Prediction
from emotion_classifier.inference.timeline.conversation import Conversation, SpeakerPart
from emotion_classifier.rendering.tables import Table
from emotion_classifier.units import Seconds

_DECIMALS = 3


def conversation_record(conversation: Conversation) -> dict[str, object]:
    """All figures, named as in `Conversation` and `SpeakerPart`; ``event`` is ``conversation``."""
    gap = conversation.median_gap_seconds
    return {
        "event": "conversation",
        "duration_seconds": round(conversation.duration_seconds, _DECIMALS),
        "overlap_seconds": round(conversation.overlap_seconds, _DECIMALS),
        "overlaps": conversation.overlaps,
        "silence_seconds": round(conversation.silence_seconds, _DECIMALS),
        "longest_silence_seconds": round(conversation.longest_silence_seconds, _DECIMALS),
        "median_gap_seconds": None if gap is None else round(gap, _DECIMALS),
        "speakers": [_part_record(part) for part in conversation.parts],
    }


def conversation_table(conversation: Conversation) -> Table:
    """A row for each speaker; what belongs to both stands in the notes."""
    duration = conversation.duration_seconds
    gap = conversation.median_gap_seconds
    notes = (
        f"overlaps: {conversation.overlaps}, together "
        f"{_share(conversation.overlap_seconds, duration)}",
        f"silence: {_share(conversation.silence_seconds, duration)}, "
        f"longest {conversation.longest_silence_seconds:.1f} s"
        + ("" if gap is None else f", median before the other one answers {gap:.2f} s"),
    )
    return Table(
        "Conversation",
        ("speaker", "talks", "turns", "longest turn", "interrupts", "tone"),
        [_row(part, duration) for part in conversation.parts],
        notes=notes,
    )


def _part_record(part: SpeakerPart) -> dict[str, object]:
    tone = part.tone
    return {
        "speaker": part.speaker,
        "talk_seconds": round(part.talk_seconds, _DECIMALS),
        "turns": part.turns,
        "longest_turn_seconds": round(part.longest_turn_seconds, _DECIMALS),
        "interruptions_seconds": [round(one, _DECIMALS) for one in part.interruptions_seconds],
        "tone_answer": tone.answer if tone else None,
        "tone": {n: round(p, 6) for n, p in tone.as_dict().items()} if tone else None,
    }


def _row(part: SpeakerPart, duration_seconds: Seconds) -> tuple[str, ...]:
    return (
        part.speaker,
        _share(part.talk_seconds, duration_seconds),
        str(part.turns),
        f"{part.longest_turn_seconds:.1f} s",
        str(len(part.interruptions_seconds)),
        _tone(part.tone),
    )


def _tone(tone: Prediction | None) -> str:
    if tone is None:
        return NO_SPEECH
    return f"{tone.answer} {tone.confidence:.2f}" if tone.answer == tone.emotion else tone.answer


def _share(seconds: Seconds, duration_seconds: Seconds) -> str:
    share = seconds / duration_seconds if duration_seconds else 0.0
    return f"{seconds:.1f} s ({share:.0%})"
