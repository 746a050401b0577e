"""The same checkpoint under this package and under transformers' own recipe for audio classification.

    python benchmarks/encoder_comparison.py                # a tiny checkpoint
    python benchmarks/encoder_comparison.py --size base    # random weights of the real size

The recipe is that of transformers' example `run_audio_classification`: AutoModelForAudioClassification
with its convolutions frozen, clips padded by the feature extractor, Trainer (which needs `pip install
accelerate`); its inference is the pipeline "audio-classification". Both read the same files, of 1 to
4 s, and train in fp32 with the same batch size. Epochs are timed after the first. The change by
company is the largest change of a clip's probabilities when it is predicted in a batch with seven others.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from emotion_classifier.audio.io import read_audio, write_wav
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.emotions import Prediction
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import write_specification
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.export.onnx import save_weights
from emotion_classifier.progress import ignore
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.testing.encoders import real_size_checkpoint, tiny_checkpoint
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.fit import fit

RATE, BATCH, EPOCHS = 16_000, 8, 3
EMOTIONS = ("angry", "happy", "neutral", "sad")
Probabilities = npt.NDArray[np.float32]


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--family", choices=("wav2vec2", "hubert", "wavlm"), default="hubert")
    parser.add_argument("--size", choices=("tiny", "base", "large"), default="tiny")
    parser.add_argument("--clips", type=int, default=32)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["EMOTION_CACHE"] = str(folder / "cache")
        checkpoint = folder / "checkpoint"
        if chosen.size == "tiny":
            tiny_checkpoint(checkpoint, chosen.family)
        else:
            real_size_checkpoint(checkpoint, chosen.family, chosen.size)
        files = noise(folder, chosen.clips)
        print("| | this package | transformers |\n|---|---|---|")
        for tuning in ("all", "frozen"):
            ours, theirs = (
                f"{len(files) / epoch(checkpoint, files, folder, tuning):.1f} clips/s"
                for epoch in (our_epoch, their_epoch)
            )
            print(f"| an epoch of training, {tuning} | {ours} | {theirs} |", flush=True)
        compare_inference(checkpoint, files, folder)
        print(f"| a resumed training ends in | | {their_resumption(checkpoint, files, folder)} |")


def noise(folder: Path, clips: int) -> list[Path]:
    """Files of 1 to 4 s."""
    rng = np.random.default_rng(0)
    paths = [folder / f"{number}.wav" for number in range(clips)]
    for path in paths:
        samples = 0.1 * rng.standard_normal(int(rng.uniform(1.0, 4.0) * RATE))
        write_wav(path, samples.astype(np.float32), RATE)
    return paths


def our_epoch(checkpoint: Path, files: Sequence[Path], folder: Path, tuning: str) -> float:
    """Median seconds of an epoch, with its checkpoint; frozen: from the cache."""
    found = WaveformCache(folder / "waveforms", Preparation(RATE, None)).prepare_all(list(files))
    clips = [clip for clip in found.values() if isinstance(clip, CachedClip)]
    dataset = ClipDataset(
        clips,
        np.eye(len(EMOTIONS), dtype=np.float32)[np.arange(len(clips)) % len(EMOTIONS)],
        InputConfig(seconds=4.0).build(),
        seed=0,
        speakers=["one"] * len(clips),
        corpora=["noise"] * len(clips),
        speaker_order=["one"],
    )
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "precision": "fp32", "keep": "last"}
    run = RunFolder(folder / f"run-{tuning}")
    fit(
        our_classifier(checkpoint, tuning),
        dataset,
        None,
        TrainingConfig.model_validate({**settings, "tensorboard": None}),
        emotions=EMOTIONS,
        folder=run,
        report=ignore,
    )
    return statistics.median(row.seconds for row in read_history(run.history)[1:])


def our_classifier(checkpoint: Path, tuning: str) -> EmotionClassifier:
    """A classifier on the last layer, as the recipe's."""
    torch.manual_seed(0)
    return our_settings(checkpoint, tuning).build(RATE, len(EMOTIONS))


def our_settings(checkpoint: Path, tuning: str) -> ModelConfig:
    """Settings of `our_classifier`."""
    frontend = {"kind": "encoder", "name": str(checkpoint), "layers": "last"}
    return ModelConfig.model_validate({"frontend": {**frontend, "tuning": {"kind": tuning}}})


def library() -> Any:
    """transformers, which has no types."""
    return importlib.import_module("transformers")


def their_epoch(checkpoint: Path, files: Sequence[Path], folder: Path, tuning: str) -> float:
    """Median seconds of an epoch."""
    ends: list[float] = []

    class Clock(library().TrainerCallback):  # type: ignore[misc]
        def on_epoch_end(self, *_: object, **__: object) -> None:
            ends.append(time.perf_counter())

    trainer = their_trainer(checkpoint, files, folder / "trainer", tuning)
    trainer.add_callback(Clock())
    trainer.train()
    return statistics.median(np.diff(ends))


def their_trainer(
    checkpoint: Path, files: Sequence[Path], output: Path, tuning: str, save: str = "no"
) -> Any:
    """The Trainer of the recipe."""
    extractor = library().AutoFeatureExtractor.from_pretrained(checkpoint)

    class Clips(torch.utils.data.Dataset[dict[str, Any]]):
        def __len__(self) -> int:
            return len(files)

        def __getitem__(self, number: int) -> dict[str, Any]:
            samples = read_audio(files[number]).samples[0]
            features = extractor(samples, sampling_rate=RATE)
            return {"input_values": features.input_values[0], "labels": number % len(EMOTIONS)}

    torch.manual_seed(0)
    model = their_model(checkpoint)
    if tuning == "frozen":
        model.freeze_base_model()
    else:
        model.freeze_feature_encoder()
    arguments = library().TrainingArguments(
        output_dir=str(output),
        per_device_train_batch_size=BATCH,
        num_train_epochs=EPOCHS,
        save_strategy=save,
        report_to="none",
        logging_strategy="no",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )
    return library().Trainer(
        model=model, args=arguments, train_dataset=Clips(), processing_class=extractor
    )


def their_model(checkpoint: Path) -> Any:
    """The recipe's model, with a fresh head."""
    library().utils.logging.set_verbosity_error()
    return library().AutoModelForAudioClassification.from_pretrained(
        checkpoint, num_labels=len(EMOTIONS)
    )


def compare_inference(checkpoint: Path, files: Sequence[Path], folder: Path) -> None:
    """Print clips per second, and what company changes."""
    write_model(checkpoint, folder / "model")
    predictor = Predictor.load(folder / "model")
    pipeline = library().pipeline(
        "audio-classification",
        model=their_model(checkpoint).eval(),
        feature_extractor=library().AutoFeatureExtractor.from_pretrained(checkpoint),
        top_k=len(EMOTIONS),
    )

    def ours(some: Sequence[Path], together: int) -> Probabilities:
        groups = [some[start : start + together] for start in range(0, len(some), together)]
        answers = [answer for group in groups for answer in predictor.predict_many(group)]
        return np.stack([a.probabilities for a in answers if isinstance(a, Prediction)])

    def theirs(some: Sequence[Path], together: int) -> Probabilities:
        clips = [read_audio(file).samples[0] for file in some]
        answers = pipeline(clips, batch_size=together)
        return np.array(
            [[s["score"] for s in sorted(one, key=lambda s: s["label"])] for one in answers],
            np.float32,
        )

    speeds, changes = [], []
    for answer in (ours, theirs):
        answer(files[:BATCH], BATCH)  # to warm up
        times, found = [], []
        for together in (1, BATCH):
            start = time.perf_counter()
            found.append(answer(files, together))
            times.append(time.perf_counter() - start)
        speeds.append([f"{len(files) / seconds:.1f} clips/s" for seconds in times])
        changes.append(f"{np.abs(found[0] - found[1]).max():.0e}")
    for number, what in enumerate(("one by one", f"{BATCH} together")):
        print(f"| answers, {what} | {speeds[0][number]} | {speeds[1][number]} |")
    print(f"| change by company | {changes[0]} | {changes[1]} |", flush=True)


def write_model(checkpoint: Path, folder: Path) -> None:
    """A model folder with a fresh head."""
    classifier = our_classifier(checkpoint, "frozen").eval()
    save_weights(folder, classifier, RATE)
    specification = ModelSpecification(
        name="comparison",
        emotions=EMOTIONS,
        input=InputConfig(seconds=4.0),
        architecture=our_settings(checkpoint, "frozen").model_dump(mode="json"),
        parameters=sum(parameter.numel() for parameter in classifier.parameters()),
        training_data=(),
    )
    write_specification(folder, specification)


def their_resumption(checkpoint: Path, files: Sequence[Path], folder: Path) -> str:
    """Whether a training that goes on from its first epoch ends in the same weights."""
    whole = their_trainer(checkpoint, files, folder / "resumed", "all", save="epoch")
    whole.train()
    first = min(folder.glob("resumed/checkpoint-*"), key=lambda path: int(path.name[11:]))
    again = their_trainer(checkpoint, files, folder / "again", "all")
    again.train(resume_from_checkpoint=str(first))
    expected, found = whole.model.state_dict(), again.model.state_dict()
    change = max(float((value - found[name]).abs().max()) for name, value in expected.items())
    return f"weights that differ by up to {change:.0e}" if change else "the same weights"


if __name__ == "__main__":
    main()
