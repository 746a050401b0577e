"""Whisper over the clip's own frames against 30 s: processor time for each clip of a corpus.

    python benchmarks/encoder_context.py ../shared/models/whisper-tiny.en ../shared/data/ravdess

One thread, clips one at a time, evenly spaced among the files of the folder; the contexts take turns.
The time is that of the processor, which other work on the machine hardly changes. The last column is
the relative change (L2 norm) of a clip's highest chosen states, median over the clips: of `clip`
against `30s`, because the weights were trained with 30 s.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import torch

from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.encoder import Encoder

RATE = 16_000
CONTEXTS = ("30s", "clip")


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("checkpoint")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--layers", type=int, nargs="+", default=[2, 3])
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    encoders = {context: load(chosen.checkpoint, context, chosen.layers) for context in CONTEXTS}
    files = sorted(p for p in chosen.folder.rglob("*") if p.suffix in {".wav", ".ogg", ".flac"})
    files = files[:: max(1, len(files) // chosen.clips)][: chosen.clips]
    clips = [torch.from_numpy(Preparation(RATE, None).load(file)) for file in files]
    measure(encoders, clips[0])  # warms up
    rows = [measure(encoders, clip) for clip in clips]
    seconds = sum(map(len, clips)) / RATE / len(clips)
    change = statistics.median(changed for _, changed in rows)
    print(f"{len(clips)} clips of {seconds:.1f} s on average, layers {chosen.layers}\n")
    print("| context | ms per clip | change of the states |\n|---|---|---|")
    for number, context in enumerate(CONTEXTS):
        spent = 1000 * statistics.mean(times[number] for times, _ in rows)
        print(f"| {context} | {spent:.0f} | {f'{change:.0%}' if context == 'clip' else ''} |")


def load(checkpoint: str, context: str, layers: list[int]) -> Encoder:
    """The encoder, ready to evaluate."""
    config = {"name": checkpoint, "context": context, "layers": layers}
    return EncoderConfig.model_validate(config).build(RATE).eval()


@torch.no_grad()
def measure(encoders: dict[str, Encoder], clip: torch.Tensor) -> tuple[list[float], float]:
    """Seconds of each encoder for a clip (sample,), and how far the highest states are apart."""
    times, states = [], []
    for encoder in encoders.values():
        start = time.process_time()
        states.append(encoder.states(clip[None], torch.tensor([len(clip)]))[0, -1])
        times.append(time.process_time() - start)
    long, own = states
    return times, float((own - long).norm() / long.norm())


if __name__ == "__main__":
    main()
