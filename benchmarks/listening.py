"""Costs of live analysis: time, delay and memory of `emotion listen`, hop 1 s, without words.

    python benchmarks/listening.py ../shared/data/noise                           # eight hours
    python benchmarks/listening.py ../shared/data/noise --hours 0.2 --settled-minutes 2

The folder is in MUSAN layout. Speech, noise, music and silence follow each other in random order, generated
during the measurement. First some minutes go chunk by chunk, as at real speed, by the clock of the audio:
it is the end of the last chunk, plus the computing time since. The limit is 150 ms from the end of a
window to its event (95 %). Then hours are processed as fast as possible, on the path of
`emotion listen --input FILE --speed max`. The limits are a real-time factor of 0.05, a growth of
resident memory of 5 MB after the first ten minutes, and not one sample unaccounted for.
"""

from __future__ import annotations

import argparse
import resource
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_classifier.audio.folders import find_audio
from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.events import SummaryEvent, WindowEvent
from emotion_classifier.inference.live.session import ContinuousAudio, LiveSession
from emotion_classifier.inference.live.sources import CHUNK_SECONDS, Chunk, Clock
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

RATE: Hertz = 16_000
KINDS = ("speech", "noise", "music", "silence")
LONGEST_SILENCE_SECONDS: Seconds = 20.0


class Programme:
    """A source that waits, of sounds in random order; it holds one of them at a time.

    Parameters
    ----------
    folder : in MUSAN layout.
    seconds : until its end.
    seed : of the order.
    """

    name = "programme"
    waits = True
    is_device = False
    is_live = False

    def __init__(self, folder: Path, seconds: Seconds, seed: int) -> None:
        self._files = {kind: find_audio(folder / kind) for kind in KINDS if kind != "silence"}
        self._end = to_samples(seconds, RATE)
        self._seed = seed

    def record(self, stop: threading.Event) -> Iterator[Chunk]:
        """See `Source.record`."""
        generator = np.random.default_rng(self._seed)
        chunk = to_samples(CHUNK_SECONDS, RATE)
        position = 0
        while True:
            sound = self._draw(generator)
            for start in range(0, len(sound), chunk):
                if stop.is_set() or position >= self._end:
                    return
                samples = sound[start : start + chunk]
                yield Chunk(samples[None], RATE, position)
                position += len(samples)

    def _draw(self, generator: np.random.Generator) -> Samples:
        """Some sound (sample,)."""
        kind = KINDS[generator.integers(len(KINDS))]
        if kind == "silence":
            seconds = generator.uniform(0.0, LONGEST_SILENCE_SECONDS)
            return np.zeros(to_samples(seconds, RATE), np.float32)
        files = self._files[kind]
        waveform = read_audio(files[generator.integers(len(files))])
        return resample(waveform.mono(), waveform.sample_rate, RATE)


class AudioClock(Clock):
    """A clock that stops between chunks and runs while they are processed."""

    def __init__(self) -> None:
        self._seconds: Seconds = 0.0
        self._since = time.perf_counter()

    def arrive(self, end_seconds: Seconds) -> None:
        """Set the time to the end of a chunk, unless processing the last chunk took longer."""
        self._seconds = max(end_seconds, self.now())
        self._since = time.perf_counter()

    def now(self) -> Seconds:
        """Seconds since the start."""
        return self._seconds + time.perf_counter() - self._since

    def sleep(self, seconds: Seconds) -> None:
        """Return at once; the time has passed."""
        self._seconds += seconds


def main() -> None:
    """Print a table with the limits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sounds", type=Path, nargs="?", default=Path("../shared/data/noise"))
    parser.add_argument("--model", help="a model folder, a run, or the name of a bundled model")
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--settled-minutes", type=float, default=10.0)
    parser.add_argument("--delay-minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    predictor = Predictor.load(arguments.model)
    print("| quantity | limit | measured |")
    print("|---|---|---|")
    minutes = min(arguments.delay_minutes, 60 * arguments.hours)
    programme = Programme(arguments.sounds, 60 * minutes, arguments.seed)
    delays = list(delays_of(predictor, programme))
    middle, late, latest = 1000 * np.percentile(delays, [50, 95, 100])
    print("| end of window to event, 50 %, 95 %, the longest | 95 %: 150 ms | ", end="")
    print(f"{middle:.0f}, {late:.0f}, {latest:.0f} ms of {len(delays)} |", flush=True)
    programme = Programme(arguments.sounds, 3600 * arguments.hours, arguments.seed)
    print_hours(process(predictor, programme), arguments.settled_minutes)


def delays_of(predictor: Predictor, programme: Programme) -> Iterator[Seconds]:
    """Seconds from the end of each window to its event, by the clock of the audio."""
    clock = AudioClock()
    stream = predictor.stream(RATE)
    audio = ContinuousAudio(stream, RATE, offset_seconds=0.0, clock=clock, transcriber=None)
    for chunk in programme.record(threading.Event()):
        end_seconds = to_seconds(chunk.position + chunk.samples.shape[1], RATE)
        clock.arrive(end_seconds)
        for event in audio.feed(chunk.samples[0], end_seconds):
            if isinstance(event, WindowEvent):
                yield clock.now() - event.end_seconds


@dataclass(frozen=True)
class SessionCosts:
    """Costs of hours of live analysis.

    Parameters
    ----------
    resident : resident bytes at the end of each minute of audio, and at the end.
    wall_seconds, processor_seconds : of all of it, the source included.
    """

    summary: SummaryEvent
    resident: list[int]
    wall_seconds: Seconds
    processor_seconds: Seconds


def process(predictor: Predictor, programme: Programme) -> SessionCosts:
    """Process the whole programme, as fast as possible."""
    wall, processor = time.perf_counter(), time.process_time()
    resident: list[int] = []
    for event in LiveSession(programme, predictor.stream).events():
        if isinstance(event, WindowEvent) and event.end_seconds >= 60 * (len(resident) + 1):
            resident.append(resident_bytes())
        if isinstance(event, SummaryEvent):
            summary = event
    resident.append(resident_bytes())
    return SessionCosts(
        summary, resident, time.perf_counter() - wall, time.process_time() - processor
    )


def print_hours(costs: SessionCosts, settled_minutes: float) -> None:
    """Print the lines about hours."""
    summary = costs.summary
    audio = summary.duration_seconds
    print("| real-time factor, and of processors | 0.05 | ", end="")
    print(f"{costs.wall_seconds / audio:.4f}, {costs.processor_seconds / audio:.4f} |")
    settled = costs.resident[min(round(settled_minutes), len(costs.resident)) - 1]
    growth, most = costs.resident[-1] - settled, max(costs.resident) - settled
    print(
        f"| growth of memory from minute {settled_minutes:g} to the end, and at most | 5 MB | ",
        end="",
    )
    print(f"{growth / 1e6:.1f}, {most / 1e6:.1f} MB (to {costs.resident[-1] / 1e6:.0f}) |")
    counters = summary.session
    assert counters is not None
    lost = counters.received_samples - counters.processed_samples - counters.dropped_samples
    print("| samples received, processed, dropped, unaccounted for | the last: 0 | ", end="")
    print(f"{counters.received_samples}, {counters.processed_samples}, ", end="")
    print(f"{counters.dropped_samples}, {lost} |")
    print(f"\n{audio / 3600:.2f} hours of audio, {summary.windows} windows.")


def resident_bytes() -> int:
    """Memory of this process that is not swapped out; needs Linux."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main()
