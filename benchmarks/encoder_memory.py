"""Memory and time of a training step for each way to tune an encoder, beside inference and head.

    python benchmarks/encoder_memory.py --size base --clips 4

The weights are random: they cost what the real ones do. Each row runs in a process of its own;
memory is what its highest resident set has beyond that before the first step (on a GPU: what torch
had allocated at most). The first row computes states without gradients and trains the head on them,
which is the least that a frozen encoder can cost; with `frozen` it should be the same within 10 %.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import torch

from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.testing.encoders import real_size_checkpoint, tiny_checkpoint

RATE, EMOTIONS, STEPS = 16_000, 8, 2
INFERENCE = "inference and head"
TUNINGS: dict[str, dict[str, Any]] = {
    INFERENCE: {"tuning": {"kind": "frozen"}},
    "frozen": {"tuning": {"kind": "frozen"}},
    "lora": {"tuning": {"kind": "lora"}},
    "last 2 layers": {"tuning": {"kind": "last_layers"}},
    "all": {"tuning": {"kind": "all"}},
    "all, gradient checkpointing": {"tuning": {"kind": "all"}, "gradient_checkpointing": True},
}


class Cost(NamedTuple):
    """Costs of a step: trained weights, MB at the peak, seconds of the last step."""

    trained: int
    megabytes: float
    seconds: float


def measure(checkpoint: Path, tuning: str, clips: int, seconds: float, connection: Any) -> None:
    """Send the `Cost` of a step with `clips` of `seconds` each through `connection`."""
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    frontend = {"kind": "encoder", "name": str(checkpoint), **TUNINGS[tuning]}
    classifier = ModelConfig.model_validate({"frontend": frontend}).build(RATE, EMOTIONS)
    assert isinstance(classifier.frontend, Encoder)
    classifier.frontend.tune()
    classifier.to(device).train()
    classifier.frontend.start_epoch(0)
    trained = [p for p in classifier.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-5)
    samples = int(seconds * RATE)
    waveforms = 0.1 * torch.randn(clips, samples, device=device)
    lengths = torch.full((clips,), samples, device=device)
    targets = torch.arange(clips, device=device) % EMOTIONS
    before = _memory(device)
    for _ in range(STEPS):
        start = time.perf_counter()
        optimizer.zero_grad()
        logits = _logits(classifier, waveforms, lengths, without_gradients=tuning == INFERENCE)
        loss = torch.nn.functional.cross_entropy(logits, targets)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if device.type == "cuda":
            torch.cuda.synchronize()
    spent = time.perf_counter() - start
    connection.send(Cost(sum(p.numel() for p in trained), _memory(device) - before, spent))


def _logits(
    classifier: EmotionClassifier,
    waveforms: torch.Tensor,
    lengths: torch.Tensor,
    *,
    without_gradients: bool,
) -> torch.Tensor:
    encoder = classifier.frontend
    assert isinstance(encoder, Encoder)
    with torch.set_grad_enabled(not without_gradients):
        states = encoder.states(waveforms, lengths)
    frames = encoder.frame_lengths(lengths)
    return classifier.classify(encoder.combine(states), frames).logits


def _memory(device: torch.device) -> float:
    """The most MB that were in use so far."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> None:
    """Print a row for each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--size", choices=["tiny", "base", "large"], default="base")
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--only", nargs="*", choices=list(TUNINGS), default=list(TUNINGS))
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.size == "tiny":
            tiny_checkpoint(Path(folder), "hubert")
        else:
            real_size_checkpoint(Path(folder), "hubert", arguments.size)
        print(f"{'tuning':<28} {'trained':>12} {'MB':>8} {'s/step':>8}")
        for tuning in arguments.only:
            receiver, sender = context.Pipe(duplex=False)
            given = (Path(folder), tuning, arguments.clips, arguments.seconds, sender)
            process = context.Process(target=measure, args=given)
            process.start()
            cost = Cost(*receiver.recv())
            process.join()
            print(f"{tuning:<28} {cost.trained:>12,} {cost.megabytes:>8,.0f} {cost.seconds:>8.2f}")


if __name__ == "__main__":
    main()
