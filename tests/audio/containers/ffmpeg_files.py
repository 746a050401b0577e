"""Files that FFmpeg writes, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz

LAYOUTS = {1: "mono", 2: "stereo", 8: "7.1"}


def tone(seconds: float = 2.0, channels: int = 1, rate: Hertz = 48_000) -> Samples:
    """A tone that gets louder, (channel, sample): its position and its level can be judged."""
    time = np.arange(round(seconds * rate)) / rate
    wave = 0.3 * np.sin(2 * np.pi * 440 * time) * np.minimum(time, 1.0)
    return np.tile(wave.astype(np.float32), (channels, 1))


def encode(
    path: Path,
    form: str,
    codec: str,
    samples: Samples,
    *,
    rate: Hertz = 48_000,
    options: dict[str, str] | None = None,
) -> Path:
    """Write `samples` (channel, sample) as a container of a format, with its options."""
    import av

    layout = LAYOUTS[len(samples)]
    with av.open(str(path), "w", format=form, options=options or {}) as container:
        stream: Any = container.add_stream(codec, rate=rate, layout=layout)
        # Interleaved: PyAV reads beyond the planes of 8 channels.
        frames = np.ascontiguousarray(samples.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(frames, "flt", layout)
        frame.sample_rate = rate
        for piece in (frame, None):
            container.mux(stream.encode(piece))
    return path
