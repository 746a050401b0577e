"""Throughput and memory of `emotion predict` over many short files, against the bare networks.

    python benchmarks/many_files.py                        # 100,000 files of 3 s, as in the corpora
    python benchmarks/many_files.py --no-activity          # the model alone: no file is "no speech"
    python benchmarks/many_files.py --files 1000 --model runs/demo/toy

The files are links to some hundred recordings of toy voices, of all lengths around three seconds. The
command writes a CSV file. Half before and half after it, as many waveforms that are decoded and
trimmed already go through the same networks, one network after the other, in as many threads as the
command has. The limit is 90 % of the throughput of the bare networks, and memory must stay constant.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from emotion_classifier.audio.io import read_audio, write_wav
from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.emotions import CANONICAL_EMOTIONS
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.units import Hertz, Seconds, to_samples

RATE: Hertz = 16_000
RECORDINGS = 200
FILES_PER_FOLDER = 1_000
COMMAND = str(Path(sys.executable).with_name("emotion"))
_POLL_SECONDS: Seconds = 0.02


@dataclass(frozen=True)
class Run:
    """Time of predictions.

    Parameters
    ----------
    wall_seconds, processor_seconds : for each file, on average.
    """

    wall_seconds: Seconds
    processor_seconds: Seconds

    def __add__(self, other: Run) -> Run:
        """Both for each file."""
        return Run(
            self.wall_seconds + other.wall_seconds,
            self.processor_seconds + other.processor_seconds,
        )

    def __truediv__(self, times: int) -> Run:
        """The mean of a sum."""
        return Run(self.wall_seconds / times, self.processor_seconds / times)


@dataclass(frozen=True)
class Moment:
    """Measurement of a process that writes rows."""

    seconds: Seconds
    written_bytes: int
    resident_bytes: int


def main() -> None:
    """Print a table of speeds and a line about memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="a model folder, a run, or the name of a bundled model")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=3.0, help="of a recording, about")
    parser.add_argument("--no-activity", action="store_true", help="take everything for speech")
    arguments = parser.parse_args()
    half = arguments.files // 2
    model = EmotionModel.load(arguments.model, threads=1)
    with TemporaryDirectory() as folder:
        recordings = make_recordings(Path(folder, "recordings"), arguments.seconds)
        files = make_files(Path(folder, "files"), recordings, arguments.files)
        waveforms = [read_audio(path) for path in recordings]
        networks = bare_networks(model, waveforms)
        if arguments.no_activity:
            del networks["bare voice activity"]
        before = [timed(network, half) for network in networks.values()]
        options = ["--no-activity"] if arguments.no_activity else []
        options += ["--model", arguments.model] if arguments.model else []
        run, moments = predict(files, Path(folder, "rows.csv"), options, arguments.files)
        after = [timed(network, half) for network in networks.values()]
    bare = [(one + other) / 2 for one, other in zip(before, after, strict=True)]
    runs = dict(zip(networks, bare, strict=True))
    if not arguments.no_activity:
        runs["both, one after the other"] = bare[0] + bare[1]
    print("| what | files in a second | ms of a processor for each | throughput of predict to it |")
    print("|---|---|---|---|")
    for name, one in [*runs.items(), ("emotion predict", run)]:
        share = one.wall_seconds / run.wall_seconds
        milliseconds = 1000 * one.processor_seconds
        print(f"| {name} | {1 / one.wall_seconds:.0f} | {milliseconds:.2f} | {share:.0%} |")
    print_memory(moments)


def make_recordings(folder: Path, seconds: Seconds) -> list[Path]:
    """Recordings of toy voices, from four fifths to six fifths of so many seconds."""
    generator = np.random.default_rng(0)
    paths = []
    for number in range(RECORDINGS):
        speaker = ToySpeaker.draw("female" if number % 2 else "male", generator)
        emotion = CANONICAL_EMOTIONS[number % len(CANONICAL_EMOTIONS)]
        voice = synthesise(speaker, emotion, TOY_SENTENCES[number % len(TOY_SENTENCES)], generator)
        length = to_samples(seconds * generator.uniform(0.8, 1.2), RATE)
        paths.append(folder / f"{number}.wav")
        write_wav(paths[-1], np.resize(voice, length), RATE)
    return paths


def make_files(folder: Path, recordings: Sequence[Path], count: int) -> Path:
    """The folder, with so many names of the recordings, some in each subfolder."""
    for number in range(count):
        subfolder = folder / f"{number // FILES_PER_FOLDER:04d}"
        if number % FILES_PER_FOLDER == 0:
            subfolder.mkdir(parents=True)
        (subfolder / f"clip_{number:07d}.wav").hardlink_to(recordings[number % len(recordings)])
    return folder


def bare_networks(
    model: EmotionModel, waveforms: Sequence[Waveform]
) -> dict[str, Callable[[int], object]]:
    """Functions that run a network alone on the waveform of a number."""
    clips: list[Samples] = [model.input.preparation.apply(one) for one in waveforms]
    detector = ActivityDetector()

    def logits(number: int) -> object:
        return model.crop_logits([clips[number % len(clips)]])

    def activity(number: int) -> object:
        one = waveforms[number % len(waveforms)]
        return detector.speech(one.mono(), one.sample_rate)

    return {"the bare model": logits, "bare voice activity": activity}


def timed(network: Callable[[int], object], count: int) -> Run:
    """Run a network `count` times, in a thread for each core."""
    cores = os.cpu_count() or 1

    def share(first: int) -> None:
        for number in range(first, count, cores):
            network(number)

    wall, processor = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(share, range(cores)))
    return Run((time.perf_counter() - wall) / count, (time.process_time() - processor) / count)


def predict(folder: Path, output: Path, options: list[str], count: int) -> tuple[Run, list[Moment]]:
    """The run of the command from its first row to its last, and how it went."""
    command = [COMMAND, "predict", str(folder), "--output", str(output), *options]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        moments = list(watch(process, output))
    if process.returncode:
        raise SystemExit(f"emotion predict ended with {process.returncode}: run it yourself to see")
    watched = count * (1.0 - moments[0].written_bytes / moments[-1].written_bytes)
    wall = moments[-1].seconds - moments[0].seconds
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Run(wall / watched, (spent.ru_utime + spent.ru_stime) / count), moments


def watch(process: subprocess.Popen[bytes], output: Path) -> Iterator[Moment]:
    """A moment whenever rows were added, from the first ones on."""
    written = 0
    while process.poll() is None:
        time.sleep(_POLL_SECONDS)
        size = output.stat().st_size if output.exists() else 0
        resident = resident_bytes(process.pid)
        if size > written and resident:
            written = size
            yield Moment(time.perf_counter(), size, resident)


def resident_bytes(process: int) -> int:
    """Memory of a process that is not swapped out (Linux); 0 of a process that has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()


def print_memory(moments: Sequence[Moment]) -> None:
    """Print how resident memory went, from a tenth of the rows on."""
    total = moments[-1].written_bytes
    settled = next(one for one in moments if one.written_bytes >= 0.1 * total)
    most = max(one.resident_bytes for one in moments)
    growth = moments[-1].resident_bytes - settled.resident_bytes
    print(f"\nResident memory after a tenth of the files: {settled.resident_bytes / 1e6:.1f} MB;")
    print(f"growth from there to the end: {growth / 1e6:.1f} MB; at most: {most / 1e6:.1f} MB.")


if __name__ == "__main__":
    main()
