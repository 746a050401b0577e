"""From what a source gives to what a model hears, and what is to be told of it."""

from __future__ import annotations

from typing import NamedTuple

from emotion_classifier.audio.level import peak_dbfs, rms_dbfs
from emotion_classifier.audio.mixdown import LiveChannels
from emotion_classifier.audio.waveform import Samples, Waveform, replace_unusable
from emotion_classifier.inference.live.audio_queue import Received
from emotion_classifier.inference.live.events import LevelEvent, NoticeEvent
from emotion_classifier.inference.live.level_watch import LevelWatch
from emotion_classifier.units import Hertz


class Heard(NamedTuple):
    """What a model hears (sample,), levels and notices, and how many samples were no sound."""

    samples: Samples
    events: list[NoticeEvent | LevelEvent]
    not_finite_samples: int


class Ear:
    """One channel of sound of all that comes in one format.

    Files are mixed as they are when predicted; of a device, dead channels are left out.

    Parameters
    ----------
    sample_rate, channels : of the format.
    is_device : whether there may be dead channels.
    """

    def __init__(self, sample_rate: Hertz, channels: int, *, is_device: bool) -> None:
        self.format = (sample_rate, channels)
        self._told_not_finite = False
        self._live = LiveChannels(channels) if is_device else None
        self._watch = LevelWatch(sample_rate)

    def hear(self, received: Received) -> Heard:
        """One chunk, ready for a model."""
        events: list[NoticeEvent | LevelEvent] = []
        samples, spoiled = replace_unusable(received.samples)
        end_seconds = received.start_seconds + received.duration_seconds
        if spoiled and not self._told_not_finite:
            message = (
                "samples are NaN, infinite or absurdly large and are heard as silence: check their "
                "writer and its format"
            )
            events.append(NoticeEvent("not-finite", message, received.start_seconds))
            self._told_not_finite = True
        events += self._watch.feed(samples, end_seconds)
        if self._live is not None:
            heard = self._live.mix(samples)
        else:
            heard = Waveform(samples, received.sample_rate).mono()
        events.append(LevelEvent(end_seconds, rms_dbfs(heard), peak_dbfs(heard)))
        return Heard(heard, events, spoiled)
