"""Time of every augmentation and of the default chain for a clip of 3 s at 16 kHz, on one core.

    python benchmarks/augmentation.py --noise ../shared/data/noise --rooms ../shared/data/rir

Each round draws anew. The limits are for the time of the processor, which is that of the clock on
a machine with nothing else to do. Without the two folders, noise and rooms are left out.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np

from emotion_classifier.audio.augmentation import AugmentationConfig
from emotion_classifier.audio.augmentation.background_noise import BackgroundNoiseConfig
from emotion_classifier.audio.augmentation.chain import DEFAULT_CHAIN, Chain, Step
from emotion_classifier.audio.augmentation.filtering import ImpulseResponseConfig
from emotion_classifier.audio.augmentation.transmission import CodecConfig, CodecName
from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import WaveformCache
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.training.data.dataset import Augment, ClipDataset
from emotion_classifier.training.data.items import Key

SAMPLE_RATE, SECONDS = 16_000, 3
ROUNDS = 100
LIMITS_MS = {
    "background_noise": 0.5,
    "impulse_response": 2.0,
    "microphone": 3.0,
    "pitch_shift": 10.0,
    "telephone": 3.0,
    "tempo": 10.0,
}
"""Of other kinds it is 1 ms; codecs have none."""


class Task(NamedTuple):
    """A timed task: its name, one round with a generator, the limit in ms or None."""

    name: str
    work: Callable[[np.random.Generator], object]
    limit_ms: float | None = None


def voice(seed: int) -> Samples:
    """A toy voice (sample,) that speaks for 3 s."""
    generator = np.random.default_rng(seed)
    speaker = ToySpeaker.draw("female", generator)
    sentences = [
        synthesise(speaker, "happy", text, generator, SAMPLE_RATE) for text in TOY_SENTENCES
    ]
    return np.concatenate(sentences)[: SECONDS * SAMPLE_RATE]


def with_folders(noise: Path | None, rooms: Path | None) -> list[AugmentationConfig]:
    """The augmentations that need recordings, where the folders of these are given."""
    background = [BackgroundNoiseConfig(path=noise)] if noise else []
    return [*background, *([ImpulseResponseConfig(path=rooms)] if rooms else [])]


def chain(settings: list[AugmentationConfig], *, always: bool = False) -> Chain:
    """The augmentations in order, with their own probabilities or each on every clip."""
    built = Chain([Step(s.kind, 1.0 if always else s.probability, s.build()) for s in settings])
    built.prepare(SAMPLE_RATE)
    return built


def kind_tasks(recordings: list[AugmentationConfig], clip: Samples) -> Iterator[Task]:
    """Each kind alone, and each codec."""
    family = get_args(get_args(AugmentationConfig)[0])
    alone = [kind() for kind in family if "path" not in kind.model_fields and kind != CodecConfig]
    for settings in sorted([*alone, *recordings], key=lambda s: str(s.kind)):
        limit = LIMITS_MS.get(settings.kind, 1.0)
        yield Task(settings.kind, applied(chain([settings], always=True), clip), limit)
    for name in get_args(CodecName):
        settings = CodecConfig(formats=(name,))
        yield Task(f"codec, {name}", applied(chain([settings], always=True), clip))


def applied(chain: Chain, clip: Samples) -> Callable[[np.random.Generator], object]:
    """A round: the chain on the clip."""
    return lambda generator: chain.apply(clip, SAMPLE_RATE, generator)


def items(folder: Path, augment: Augment | None) -> Callable[[np.random.Generator], object]:
    """A round: one item of a training dataset of clips from the cache."""
    model_input = InputConfig().build()
    cache = WaveformCache(folder, model_input.preparation)
    clips = []
    for seed in range(4):
        write_wav(folder / f"{seed}.wav", voice(seed), SAMPLE_RATE)
        clips.append(cache.get(folder / f"{seed}.wav"))
    same = ["one"] * len(clips)
    targets = np.ones((len(clips), 1), np.float32)
    dataset = ClipDataset(
        clips, targets, model_input, 0,
        speakers=same, corpora=same, speaker_order=["one"], augment=augment,
    )  # fmt: skip
    return lambda generator: dataset[
        Key(int(generator.integers(1 << 30)), int(generator.integers(4)))
    ]


def milliseconds(task: Task) -> tuple[float, float]:
    """Means of the rounds, after three to warm up: time of the processor, and of the clock."""
    generator = np.random.default_rng(0)
    taken = []
    for _ in range(ROUNDS + 3):
        clock, processor = time.perf_counter(), time.process_time()
        task.work(generator)
        taken.append((time.process_time() - processor, time.perf_counter() - clock))
    processor_mean, clock_mean = map(statistics.fmean, zip(*taken[3:], strict=True))
    return 1000 * processor_mean, 1000 * clock_mean


def tasks(recordings: list[AugmentationConfig], folder: Path) -> Iterator[Task]:
    """Everything that is timed."""
    clip = voice(0)
    yield from kind_tasks(recordings, clip)
    default = list(DEFAULT_CHAIN)
    plain = chain(default)
    yield Task(f"default chain ({len(default)} steps)", applied(plain, clip))
    yield Task("  every step on every clip", applied(chain(default, always=True), clip))
    full = chain([*default, *recordings])
    if recordings:
        yield Task("  with the recordings, too", applied(full, clip))
    yield Task("dataset item without", items(folder, None))
    yield Task(
        "dataset item with that chain",
        items(folder, lambda samples, _, generator: full.apply(samples, SAMPLE_RATE, generator)),
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--noise", type=Path, help="folder in MUSAN layout")
    parser.add_argument("--rooms", type=Path, help="folder of impulse responses")
    options = parser.parse_args()
    print(f"ms for {SECONDS} s at {SAMPLE_RATE} Hz, mean of {ROUNDS}     processor   clock   limit")
    with tempfile.TemporaryDirectory() as folder:
        for task in tasks(with_folders(options.noise, options.rooms), Path(folder)):
            processor, clock = milliseconds(task)
            limit = f"{task.limit_ms:7.1f}" if task.limit_ms else ""
            print(f"{task.name:38} {processor:9.2f} {clock:7.2f} {limit}")


if __name__ == "__main__":
    main()
