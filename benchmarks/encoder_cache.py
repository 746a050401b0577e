"""Hidden states of a frozen base encoder: extraction against a bare loop, and heads from the cache.

    python benchmarks/encoder_cache.py
    python benchmarks/encoder_cache.py --clips 1200 --gpu
    OMP_NUM_THREADS=1 python benchmarks/encoder_cache.py    # where others compute too

The encoder has HuBERT base's size and random weights. The bare loop processes the same batches, which
are of clips of like lengths, with the waveforms in memory, and discards the states. Limits: at
least 95 % of its clips per second; an epoch of the head over 1,200 clips of 150 frames in under
2 s on two cores. On a busy machine the processor's time is what counts.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import lightning
import numpy as np
import torch

from emotion_classifier.audio.array_cache import CachedArray
from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.progress import ignore
from emotion_classifier.testing.encoders import real_size_checkpoint
from emotion_classifier.training.data import hidden_state_extraction
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.hidden_state_cache import hidden_state_cache
from emotion_classifier.training.data.hidden_state_dataset import HiddenStateDataset
from emotion_classifier.training.data.items import ClipBatch, Key
from emotion_classifier.training.data.loaders import training_loader
from emotion_classifier.training.malloc import keep_freed_memory
from emotion_classifier.training.module import ClassifierModule
from emotion_classifier.training.objectives.losses import CrossEntropy
from emotion_classifier.training.optim.schedules import Cosine
from emotion_classifier.training.sampling import EveryClip
from emotion_classifier.training.trainer import bf16_is_fast

RATE = 16_000
EMOTIONS = 8
HEAD_CLIPS, HEAD_FRAMES, WIDTH = 1_200, 150, 768
EPOCHS = 4


def main() -> None:
    """Print both ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=24, help="clips to extract")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--gpu", action="store_true")
    arguments = parser.parse_args()
    device = torch.device("cuda" if arguments.gpu else "cpu")
    keep_freed_memory()
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        classifier = base_classifier(folder / "hubert")
        head_epochs(classifier, folder, device)
        encoder = classifier.frontend
        assert isinstance(encoder, Encoder)
        compare_extraction(
            encoder, noise(arguments.clips, folder), folder, device, arguments.rounds
        )


def base_classifier(folder: Path) -> EmotionClassifier:
    """A classifier over the last layer of HuBERT base, all weights random."""
    real_size_checkpoint(folder, "hubert", "base")
    frontend = {"kind": "encoder", "name": str(folder), "layers": "last"}
    return ModelConfig.model_validate({"frontend": frontend}).build(RATE, EMOTIONS)


def dataset_of(clips: list[CachedClip]) -> ClipDataset:
    """Clips with emotions and speakers of no meaning."""
    return ClipDataset(
        clips,
        np.eye(EMOTIONS, dtype=np.float32)[np.arange(len(clips)) % EMOTIONS],
        ModelInput(Preparation(RATE, None), 5.0, mask_padding=True, minimum_seconds=0.5),
        seed=0,
        speakers=["one"] * len(clips),
        corpora=["noise"] * len(clips),
        speaker_order=["one"],
    )


def noise(clips: int, folder: Path) -> ClipDataset:
    """Noise of 1 to 5 s in the waveform cache."""
    rng = np.random.default_rng(0)
    paths = [folder / f"{number}.wav" for number in range(clips)]
    for path in paths:
        samples = 0.1 * rng.standard_normal(int(rng.uniform(1.0, 5.0) * RATE))
        write_wav(path, samples.astype(np.float32), RATE)
    found = WaveformCache(folder / "waveforms", Preparation(RATE, None)).prepare_all(paths)
    return dataset_of([clip for clip in found.values() if isinstance(clip, CachedClip)])


def compare_extraction(
    encoder: Encoder, clips: ClipDataset, folder: Path, device: torch.device, rounds: int
) -> None:
    """Print clips per second of the bare loop and of the extraction, in turns."""
    bf16 = bf16_is_fast(gpu=device.type == "cuda")
    batches = batches_of(clips, device)
    bare_loop(encoder, batches[-1:], device, bf16)  # to warm up
    bare, ours = [], []
    for number in range(rounds):
        with Watch() as watch:
            bare_loop(encoder, batches, device, bf16)
        bare.append(watch)
        cache = hidden_state_cache(folder / str(number), "0" * 64)
        with Watch() as watch:
            hidden_state_extraction.cache_hidden_states(
                encoder, [clips], cache, device=device, bf16=bf16, report=ignore
            )
        ours.append(watch)
    for what in ("wall", "processor"):
        alone, whole = (
            statistics.median(getattr(w, what) for w in times) for times in (bare, ours)
        )
        print(f"bare loop {len(clips) / alone:.2f} clips a second of {what} time, ", end="")
        print(f"extraction {len(clips) / whole:.2f}: {alone / whole:.3f} (limit: 0.95)")


class Watch:
    """The seconds that a block takes: on the wall, and of this process on all processors."""

    def __enter__(self) -> Watch:
        self.wall, self.processor = -time.perf_counter(), -time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter()
        self.processor += time.process_time()


def batches_of(clips: ClipDataset, device: torch.device) -> list[ClipBatch]:
    """All clips in memory, in the batches of the extraction."""
    inputs = [
        hidden_state_extraction.EncoderInput(clips, key, "", len(clips[key].samples))
        for key in clips.fixed_variants()
    ]
    batches = hidden_state_extraction.batches_within(
        inputs, hidden_state_extraction.batch_samples(device)
    )
    return [clips.collate([clips[one.key] for one in batch]) for batch in batches]


@torch.inference_mode()
def bare_loop(encoder: Encoder, batches: list[ClipBatch], device: torch.device, bf16: bool) -> None:
    """The encoder over all batches."""
    encoder.to(device).eval()
    for batch in batches:
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            states = encoder.states(batch.waveforms.to(device), batch.lengths.to(device))
    float(states.flatten()[0])  # waits for a GPU


def head_epochs(classifier: EmotionClassifier, folder: Path, device: torch.device) -> None:
    """Print the seconds of an epoch of the head over states in the cache."""
    rng = np.random.default_rng(0)
    block = rng.standard_normal((1, HEAD_FRAMES + HEAD_CLIPS, WIDTH)).astype(np.float16)
    cache = hidden_state_cache(folder, "1" * 64)
    cached = {
        Key(-1, clip): cache.write(f"{clip:064x}", block[:, clip : clip + HEAD_FRAMES])
        for clip in range(HEAD_CLIPS)
    }
    array = CachedArray("", "<f4", (3 * RATE,), 0)
    unread = CachedClip(array, RATE, "", 3.0, RATE, 1, 0.0, 0.0, is_in_opposite_phase=False)
    states = HiddenStateDataset(dataset_of([unread] * HEAD_CLIPS).centred(), cached)
    module = ClassifierModule(
        classifier,
        Cosine(EPOCHS, warmup_epochs=2.0),
        CrossEntropy(torch.ones(1, EMOTIONS), torch.ones(1, EMOTIONS).bool(), label_smoothing=0.0),
        corpora=torch.zeros(HEAD_CLIPS, dtype=torch.int64),
        encoder_learning_rate=None,
        layer_decay=1.0,
        learning_rate=1e-3,
        weight_decay=1e-2,
        monitor="uar",
        seed=0,
    )
    assert module.encoder is not None
    module.encoder.tune()
    with Watch() as watch:
        for _ in training_loader(states, EveryClip(HEAD_CLIPS), 32, 0, bucketed=True):
            pass
    print(
        f"head: loading alone {watch.wall:.2f} s an epoch ({watch.processor:.2f} s of processors)"
    )
    with Watch() as watch, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        trainer = lightning.Trainer(
            accelerator=device.type,
            precision="bf16-mixed" if bf16_is_fast(gpu=device.type == "cuda") else "32-true",
            max_epochs=EPOCHS,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, training_loader(states, EveryClip(HEAD_CLIPS), 32, 0, bucketed=True))
    seconds = statistics.median(row.seconds for row in module.history[1:])
    print(
        f"head: {seconds:.2f} s an epoch over {HEAD_CLIPS} clips "
        f"({watch.processor / EPOCHS:.2f} s of processors; limit: 2 s on two cores)"
    )


if __name__ == "__main__":
    main()
