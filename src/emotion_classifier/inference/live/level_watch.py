"""A microphone check that goes on while listening."""

from __future__ import annotations

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.live.events import NoticeEvent
from emotion_classifier.inference.live.microphone_check import check_microphone
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

_FIRST_SECONDS: Seconds = 3.0
_SPAN_SECONDS: Seconds = 10.0
# That nobody speaks is what silence looks like, and told by the windows.
_UNTOLD = frozenset({"no-voice", "not-finite"})


class LevelWatch:
    """Notices of what is wrong with the audio: once when it begins, once when it has ended.

    The first 3 s are checked, then every 10 s; no more than that is kept.

    Parameters
    ----------
    sample_rate : of what is fed.
    """

    def __init__(self, sample_rate: Hertz) -> None:
        self._sample_rate = sample_rate
        self._due = to_samples(_FIRST_SECONDS, sample_rate)
        self._chunks: list[Samples] = []
        self._count = 0
        self._told: frozenset[str] = frozenset()

    def feed(self, samples: Samples, end_seconds: Seconds) -> list[NoticeEvent]:
        """What `samples` (channel, sample), which end at `end_seconds`, brought to light."""
        self._chunks.append(samples)
        self._count += samples.shape[1]
        if self._count < self._due:
            return []
        span = np.concatenate(self._chunks, axis=1)
        self._chunks, self._count = [], 0
        self._due = to_samples(_SPAN_SECONDS, self._sample_rate)
        return self._judge(span, end_seconds)

    def _judge(self, span: Samples, end_seconds: Seconds) -> list[NoticeEvent]:
        findings = [
            finding
            for finding in check_microphone(span, self._sample_rate).findings
            if finding.code not in _UNTOLD
        ]
        codes = frozenset(finding.code for finding in findings)
        notices = [
            NoticeEvent(finding.code, finding.message, end_seconds)
            for finding in findings
            if finding.code not in self._told
        ]
        if ended := sorted(self._told - codes):
            seconds = to_seconds(span.shape[1], self._sample_rate)
            message = f"for {seconds:.0f} s no longer: {', '.join(ended)}"
            notices.append(NoticeEvent("level-ok", message, end_seconds))
        self._told = codes
        return notices
