"""How many times faster than real time a model predicts windows of 5 s on one core, and the time of each part.

    python benchmarks/prediction_speed.py                                # the bundled model "default"
    python benchmarks/prediction_speed.py --model small
    python benchmarks/prediction_speed.py --model runs/demo/toy --rounds 5

The limit for the bundled models on Whisper's encoder is 100 times, for `small` 300, front-end included. Times are
those of the processor and not of the clock, so that a busy machine changes little: medians of interleaved
rounds. For a cold `emotion predict` see start_up.py.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.model_folder.folder import GRAPH
from emotion_classifier.models.export.onnx_metadata import SCOPES
from emotion_classifier.units import Seconds, to_samples

WINDOW_SECONDS: Seconds = 5.0
LIMITS = {"default": 100, "small": 300, "crema_d": 100}


def main() -> None:
    """Print a line for each part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="a model folder, a run, or the name of a bundled model")
    parser.add_argument("--rounds", type=int, default=100)
    arguments = parser.parse_args()
    folder = model_folder(arguments.model)
    model = EmotionModel.load(folder, threads=1)
    rate = model.input.sample_rate
    noise = np.random.default_rng(0).normal(0, 0.1, to_samples(WINDOW_SECONDS, rate))
    parts = parts_of(model, folder, noise.astype(np.float32))
    print("| part | ms for a window of 5 s | times real time |")
    print("|---|---|---|")
    for name, seconds in medians(parts, arguments.rounds).items():
        print(f"| {name} | {1000 * seconds:.2f} | {WINDOW_SECONDS / seconds:.0f} |")
    if limit := LIMITS.get(arguments.model or "default"):
        print(f"\nLimit: {limit} times for the prediction of a window.")


def parts_of(model: EmotionModel, folder: Path, window: Samples) -> dict[str, Callable[[], object]]:
    """The timed parts, by name; `window` is (sample,) at the model's rate."""
    rate = model.input.sample_rate
    crops = model.input.window_crops(window)
    parts: dict[str, Callable[[], object]] = {
        "trimming and cropping": partial(model.input.window_crops, window),
        "the model, front-end included": partial(model.crop_logits, crops),
        "prediction of a window: both": partial(model.window_probabilities, [window]),
        "voice activity": partial(ActivityDetector().speech, window, rate),
    }
    frontend = frontend_of(folder / GRAPH)
    if frontend is not None:
        waveforms, lengths = model.input.batch(crops)
        feeds = {"waveforms": waveforms, "lengths": lengths}
        parts["front-end, as part of the model"] = partial(frontend.run, None, feeds)
    return parts


def frontend_of(graph: Path) -> onnxruntime.InferenceSession | None:
    """The first nodes of the graph, up to the features; None where its nodes have no scopes."""
    model = onnx.load(graph)
    nodes = model.graph.node
    inside = [index for index, node in enumerate(nodes) if "'frontend'" in _scopes(node)]
    if not inside:
        return None
    features = onnx.helper.make_empty_tensor_value_info(nodes[inside[-1]].output[0])
    del nodes[inside[-1] + 1 :], model.graph.output[:]
    model.graph.output.append(features)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    with TemporaryDirectory() as folder:
        path = Path(folder, GRAPH)
        onnx.save(model, path)
        return onnxruntime.InferenceSession(str(path), options)


def _scopes(node: onnx.NodeProto) -> str:
    return next((one.value for one in node.metadata_props if one.key == SCOPES), "")


def medians(parts: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Seconds]:
    """Median of each part's time on the processor; a first round is not counted."""
    taken: dict[str, list[Seconds]] = {name: [] for name in parts}
    for _ in range(rounds + 1):
        for name, part in parts.items():
            start = time.thread_time()
            part()
            taken[name].append(time.thread_time() - start)
    return {name: median(seconds[1:]) for name, seconds in taken.items()}


if __name__ == "__main__":
    main()
