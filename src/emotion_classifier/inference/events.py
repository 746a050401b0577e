"""Events of live audio and of files: the lines of ``listen --output`` and ``timeline --format jsonl``, and the
messages of the service.

A line is a JSON object. ``event`` is its kind, and all lines of a kind have the same keys, whether they
come from live audio or from a file; null is a value that is not known or does not apply. Times are
seconds from the start of the recording or of the live session. Times and probabilities have six decimals,
which locate a sample at any sample rate; levels have one.

``emotion schema event`` prints the JSON Schema.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeInt

from emotion_classifier.emotions.prediction import NO_SPEECH, Prediction
from emotion_classifier.emotions.timeline import Timeline, Window
from emotion_classifier.escapes import escaped_json
from emotion_classifier.inference.event_fields import (
    BaseEvent,
    Dbfs,
    EventSeconds,
    LossPlace,
    Probabilities,
    Record,
    Share,
    SixDecimals,
    SpanEvent,
    Word,
    words_between,
)


class RecordingEvent(BaseEvent):
    """First line of a timeline: the recording that the following lines describe."""

    event: Literal["recording"] = "recording"
    file: str
    """Path as the user named it."""
    duration_seconds: EventSeconds
    emotions: tuple[str, ...]
    """Emotions of the model, in its order."""
    speakers: tuple[str, ...]
    """Speakers, one for each channel; empty where the channels were mixed."""


class WindowEvent(SpanEvent):
    """Prediction for one window."""

    event: Literal["window"] = "window"
    answer: str
    """Smoothed answer: an emotion, "uncertain" or "no speech"."""
    confidence: Share
    """Smoothed probability of the most probable emotion."""
    probabilities: Probabilities
    """Emotion → probability of this window alone."""
    smoothed: Probabilities
    """Emotion → probability, smoothed over the windows up to this one."""
    tone: Probabilities
    """Emotion → probability, mean of the last 30 s (option tone_seconds)."""
    tone_answer: str
    speech_share: Share | None
    """Share of the window with speech; null without voice activity detection."""
    level_dbfs: Dbfs
    """RMS level."""
    latency_seconds: EventSeconds | None = None
    """From the arrival of the last sample of the window to its answer; null for files."""
    audio_latency_seconds: EventSeconds | None = None
    """Audio received after the end of the window before it was processed; null for files."""
    words: tuple[Word, ...] | None = None
    """Words whose middle is in the window, in live audio those recognised so far; null without recogniser."""

    @classmethod
    def of_window(cls, window: Window, *, offset_seconds: float = 0.0, **others: Any) -> Self:
        """Event of a window, with `offset_seconds` added to its times, and its speaker or latencies."""
        return cls(
            start_seconds=window.start_seconds + offset_seconds,
            end_seconds=window.end_seconds + offset_seconds,
            answer=window.smoothed.answer,
            confidence=window.smoothed.confidence,
            probabilities=window.prediction.as_dict(),
            smoothed=window.smoothed.as_dict(),
            tone=window.tone.as_dict(),
            tone_answer=window.tone.answer,
            speech_share=window.prediction.speech_share,
            level_dbfs=window.level_dbfs,
            **others,
        )

    def with_words(self, words: Sequence[Word]) -> Self:
        """The event with those of the words, in order, whose middle is in the window."""
        inside = words_between(words, self.start_seconds, self.end_seconds)
        return self.model_copy(update={"words": inside})


class SegmentEvent(SpanEvent):
    """Neighbouring windows with the same answer; final."""

    event: Literal["segment"] = "segment"
    answer: str
    """An emotion, "uncertain" or "no speech"."""
    confidence: Share
    """Mean smoothed probability of the answer; 0 without speech."""


class SpeechStartEvent(BaseEvent):
    """Speech began; live only. A `speech` event follows when it has ended."""

    event: Literal["speech_start"] = "speech_start"
    seconds: EventSeconds


class SpeechEvent(SpanEvent):
    """Interval of speech that has ended."""

    event: Literal["speech"] = "speech"


class WordsEvent(SpanEvent):
    """Words of a phrase: a partial result, which a later one of the same phrase replaces, or final."""

    event: Literal["words"] = "words"
    phrase: int
    """Number of the phrase, of each speaker: 1, 2, 3, ..."""
    is_final: bool
    """Always true for files."""
    text: str
    words: tuple[Word, ...]
    """Empty where the recogniser found none."""


class OverrunEvent(BaseEvent):
    """Audio was lost because it arrived faster than it was processed."""

    event: Literal["overrun"] = "overrun"
    seconds: EventSeconds
    """Where the lost audio began."""
    milliseconds: Annotated[float, Field(ge=0.0, allow_inf_nan=False), SixDecimals] | None
    """Duration of the lost audio; null where the device did not report it."""
    place: LossPlace
    """Origin of the loss: the audio queue, the device, the queue of the recogniser, or the connection."""


class DeviceEvent(BaseEvent):
    """A source was opened, was lost or is available again."""

    event: Literal["device"] = "device"
    state: Literal["open", "device-lost", "device-back"]
    """First "open", then "device-lost" and "device-back" in turn."""
    name: str
    seconds: EventSeconds
    sample_rate: int | None = None
    """In hertz; null where the device is lost."""
    channels: int | None = None
    reason: str | None = None
    """Why the device is lost."""


class NoticeEvent(BaseEvent):
    """A problem of the audio, or the start of its recording."""

    event: Literal["notice"] = "notice"
    code: str
    """Stable name, for example "clipping", "too-quiet", "not-finite", "recording"."""
    message: str
    """Problem and remedy."""
    seconds: EventSeconds


class LevelEvent(BaseEvent):
    """Level of the last chunk, for meters; too frequent for files, which leave it out."""

    event: Literal["level"] = "level"
    seconds: EventSeconds
    rms_dbfs: Dbfs
    peak_dbfs: Dbfs


class SessionCounters(Record):
    """Counters of a live session: ``received_samples == processed_samples + dropped_samples``.

    Samples are counted for each channel.
    """

    received_samples: NonNegativeInt
    """Samples that the source delivered or is known to have lost."""
    processed_samples: NonNegativeInt
    dropped_samples: NonNegativeInt
    """Samples that were lost, each reported by an overrun."""
    skipped_windows: NonNegativeInt
    """Interim windows left out because processing was late."""
    overruns: NonNegativeInt
    """Number of overrun events."""
    not_finite_samples: NonNegativeInt
    """NaN, infinite or absurdly large samples of all channels, processed as zeros."""
    device_losses: NonNegativeInt
    """Number of times the device was lost."""
    latency_p95_seconds: EventSeconds | None
    """95th percentile over the last 1000 windows."""
    audio_latency_p95_seconds: EventSeconds | None


class SummaryEvent(BaseEvent):
    """The whole recording, channel or session: last event of a live session."""

    event: Literal["summary"] = "summary"
    speaker: str | None = None
    answer: str
    """Answer for the whole: an emotion, "uncertain" or "no speech"."""
    confidence: Share | None
    """Probability of the most probable emotion; null without speech."""
    probabilities: Probabilities | None
    """Emotion → probability, mean of all windows weighted by their speech; null without speech."""
    shares: Probabilities | None
    """Answer → share of the time with speech, for each emotion and "uncertain"; null without speech."""
    duration_seconds: EventSeconds
    """Duration of the processed audio."""
    speech_seconds: EventSeconds | None
    """Total duration of speech; null without voice activity detection."""
    windows: NonNegativeInt
    """Number of windows with a prediction."""
    warning: str | None = None
    """Problem of the recording, and its remedy; null without, and in live sessions, which have notices."""
    session: SessionCounters | None = None
    """Null for files."""

    @classmethod
    def of(cls, timeline: Timeline, *, speaker: str | None = None) -> Self:
        """Summary of the timeline of a file."""
        return cls(
            speaker=speaker,
            **answer_fields(timeline.tone),
            duration_seconds=timeline.duration_seconds,
            speech_seconds=timeline.speech_seconds,
            windows=len(timeline.windows),
            warning=timeline.warning,
        )


class SpeakerSummary(Record):
    """One speaker of a conversation."""

    speaker: str
    talk_seconds: EventSeconds
    """Time in which the speaker talks, alone or not, pauses of up to 0.2 s included."""
    turns: NonNegativeInt
    longest_turn_seconds: EventSeconds
    """0 without a turn."""
    interruptions_seconds: tuple[EventSeconds, ...]
    """Start times of the speaker's interruptions of the other one."""
    answer: str
    """As in the summary of the speaker."""
    confidence: Share | None
    probabilities: Probabilities | None
    shares: Probabilities | None


class ConversationEvent(BaseEvent):
    """Turn taking of two speakers.

    ``sum of talk_seconds - overlap_seconds + silence_seconds == duration_seconds``.
    """

    event: Literal["conversation"] = "conversation"
    duration_seconds: EventSeconds
    overlap_seconds: EventSeconds
    """Time in which both speak."""
    overlaps: NonNegativeInt
    """Number of times both speak."""
    silence_seconds: EventSeconds
    """Time without speech."""
    longest_silence_seconds: EventSeconds
    median_gap_seconds: EventSeconds | None
    """Median silence between speakers; null without any."""
    speakers: tuple[SpeakerSummary, SpeakerSummary]


class SessionCreatedEvent(BaseEvent):
    """First message of the service on a connection: the session that was created or resumed."""

    event: Literal["session.created"] = "session.created"
    session: str
    """Identifier of the session."""
    resume_token: str
    """Secret with which the session can be resumed after a lost connection."""
    resume_seconds: EventSeconds
    """Time after a lost connection in which it can be resumed."""
    is_resumed: bool
    received_samples: NonNegativeInt
    """Samples of each channel received so far, lost ones included: the next one has this position."""
    model: str
    emotions: tuple[str, ...]
    """Emotions of the model, in its order."""
    sample_rate: int
    """In hertz."""
    channels: int
    format: str
    """Format of the samples."""
    window_seconds: EventSeconds
    hop_seconds: EventSeconds
    recogniser: str | None
    """Recogniser of words; null without words."""
    speed: Annotated[float, Field(ge=1.0)] | None = None
    """Multiple of real time at which audio may be sent; null accepts any."""


class ErrorEvent(BaseEvent):
    """An error of the service or of a message that it received."""

    event: Literal["error"] = "error"
    code: str
    """Stable name, for example "hello", "too-fast", "busy"."""
    message: str
    """Error and remedy."""
    session_continues: bool
    retry_after_seconds: EventSeconds | None = None
    """Time after which another attempt may succeed; null where it does not matter."""


class SessionClosedEvent(BaseEvent):
    """Last message of a session of the service."""

    event: Literal["session.closed"] = "session.closed"
    reason: Literal["end", "shutdown", "error"]
    """The client ended the session, the service is stopped, or the error of the event before."""
    session: SessionCounters


TimelineEvent = (
    RecordingEvent
    | WindowEvent
    | SegmentEvent
    | SpeechEvent
    | WordsEvent
    | SummaryEvent
    | ConversationEvent
)
"""A line of the timeline of a file."""
LiveEvent = (
    WindowEvent
    | SegmentEvent
    | SpeechStartEvent
    | SpeechEvent
    | WordsEvent
    | OverrunEvent
    | DeviceEvent
    | NoticeEvent
    | LevelEvent
    | SummaryEvent
)
"""An event of a live session."""
ServiceEvent = SessionCreatedEvent | ErrorEvent | SessionClosedEvent
"""An event of a session of the service, besides those of live sessions."""
Event = Annotated[TimelineEvent | LiveEvent | ServiceEvent, Field(discriminator="event")]


def answer_fields(tone: Prediction | None) -> dict[str, Any]:
    """Fields of the answer to a whole recording; None is a recording without speech."""
    if tone is None or tone.answer == NO_SPEECH:
        return {"answer": NO_SPEECH, "confidence": None, "probabilities": None, "shares": None}
    return {
        "answer": tone.answer,
        "confidence": tone.confidence,
        "probabilities": tone.as_dict(),
        "shares": tone.shares,
    }


def to_json_line(event: TimelineEvent | LiveEvent | ServiceEvent) -> str:
    """Line of JSON Lines, with its line feed."""
    return escaped_json(json.dumps(event.model_dump(), ensure_ascii=False, allow_nan=False)) + "\n"
