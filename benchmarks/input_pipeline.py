"""How much of a training step goes into loading clips from the warm cache.

    python benchmarks/input_pipeline.py ../shared/data/ravdess

Limit: the loader takes less than 3 % of the time of the steps, which are timed on one preloaded
batch. No workers: all loading happens between the steps.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from pathlib import Path

import torch
from rich.console import Console

from emotion_classifier.config import load_config
from emotion_classifier.experiments.config import RunConfig
from emotion_classifier.experiments.material import gather
from emotion_classifier.training.allocator import keep_freed_memory
from emotion_classifier.training.balancing import EveryClip
from emotion_classifier.training.dataset import ClipDataset, training_loader
from emotion_classifier.training.fit import bf16_is_fast

RECIPE = Path(__file__).parents[1] / "configs" / "recipes" / "ravdess_cnn.yml"
STEPS = 10


def main() -> None:
    """Print both times and their ratio."""
    config = load_config(RunConfig, RECIPE, [f"corpora.0.path={sys.argv[1]}"])
    model_input = config.input.build()
    material = gather(config, model_input, Console())
    clips = [material.clips[u.id] for u in material.utterances]
    speakers = [u.speaker_id for u in material.utterances]
    dataset = ClipDataset(
        clips,
        material.targets(material.utterances),
        model_input,
        seed=0,
        speakers=speakers,
        corpora=[u.corpus for u in material.utterances],
        speaker_order=tuple(dict.fromkeys(speakers)),
    )
    sampling = EveryClip(len(dataset))
    loader = training_loader(dataset, sampling, config.training.batch_size, workers=0)
    (batch,) = deque(loader, maxlen=1)  # an epoch before: page cache and imports are warm

    classifier = config.model.build(model_input.sample_rate, len(material.labels))
    classifier = classifier.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(classifier.parameters())

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16_is_fast()):
            logits = classifier(batch.waveforms, batch.lengths)
            loss = torch.nn.functional.cross_entropy(logits, batch.targets)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        optimiser.zero_grad()

    keep_freed_memory()
    step()
    start = time.perf_counter()
    for _ in range(STEPS):
        step()
    step_seconds = (time.perf_counter() - start) / STEPS
    start = time.perf_counter()
    batches = sum(1 for _ in loader)
    load_seconds = (time.perf_counter() - start) / batches
    print(
        f"loading one batch {load_seconds * 1000:7.2f} ms ({batches} batches of {len(batch.targets)})"
    )
    print(f"one step          {step_seconds * 1000:7.2f} ms")
    print(f"ratio {load_seconds / step_seconds:.4f} (limit 0.03)")


if __name__ == "__main__":
    main()
