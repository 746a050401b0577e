"""How much of a training epoch is spent outside its steps.

    python benchmarks/training_epoch.py ../shared/data/ravdess
    python benchmarks/training_epoch.py ../shared/data/ravdess augmentation={}
    python benchmarks/training_epoch.py ../shared/data/ravdess augmentation={views: 4}

Trains the recipe of the CNN with `emotion train`'s own function. After each epoch as many bare steps are
taken, of a second network on one batch, so that other work on the machine slows down both. Epochs
include everything between two reports: loader, augmentation, Lightning, validation, metrics, checkpoints,
tables, TensorBoard. The first epoch, which imports and draws most, is not counted. The limit is a
share of 0.10 without augmentation.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from emotion_classifier.config import load_config
from emotion_classifier.experiments.data.load import load_corpora, split_corpora
from emotion_classifier.experiments.recipes import recipe_file
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.plan import RunPlan, build_datasets, plan_run
from emotion_classifier.experiments.train.run import create_run
from emotion_classifier.experiments.train.train_model import train_model
from emotion_classifier.progress import Progress
from emotion_classifier.training.data.loaders import training_loader
from emotion_classifier.training.malloc import keep_freed_memory
from emotion_classifier.training.sampling import EveryClip
from emotion_classifier.training.trainer import takes_bf16

RECIPE = recipe_file("ravdess_cnn")


class Clocks(NamedTuple):
    """Seconds by the clock, and of this process's processors."""

    wall: float
    processor: float

    @classmethod
    def now(cls) -> Clocks:
        """The clocks."""
        return cls(time.perf_counter(), time.process_time())

    def since(self, start: Clocks) -> Clocks:
        """Time from `start` on."""
        return Clocks(self.wall - start.wall, self.processor - start.processor)


class Timer:
    """Times epochs by their reports, and bare steps after each.

    Parameters
    ----------
    bare_epoch : takes the steps of an epoch.
    """

    def __init__(self, bare_epoch: Callable[[], None]) -> None:
        self.bare_epoch = bare_epoch
        self.epochs: list[Clocks] = []
        self.steps: list[Clocks] = []
        self._start: Clocks | None = None

    def __call__(self, progress: Progress) -> None:
        """Take note of the end of an epoch."""
        if not progress.text.startswith("epoch"):
            return
        end = Clocks.now()
        if self._start is not None:
            self.epochs.append(end.since(self._start))
        self.bare_epoch()
        self._start = Clocks.now()
        self.steps.append(self._start.since(end))


def main() -> None:
    """Print the times and the share."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="folder of RAVDESS")
    parser.add_argument("settings", nargs="*", help="of the run, such as augmentation={}")
    parser.add_argument("--epochs", type=int, default=6)
    arguments = parser.parse_args()
    epochs = f"training.epochs={arguments.epochs}"
    settings = [f"corpora.0.path={arguments.corpus}", epochs, *arguments.settings]
    config = load_config(RunConfig, RECIPE, settings)
    data = load_corpora(config, config.input.build())
    plan = plan_run(config, data, split_corpora(data, config))
    timer = Timer(bare_epoch(plan))
    with tempfile.TemporaryDirectory() as root:
        train_model(create_run(Path(root), plan), plan, timer)
    for name in Clocks._fields:
        steps, whole = (
            [getattr(t, name) for t in times] for times in (timer.steps[:-1], timer.epochs)
        )
        shares = [1.0 - step / epoch for step, epoch in zip(steps, whole, strict=True)]
        print(
            f"{name:9}  steps {statistics.median(steps):6.2f} s  epoch {statistics.median(whole):6.2f} s"
            f"  share outside the steps {statistics.median(shares):.3f}"
            f" ({min(shares):.3f} to {max(shares):.3f})"
        )


def bare_epoch(plan: RunPlan) -> Callable[[], None]:
    """The steps of one epoch on one batch."""
    config = plan.config
    keep_freed_memory()
    training, _ = build_datasets(config, plan.data, plan.split, None)
    loader = training_loader(training, EveryClip(len(training)), config.training.batch_size, 0)
    batch = next(iter(loader))
    classifier = config.model.build(config.input.sample_rate, len(plan.data.labels))
    classifier = classifier.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(classifier.parameters())

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=takes_bf16(config.training)):
            logits = classifier(batch.waveforms, batch.lengths)
            loss = torch.nn.functional.cross_entropy(logits, batch.targets)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(classifier.parameters(), 5.0)
        optimiser.step()
        optimiser.zero_grad()

    def steps() -> None:
        state = torch.get_rng_state()
        for _ in range(len(loader)):
            step()
        torch.set_rng_state(state)

    return steps


if __name__ == "__main__":
    main()
