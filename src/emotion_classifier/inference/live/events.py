"""What listening tells, one frozen value for each kind.

``as_dict()`` of each is ready for JSON: its first key, ``event``, is the kind, times are seconds of
audio since listening began, and numbers are finite. A line of ``--output`` is one of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar, Literal

from emotion_classifier.emotions.prediction import Prediction
from emotion_classifier.emotions.timeline import Segment, Window
from emotion_classifier.inference.asr.phrases import Phrase
from emotion_classifier.units import Decibels, Hertz, Seconds

_TIME_DECIMALS = 3
_PROBABILITY_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class WindowEvent:
    """One window was answered.

    Parameters
    ----------
    window : with its times since listening began.
    latency_seconds : computation-aware: from the arrival of the window's last sample to this event.
    audio_latency_seconds : computation-unaware, the clock stops while anything is computed: how much
        audio behind the window's end was fed before it was answered.
    """

    kind: ClassVar = "window"
    window: Window
    latency_seconds: Seconds
    audio_latency_seconds: Seconds

    def as_dict(self) -> dict[str, object]:
        """Times, the smoothed answer, and the probabilities of the window, smoothed and of the tone."""
        window = self.window
        return {
            "event": self.kind,
            "start_seconds": round(window.start_seconds, _PROBABILITY_DECIMALS),
            "end_seconds": round(window.end_seconds, _PROBABILITY_DECIMALS),
            "answer": window.smoothed.answer,
            "confidence": round(window.smoothed.confidence, _PROBABILITY_DECIMALS),
            "probabilities": _rounded(window.prediction),
            "smoothed": _rounded(window.smoothed),
            "tone": _rounded(window.tone),
            "tone_answer": window.tone.answer,
            "speech_share": _share(window.prediction),
            "level_dbfs": round(window.level_dbfs, 1),
            "latency_seconds": round(self.latency_seconds, _TIME_DECIMALS),
            "audio_latency_seconds": round(self.audio_latency_seconds, _TIME_DECIMALS),
        }


@dataclass(frozen=True, eq=False)
class SegmentEvent:
    """A segment is finished: nothing that follows will change it."""

    kind: ClassVar = "segment"
    segment: Segment

    def as_dict(self) -> dict[str, object]:
        """Start, end, answer and confidence."""
        return {"event": self.kind} | _rounded_times(asdict(self.segment))


@dataclass(frozen=True)
class SpeechEvent:
    """Somebody began or stopped to speak."""

    kind: ClassVar = "speech"
    state: Literal["start", "stop"]
    seconds: Seconds

    def as_dict(self) -> dict[str, object]:
        """State and time."""
        return {"event": self.kind} | _rounded_times(asdict(self))


@dataclass(frozen=True)
class WordsEvent:
    """What was said: a partial result, which a later one of the same phrase replaces, or final."""

    kind: ClassVar = "words"
    phrase: Phrase

    def as_dict(self) -> dict[str, object]:
        """Identity of the phrase, times, text and words."""
        phrase = self.phrase
        return {
            "event": self.kind,
            "phrase": phrase.id,
            "is_final": phrase.is_final,
            "start_seconds": round(phrase.start_seconds, _TIME_DECIMALS),
            "end_seconds": round(phrase.end_seconds, _TIME_DECIMALS),
            "text": phrase.text,
            "words": [_rounded_times(asdict(word)) for word in phrase.words],
        }


@dataclass(frozen=True)
class OverrunEvent:
    """Audio was lost, because it came faster than it was processed.

    Parameters
    ----------
    seconds : where the lost audio began.
    milliseconds : how much was lost; None where the device did not say.
    place : who dropped it: the queue of the listening, the device, or the queue of the words.
    """

    kind: ClassVar = "overrun"
    seconds: Seconds
    milliseconds: float | None
    place: Literal["queue", "device", "words"]

    def as_dict(self) -> dict[str, object]:
        """Place, time and milliseconds."""
        return {"event": self.kind} | _rounded_times(asdict(self))


@dataclass(frozen=True)
class DeviceEvent:
    """A source began, was lost or came back.

    Parameters
    ----------
    state : ``open`` once at the beginning, then ``device-lost`` and ``device-back`` in turn.
    name : of the source.
    seconds : when.
    sample_rate, channels : of what it gives; None where it is lost.
    reason : why it is lost.
    """

    kind: ClassVar = "device"
    state: Literal["open", "device-lost", "device-back"]
    name: str
    seconds: Seconds
    sample_rate: Hertz | None = None
    channels: int | None = None
    reason: str | None = None

    def as_dict(self) -> dict[str, object]:
        """State, name and format; what does not apply is left out."""
        return {"event": self.kind} | _rounded_times(_known(asdict(self)))


@dataclass(frozen=True)
class NoticeEvent:
    """Something about the audio that the user should know.

    Parameters
    ----------
    code : a short stable name, for example ``clipping``, ``too-quiet``, ``dead-channel``,
        ``not-finite``, ``mid-sample``, ``recording``.
    message : what was found and what to do about it.
    seconds : when it was found.
    """

    kind: ClassVar = "notice"
    code: str
    message: str
    seconds: Seconds

    def as_dict(self) -> dict[str, object]:
        """Code, message and time."""
        return {"event": self.kind} | _rounded_times(asdict(self))


@dataclass(frozen=True)
class LevelEvent:
    """How loud the last chunk was: for meters, and too frequent for files."""

    kind: ClassVar = "level"
    seconds: Seconds
    rms_dbfs: Decibels
    peak_dbfs: Decibels

    def as_dict(self) -> dict[str, object]:
        """Time and levels."""
        return {"event": self.kind} | _rounded_times(asdict(self))


@dataclass(frozen=True)
class SummaryEvent:
    """The end: what became of every sample.

    ``received_samples == processed_samples + dropped_samples``, counted for each channel.

    Parameters
    ----------
    received_samples : that the source delivered or is known to have lost.
    processed_samples : heard by the model and the voice activity.
    dropped_samples : lost, each told by an overrun.
    audio_seconds : duration of what was processed.
    windows : answered.
    skipped_windows : interim ones left out while the listening lagged behind.
    overruns : how often audio was lost.
    not_finite_samples : of all channels, that were no sound and were heard as silence.
    device_losses : how often the device vanished.
    latency_p95_seconds, audio_latency_p95_seconds : of the last 1000 windows; None without any.
    tone : emotion probabilities of all that was heard; None where nobody spoke.
    """

    kind: ClassVar = "summary"
    received_samples: int
    processed_samples: int
    dropped_samples: int
    audio_seconds: Seconds
    windows: int
    skipped_windows: int
    overruns: int
    not_finite_samples: int
    device_losses: int
    latency_p95_seconds: Seconds | None
    audio_latency_p95_seconds: Seconds | None
    tone: dict[str, float] | None

    def as_dict(self) -> dict[str, object]:
        """Every counter."""
        return {"event": self.kind} | _rounded_times(asdict(self))


Event = (
    WindowEvent
    | SegmentEvent
    | SpeechEvent
    | WordsEvent
    | OverrunEvent
    | DeviceEvent
    | NoticeEvent
    | LevelEvent
    | SummaryEvent
)


def _rounded(prediction: Prediction) -> dict[str, float]:
    return {n: round(p, _PROBABILITY_DECIMALS) for n, p in prediction.as_dict().items()}


def _share(prediction: Prediction) -> float | None:
    share = prediction.speech_share
    return None if share is None else round(share, _TIME_DECIMALS)


def _known(entries: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in entries.items() if value is not None}


def _rounded_times(entries: dict[str, object]) -> dict[str, object]:
    return {
        key: round(value, _TIME_DECIMALS) if isinstance(value, float) else value
        for key, value in entries.items()
    }
