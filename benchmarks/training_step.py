"""The training step of the CNN as this package runs it, against plain fp32 contiguous.

    python benchmarks/training_step.py

Limit: at least 3 times faster where the processor has bfloat16 instructions. The plain one comes
first: what training changes in the allocator cannot be taken back.
"""

from __future__ import annotations

import statistics
import time

import torch
from torch import nn

from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.frontends.config import LogMelConfig
from emotion_classifier.models.networks.config import CnnConfig
from emotion_classifier.training.malloc import keep_freed_memory
from emotion_classifier.training.trainer import bf16_is_fast

SAMPLE_RATE = 16_000
BATCH, SECONDS, EMOTIONS = 32, 3, 8
ROUNDS = 7


def step_seconds(
    classifier: EmotionClassifier, optimiser: torch.optim.Optimizer, *, bf16: bool
) -> float:
    """Duration of one step on noise."""
    waveforms = torch.randn(BATCH, SECONDS * SAMPLE_RATE) * 0.1
    lengths = torch.full((BATCH,), waveforms.shape[1])
    targets = torch.eye(EMOTIONS)[torch.randint(0, EMOTIONS, (BATCH,))]
    start = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        loss = nn.functional.cross_entropy(classifier(waveforms, lengths), targets)
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    optimiser.zero_grad()
    return time.perf_counter() - start


def median_seconds(classifier: EmotionClassifier, *, bf16: bool) -> float:
    """Median of several steps, after one to warm up."""
    optimiser = torch.optim.AdamW(classifier.parameters())
    times = [step_seconds(classifier, optimiser, bf16=bf16) for _ in range(ROUNDS + 1)]
    return statistics.median(times[1:])


def main() -> None:
    """Print both times and their ratio."""
    torch.manual_seed(0)
    config = ModelConfig(frontend=LogMelConfig(mels=128), network=CnnConfig())
    plain, fast = (config.build(SAMPLE_RATE, EMOTIONS) for _ in range(2))
    fast = fast.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    slow_median = median_seconds(plain, bf16=False)
    keep_freed_memory()
    fast_median = median_seconds(fast, bf16=bf16_is_fast())
    print(f"plain fp32 contiguous        {slow_median * 1000:7.1f} ms a step")
    print(f"channels last, bf16 {bf16_is_fast()!s:5}    {fast_median * 1000:7.1f} ms a step")
    print(f"ratio {slow_median / fast_median:.2f} (limit: at least 3 with bf16)")


if __name__ == "__main__":
    main()
