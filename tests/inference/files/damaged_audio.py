"""Damaged audio files, each made from its seed, and a script that processes them.

    python damaged_audio.py MODEL FOLDER FIRST_SEED COUNT

prints each seed before its file is processed, so that the last seed is that of a crash, and at the
end the peak of the memory in megabytes.
"""

from __future__ import annotations

import faulthandler
import io
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from emotion_classifier.inference.files.batch_prediction import predict_batch
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig

RATE = 8_000
FORMATS = [
    ("WAV", "PCM_U8"), ("WAV", "IMA_ADPCM"), ("WAV", "FLOAT"), ("AIFF", "PCM_S8"),
    ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"),
]  # fmt: skip
CONTAINERS = [
    ("mp4", "aac"), ("webm", "libopus"), ("matroska", "pcm_u8"), ("adts", "aac"),
    ("mov", "alac"), ("avi", "pcm_s16le"), ("caf", "alac"), ("latm", "aac"),
]  # fmt: skip
EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
HANGS_AFTER_SECONDS = 20


def intact_files() -> list[bytes]:
    """One small recording in each format; those of PyAV only where it is installed."""
    time = np.arange(round(0.6 * RATE)) / RATE
    samples = (0.2 + 0.1 * np.sin(2 * np.pi * 200 * time)).astype(np.float32)
    files = []
    for form, coding in FORMATS:
        encoded = io.BytesIO()
        soundfile.write(encoded, samples, RATE, coding, format=form)
        files.append(encoded.getvalue())
    return files + containers(samples)


def containers(samples: np.ndarray) -> list[bytes]:
    """The recording as PyAV writes it."""
    try:
        import av
    except ModuleNotFoundError:
        return []
    files = []
    for form, codec in CONTAINERS:
        encoded = io.BytesIO()
        with av.open(encoded, "w", format=form) as container:
            stream: Any = container.add_stream(codec, rate=RATE, layout="mono")
            frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
            frame.sample_rate = RATE
            for piece in (frame, None):
                container.mux(stream.encode(piece))
        files.append(encoded.getvalue())
    return files


def damaged(files: list[bytes], seed: int) -> bytes:
    """One of the `files` after one to six accidents."""
    generator = np.random.default_rng(seed)
    content = bytearray(files[generator.integers(len(files))])
    for _ in range(generator.integers(1, 7)):
        length = max(1, len(content))
        # Headers are short, and what is in them matters most.
        place = int(generator.integers(min(length, 100 if generator.random() < 0.5 else length)))
        kind = generator.integers(6)
        if kind == 0:
            content[place : place + 1] = bytes([generator.integers(256)])
        elif kind == 1:
            width = int(generator.choice([1, 2, 4]))
            value = int(generator.choice(EXTREMES)) & (256**width - 1)
            order = "little" if generator.random() < 0.5 else "big"
            content[place : place + width] = value.to_bytes(width, order)
        elif kind == 2:
            del content[place : place + int(generator.integers(1, 65))]
        elif kind == 3:
            content[place:place] = generator.bytes(int(generator.integers(1, 65)))
        elif kind == 4:
            del content[place:]
        else:
            other = files[generator.integers(len(files))]
            start = int(generator.integers(len(other)))
            content[place:place] = other[start : start + int(generator.integers(1, 500))]
    return bytes(content)


def check(predictor: Predictor, path: Path) -> None:
    """Predict a file; whatever it holds, there is a row with sound values."""
    (row,) = predict_batch(predictor, [path])
    if row.failed:
        assert row.code and row.error
    elif row.probabilities is not None:
        assert all(math.isfinite(value) for value in row.probabilities.values())
        assert abs(sum(row.probabilities.values()) - 1) < 1e-4


def main(model: str, folder: str, first: str, count: str) -> None:
    config = InferenceConfig(maximum_seconds=60.0, stream=StreamConfig(window_seconds=1.0))
    predictor = config.build(Path(model), threads=1)
    files = intact_files()
    path = Path(folder) / "damaged"
    for seed in range(int(first), int(first) + int(count)):
        print(seed, flush=True)
        path.write_bytes(damaged(files, seed))
        faulthandler.dump_traceback_later(HANGS_AFTER_SECONDS, exit=True)  # also out of C code
        check(predictor, path)
        faulthandler.cancel_dump_traceback_later()
    print(peak_megabytes())


def peak_megabytes() -> int:
    """Most memory of this process so far; 0 where the system does not report it.

    Not ``ru_maxrss``: a child begins with that of the process that it was forked from.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
