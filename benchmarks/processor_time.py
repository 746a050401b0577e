"""Processor seconds of `emotion predict` and `emotion timeline`: one file, 300 files and ten minutes.

    python benchmarks/processor_time.py ../shared/data/ravdess

The recording of ten minutes is made of clips. Each command runs in a process of its own; the least of
several rounds counts, so that a busy machine changes little.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from emotion_classifier.audio.io import read_audio, write_wav
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, Seconds, to_samples

RATE: Hertz = 16_000
FILES = 300
LONG_SECONDS: Seconds = 600.0
COMMAND = str(Path(sys.executable).with_name("emotion"))


def main() -> None:
    """Print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, help="folder with at least 300 clips")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    clips = sorted(arguments.clips.rglob("*.flac"))[::4][:FILES]
    with TemporaryDirectory() as folder:
        recording = Path(folder, "ten_minutes.wav")
        write_wav(recording, joined(clips), RATE)
        listed = Path(folder, "clips.txt")
        listed.write_text("\n".join(str(clip.resolve()) for clip in clips))
        commands = {
            "predict, one file": ("predict", str(clips[0])),
            f"predict, {len(clips)} files": ("predict", f"@{listed}"),
            f"predict, {len(clips)} files, no activity": (
                "predict",
                f"@{listed}",
                "--no-activity",
            ),
            "predict, ten minutes": ("predict", str(recording)),
            "timeline, ten minutes": ("timeline", str(recording)),
            "listen, ten minutes": (
                *("listen", "--input", str(recording), "--speed", "max", "--words", "none"),
            ),
        }
        print("| command | processor seconds | seconds by the clock |")
        print("|---|---|---|")
        for name, command in commands.items():
            processor, wall = min(measured(command) for _ in range(arguments.rounds))
            print(f"| {name} | {processor:.2f} | {wall:.2f} |", flush=True)


def joined(clips: Sequence[Path]) -> Samples:
    """Ten minutes (sample,) of clips, one after the other."""
    parts = [read_audio(clip) for clip in clips]
    samples = np.concatenate([resample(one.mono(), one.sample_rate, RATE) for one in parts])
    return np.resize(samples, to_samples(LONG_SECONDS, RATE))


def measured(command: Sequence[str]) -> tuple[Seconds, Seconds]:
    """Processor seconds and seconds by the clock of a command."""
    start = time.perf_counter()
    process = subprocess.Popen([COMMAND, *command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"emotion {' '.join(command)} ended with {status}: run it to see why")
    return usage.ru_utime + usage.ru_stime, wall


if __name__ == "__main__":
    main()
