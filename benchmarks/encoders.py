"""Properties of each family of encoders: padding, freezing, resuming, the graph; speed and memory.

    python benchmarks/encoders.py                    # tiny checkpoints, all families: a minute
    python benchmarks/encoders.py --size base        # random weights of the real size, without graph
    python benchmarks/encoders.py --family hubert --quick

Each row runs in a process of its own. Padding: the largest change of a clip's last layer (relative,
L2 norm) between the clip alone and in a batch with longer ones; `library` is the same batch through
transformers' own model, with an attention mask for models that were trained with one (layer norm),
without for the others. Frozen: the weights below the trained layer are bit-equal after a step.
Resume: a run that was interrupted and one that was not end in the same bits. Graph: the largest
difference between logits of onnxruntime and torch. Head: training steps of the head on a
frozen encoder; trains: of all layers. Memory is the most that a process takes beyond what it had
before the weights were loaded. Size of errors and all times are those of random weights.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.folder import GRAPH
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.export.onnx import save_weights
from emotion_classifier.progress import Progress, Report
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.testing.encoders import (
    TINY_CHECKPOINTS,
    real_size_checkpoint,
    tiny_checkpoint,
)
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.fit import fit

RATE, EMOTIONS = 16_000, 4
LENGTHS = (36_960, 30_560, 35_360, 16_000)
REAL_FAMILIES = ("wav2vec2", "hubert", "wavlm", "whisper")
LAST_LAYER = {"kind": "last_layers", "unfreeze_last_n_layers": 1}


class Row(NamedTuple):
    """The results of one family, as text."""

    family: str
    padding: str
    library: str
    frozen: str
    resume: str
    graph: str
    head: str
    trains: str


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--size", choices=("tiny", "base", "large"), default="tiny")
    parser.add_argument("--family", nargs="*", choices=TINY_CHECKPOINTS, default=None)
    parser.add_argument("--graph", action="store_true", help="also where the size is not tiny")
    parser.add_argument("--quick", action="store_true", help="one round, no graph, no resuming")
    chosen = parser.parse_args()
    families = chosen.family or (TINY_CHECKPOINTS if chosen.size == "tiny" else REAL_FAMILIES)
    context = multiprocessing.get_context("forkserver")  # which imports this file once
    print("| " + " | ".join(Row._fields) + " |\n" + "|---" * len(Row._fields) + "|")
    tiny = chosen.size == "tiny"
    for family in families:
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = Path(folder) / "checkpoint"
            if tiny:
                tiny_checkpoint(checkpoint, family)
            else:
                real_size_checkpoint(checkpoint, family, chosen.size)
            receiver, sender = context.Pipe(duplex=False)
            graph = (tiny or chosen.graph) and not chosen.quick
            arguments = (family, checkpoint, graph, tiny, chosen.quick, sender)
            process = context.Process(target=measure, args=arguments)
            process.start()
            sender.close()  # so that a process that fails does not leave this one waiting
            print("| " + " | ".join(receiver.recv()) + " |", flush=True)
            process.join()


def measure(
    family: str, checkpoint: Path, graph: bool, resume: bool, quick: bool, connection: Any
) -> None:
    """Send the `Row` of a family through `connection`."""
    waveforms, lengths = noise()
    rounds = 1 if quick else 3
    before = memory()
    frozen = fresh(checkpoint, {"kind": "frozen"})
    head = timed(step(frozen, waveforms, lengths), rounds)
    head_memory = memory() - before
    trains = timed(step(fresh(checkpoint, {"kind": "all"}), waveforms, lengths), rounds)
    training = memory() - before
    connection.send(
        Row(
            family,
            f"{padding_error(checkpoint, waveforms, lengths):.0e}",
            "-" if family == "whisper" else f"{library_error(checkpoint, waveforms, lengths):.1%}",
            yes_or_no(stays_frozen(checkpoint, waveforms, lengths)),
            yes_or_no(resumes(checkpoint)) if resume and not quick else "-",
            f"{graph_error(checkpoint, waveforms, lengths):.0e}" if graph else "-",
            f"{len(LENGTHS) / head:.1f} clips/s, {head_memory:,.0f} MB",
            f"{len(LENGTHS) / trains:.1f} clips/s, {training:,.0f} MB",
        )
    )


def yes_or_no(kept: bool) -> str:
    """``yes`` or ``NO``."""
    return "yes" if kept else "NO"


def noise() -> tuple[torch.Tensor, torch.Tensor]:
    """Waveforms (batch, sample) of four clips, zeros behind each clip's end, and their lengths."""
    lengths = torch.tensor(LENGTHS)
    generator = torch.Generator().manual_seed(0)
    waveforms = 0.1 * torch.randn(len(LENGTHS), max(LENGTHS), generator=generator)
    return waveforms * (torch.arange(max(LENGTHS)) < lengths[:, None]), lengths


def fresh(checkpoint: Path, tuning: dict[str, Any]) -> EmotionClassifier:
    """A classifier on the last layer, in training mode."""
    torch.manual_seed(0)
    frontend = {"kind": "encoder", "name": str(checkpoint), "layers": "last", "tuning": tuning}
    return ModelConfig.model_validate({"frontend": frontend}).build(RATE, EMOTIONS)


def encoder_of(classifier: EmotionClassifier) -> Encoder:
    """Its front-end."""
    assert isinstance(classifier.frontend, Encoder)
    return classifier.frontend


@torch.no_grad()
def padding_error(checkpoint: Path, waveforms: torch.Tensor, lengths: torch.Tensor) -> float:
    """The largest relative change between a clip alone and in the batch, as we compute it."""
    encoder = encoder_of(fresh(checkpoint, {"kind": "frozen"})).eval()
    together = encoder(waveforms, lengths)
    alone = [
        encoder(one[None, :length], length[None])[0]
        for one, length in zip(waveforms, lengths, strict=True)
    ]
    return worst(together, alone)


@torch.no_grad()
def library_error(checkpoint: Path, waveforms: torch.Tensor, lengths: torch.Tensor) -> float:
    """The same as transformers computes it."""
    library: Any = importlib.import_module("transformers")  # it has no types
    model = library.AutoModel.from_pretrained(checkpoint).eval()
    extractor = library.AutoFeatureExtractor.from_pretrained(checkpoint)
    clips = [one[:length].numpy() for one, length in zip(waveforms, lengths, strict=True)]
    masked = getattr(model.config, "feat_extract_norm", "layer") == "layer"
    settings = {
        "sampling_rate": RATE,
        "return_tensors": "pt",
        "padding": True,
        "return_attention_mask": masked,
    }
    together = model(**extractor(clips, **settings)).last_hidden_state
    alone = [model(**extractor([clip], **settings)).last_hidden_state[0] for clip in clips]
    return worst(together, alone)


def worst(together: torch.Tensor, alone: list[torch.Tensor]) -> float:
    """The largest relative difference (L2 norm) between rows of a batch and clips alone."""
    return max(
        float((row[: len(one)] - one).norm() / one.norm())
        for row, one in zip(together, alone, strict=True)
    )


def stays_frozen(checkpoint: Path, waveforms: torch.Tensor, lengths: torch.Tensor) -> bool:
    """Whether a step on the last layer moves that layer and not a bit of those below."""
    classifier = fresh(checkpoint, LAST_LAYER)
    encoder = encoder_of(classifier)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    step(classifier, waveforms, lengths)()
    moved = {n for n, value in encoder.state_dict().items() if not torch.equal(value, before[n])}
    return bool(moved) and not moved & encoder.frozen_names()


def step(
    classifier: EmotionClassifier, waveforms: torch.Tensor, lengths: torch.Tensor
) -> Callable[[], None]:
    """A training step of all that is to be trained."""
    encoder_of(classifier).tune()
    encoder_of(classifier).start_epoch(0)
    trained = [p for p in classifier.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.1)
    targets = torch.arange(len(lengths)) % EMOTIONS

    def take() -> None:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(classifier(waveforms, lengths), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return take


def timed(call: Callable[[], None], rounds: int) -> float:
    """Median seconds of a call, after one to warm up."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def memory() -> float:
    """The most MB that this process has taken so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


class StoppedError(Exception):
    """Ends a training."""


def stopped_in(epoch: int) -> Report:
    """End the training when an epoch is reported, before its checkpoint; 0 never does."""

    def report(progress: Progress) -> None:
        if progress.text.startswith(f"epoch {epoch}/"):
            raise StoppedError

    return report


def resumes(checkpoint: Path) -> bool:
    """Whether an interrupted run ends in the bits of an uninterrupted one."""
    folder = checkpoint.parent
    paths = [folder / f"{number}.wav" for number in range(8)]
    for number, path in enumerate(paths):
        samples = 0.1 * np.random.default_rng(number).standard_normal(RATE // 2)
        write_wav(path, samples.astype(np.float32), RATE)
    found = WaveformCache(folder / "cache", Preparation(RATE, None)).prepare_all(paths)
    clips = [clip for clip in found.values() if isinstance(clip, CachedClip)]
    settings = {"epochs": 2, "batch_size": 4, "precision": "fp32", "tensorboard": None}
    config = TrainingConfig.model_validate({**settings, "keep": "last"})

    def train(name: str, interrupted_in: int = 0) -> dict[str, torch.Tensor]:
        fitted = fit(
            fresh(checkpoint, LAST_LAYER),
            dataset(clips),
            None,
            config,
            emotions=[str(number) for number in range(EMOTIONS)],
            folder=RunFolder(folder / name),
            report=stopped_in(interrupted_in),
        )
        return fitted.classifier.state_dict()

    whole = train("whole")
    try:
        train("stopped", 2)
    except StoppedError:
        resumed = train("stopped")
        return all(torch.equal(value, resumed[name]) for name, value in whole.items())
    return False


def dataset(clips: list[CachedClip]) -> ClipDataset:
    """Clips with emotions and speakers of no meaning."""
    return ClipDataset(
        clips,
        np.eye(EMOTIONS, dtype=np.float32)[np.arange(len(clips)) % EMOTIONS],
        ModelInput(Preparation(RATE, None), 1.0, mask_padding=True, minimum_seconds=0.1),
        seed=0,
        speakers=["one"] * len(clips),
        corpora=["noise"] * len(clips),
        speaker_order=["one"],
    )


def graph_error(checkpoint: Path, waveforms: torch.Tensor, lengths: torch.Tensor) -> float:
    """The largest difference between logits of onnxruntime and torch."""
    folder = checkpoint.parent / "model"
    classifier = fresh(checkpoint, LAST_LAYER).eval()
    save_weights(folder, classifier, RATE)
    found = OnnxRuntime(folder / GRAPH).logits(waveforms.numpy(), lengths.numpy())
    with torch.no_grad():
        expected = classifier(waveforms, lengths).numpy()
    return float(np.abs(found - expected).max())


if __name__ == "__main__":
    main()
