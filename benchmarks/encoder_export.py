"""The graph of a classifier with a pretrained encoder: time to write, size, speed, agreement.

    python benchmarks/encoder_export.py --family hubert --size base

Random weights: times and sizes carry over to real ones, the size of errors need not. Limit: logits
of onnxruntime within 1e-3 of torch's, clips alone and padded, shorter than the receptive field too.
The change in UAR is measured on trained weights, with `emotion export RUN --int8 --output FOLDER`.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.folder import ENCODER, GRAPH, GRAPH_DATA, WEIGHTS
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.export.onnx import save_weights
from emotion_classifier.models.export.quantisation import halve, quantise
from emotion_classifier.testing.encoders import real_size_checkpoint, tiny_checkpoint

SAMPLE_RATE, EMOTIONS, ROUNDS, THREADS = 16_000, 8, 5, 1


def agreement(classifier: EmotionClassifier, runtime: OnnxRuntime) -> float:
    """The largest difference between logits of onnxruntime and torch."""
    rng = np.random.default_rng(0)
    worst = 0.0
    for lengths in ([SAMPLE_RATE], [300], [3 * SAMPLE_RATE, 20_001, 399]):
        waveforms = np.zeros((len(lengths), max(lengths)), np.float32)
        for row, length in zip(waveforms, lengths, strict=True):
            row[:length] = 0.1 * rng.standard_normal(length)
        counts = np.array(lengths, np.int64)
        with torch.no_grad():
            expected = classifier(torch.from_numpy(waveforms), torch.from_numpy(counts)).numpy()
        worst = max(worst, float(np.abs(runtime.logits(waveforms, counts) - expected).max()))
    return worst


def milliseconds(answer: Callable[[], object]) -> float:
    """Median of several calls, after one to warm up."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        answer()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[1:])


def main() -> None:
    """Print a line for torch and for each kind of weights."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--family", default="hubert")
    parser.add_argument("--size", choices=("tiny", "base", "large"), default="tiny")
    chosen = parser.parse_args()
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if chosen.size == "tiny":
            name = str(tiny_checkpoint(folder / "checkpoint", chosen.family))
        else:
            name = str(real_size_checkpoint(folder / "checkpoint", chosen.family, chosen.size))
        config = ModelConfig.model_validate({"frontend": {"kind": "encoder", "name": name}})
        torch.manual_seed(0)
        classifier = config.build(SAMPLE_RATE, EMOTIONS).eval()
        start = time.perf_counter()
        save_weights(folder, classifier, SAMPLE_RATE)
        written = time.perf_counter() - start
        print(f"{chosen.family} {chosen.size}: folder written in {written:.1f} s; MB:", end="")
        for file in (WEIGHTS, GRAPH, GRAPH_DATA, ENCODER):
            if (folder / file).exists():
                print(f" {file} {(folder / file).stat().st_size / 1e6:.1f}", end="")
        print(f"\nlargest difference of logits: {agreement(classifier, _open(folder / GRAPH)):.1e}")
        _compare_weights(folder, classifier)


def _compare_weights(folder: Path, classifier: EmotionClassifier) -> None:
    """Print size, time for a clip of 3 s, and how far the logits move."""
    clip = (0.1 * np.random.default_rng(0).standard_normal(3 * SAMPLE_RATE)).astype(np.float32)
    batch = clip[np.newaxis], np.array([len(clip)])
    tensors = tuple(map(torch.from_numpy, batch))
    with torch.no_grad():
        expected = classifier(*tensors).numpy()
        print(f"torch        {milliseconds(lambda: classifier(*tensors)):8.1f} ms a clip")
    quantise(folder / GRAPH, folder / "int8.onnx")
    halve(folder / GRAPH, folder / "fp16.onnx")
    for weights, graph in (("fp32", GRAPH), ("fp16", "fp16.onnx"), ("int8", "int8.onnx")):
        runtime = _open(folder / graph)
        moved = np.abs(runtime.logits(*batch) - expected).max() / np.abs(expected).max()
        size = (folder / graph).stat().st_size / 1e6
        spent = milliseconds(lambda runtime=runtime: runtime.logits(*batch))  # type: ignore[misc]
        print(f"onnx {weights}    {spent:8.1f} ms a clip {size:8.1f} MB, logits moved {moved:.2%}")


def _open(graph: Path) -> OnnxRuntime:
    return OnnxRuntime(graph, threads=THREADS)


if __name__ == "__main__":
    main()
