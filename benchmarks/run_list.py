"""Time of a grid of small runs in two processes, as a share of the time in one.

    python benchmarks/run_list.py [--runs N] [--epochs N] [--processes N]

Synthetic voices, which are made and decoded before. Each process has an equal share of the processor's
threads; one process has all of them, unless OMP_NUM_THREADS is set. The seconds of processor time, of
all threads and processes, say what the processes cost where other work shares the processor.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

from emotion_classifier.config import parse_config
from emotion_classifier.experiments.data.load import load_corpora
from emotion_classifier.experiments.run_list.execution import execute_runs
from emotion_classifier.experiments.train.config import RunConfig


def grid(folder: Path, runs: int, epochs: int) -> list[RunConfig]:
    """Settings of runs that differ in their seed."""
    settings = {
        "experiment": "grid",
        "corpora": [{"kind": "toy", "path": str(folder / "voices"), "speakers": 12}],
        "split": {"kind": "speakers", "train": 0.5, "validation": 0.25, "test": 0.25},
        "input": {"seconds": 2.0},
        "model": {"network": {"kind": "cnn", "channels": [16, 32]}},
        "training": {"epochs": epochs, "device": "cpu", "tensorboard": None},
    }
    return [
        parse_config(RunConfig, settings | {"label": f"seed-{seed}", "seed": seed})
        for seed in range(runs)
    ]


def processor_seconds() -> float:
    """Of this process and of those that it has waited for."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["EMOTION_CACHE"] = str(folder / "cache")
        configs = grid(folder, options.runs, options.epochs)
        load_corpora(configs[0], configs[0].input.build())
        seconds = {}
        for processes in (1, options.processes):
            started, used = time.perf_counter(), processor_seconds()
            outcomes = execute_runs(configs, root=folder / f"runs-{processes}", processes=processes)
            seconds[processes] = time.perf_counter() - started
            assert all(outcome.error is None for outcome in outcomes), outcomes
            print(
                f"{len(configs)} runs, {processes} at a time: {seconds[processes]:.1f} s, "
                f"{processor_seconds() - used:.1f} s of processor time",
                flush=True,
            )
        share = seconds[options.processes] / seconds[1]
        print(f"{options.processes} processes take {share:.0%} of the time of one")


if __name__ == "__main__":
    main()
