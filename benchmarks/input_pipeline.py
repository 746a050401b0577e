"""How much of a training step goes into loading clips from the warm cache.

    python benchmarks/input_pipeline.py ../shared/data/ravdess
    python benchmarks/input_pipeline.py ../shared/data/ravdess --augment --workers 2

Without workers, loading happens between the steps: the ratio is that of the two times, each measured
alone; the limit is 0.03 without augmentation. With workers it is the extra time of a loop over both,
relative to the steps alone: workers use the time of processors that the step does not need, where
there are any; the limit is 0.10 with the default augmentation.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from emotion_classifier.audio.augmentation.chain import PolicyConfig
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import load_config
from emotion_classifier.experiments.data.load import RunData, load_corpora
from emotion_classifier.experiments.recipes import recipe_file
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import ClipBatch
from emotion_classifier.training.data.loaders import training_loader
from emotion_classifier.training.malloc import keep_freed_memory
from emotion_classifier.training.sampling import EveryClip
from emotion_classifier.training.trainer import bf16_is_fast

RECIPE = recipe_file("ravdess_cnn")
STEPS = 10


def main() -> None:
    """Print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="folder of RAVDESS")
    parser.add_argument("--augment", action="store_true", help="with the default chain")
    parser.add_argument("--workers", type=int, default=0)
    arguments = parser.parse_args()
    config = load_config(RunConfig, RECIPE, [f"corpora.0.path={arguments.corpus}"])
    data = load_corpora(config, config.input.build())
    dataset = clips_of(data, config.input.build(), augment=arguments.augment)
    size, workers = config.training.batch_size, arguments.workers
    loader = training_loader(dataset, EveryClip(len(dataset)), size, workers)
    (batch,) = deque(loader, maxlen=1)  # an epoch before: page cache and imports are warm
    keep_freed_memory()
    step = training_step(config, len(data.labels))
    step(batch)
    steps_seconds = timed(step, itertools.repeat(batch, STEPS))
    print(f"one step          {steps_seconds * 1000:7.2f} ms")
    if workers:
        # The first batches, which wait for the workers to start, are not counted.
        batches = itertools.islice(loader, 2 * workers, None)
        step(next(batches))
        together = timed(step, batches)
        print(f"step and loading  {together * 1000:7.2f} ms ({workers} workers)")
        print(f"ratio {together / steps_seconds - 1:.4f}")
        return
    load_seconds = timed(lambda batch: None, iter(loader))
    print(f"loading one batch {load_seconds * 1000:7.2f} ms (of {size})")
    print(f"ratio {load_seconds / steps_seconds:.4f}")


def clips_of(data: RunData, model_input: ModelInput, *, augment: bool) -> ClipDataset:
    """All clips of the corpus as training processes them."""
    chain = PolicyConfig().build(data.labels).chain
    rate = model_input.sample_rate

    def changed(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
        return chain.apply(samples, rate, generator)

    speakers = [u.speaker_id for u in data.utterances]
    return ClipDataset(
        [data.clips[u.id] for u in data.utterances],
        data.targets(data.utterances),
        model_input,
        seed=0,
        speakers=speakers,
        corpora=[u.corpus for u in data.utterances],
        speaker_order=tuple(dict.fromkeys(speakers)),
        augment=changed if augment else None,
    )


def training_step(config: RunConfig, emotions: int) -> Callable[[ClipBatch], None]:
    """A whole step of the recipe's network."""
    classifier = config.model.build(config.input.sample_rate, emotions)
    classifier = classifier.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(classifier.parameters())

    def step(batch: ClipBatch) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16_is_fast()):
            logits = classifier(batch.waveforms, batch.lengths)
            loss = torch.nn.functional.cross_entropy(logits, batch.targets)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        optimiser.zero_grad()

    return step


def timed(step: Callable[[ClipBatch], None], batches: Iterator[ClipBatch]) -> float:
    """Seconds for each batch."""
    start = time.perf_counter()
    count = 0
    for count, batch in enumerate(batches, start=1):  # noqa: B007 - the count is used behind the loop
        step(batch)
    return (time.perf_counter() - start) / count


if __name__ == "__main__":
    main()
