"""The table of networks from scratch: seven networks, without and with augmentation, on RAVDESS.

    python benchmarks/from_scratch.py ../data/ravdess --jobs 2
    python benchmarks/from_scratch.py ../data/ravdess --folds 1 2 3 4 5 6 --networks mlp cnn

Each row is ``emotion cross-validate`` on EmoBox's folds 1, 3 and 5 (or those named), one process on
one thread for each fold. Augmentation is the default chain and SpecAugment, but for the ``mlp``: holes in time and frequency
are no statistics. What is done is not done again: stop it whenever you like. The table is
printed after every row that is complete; `--table` prints it and trains nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from emotion_classifier.runs.history import read_history

NETWORKS = ("mlp", "lstm", "attention", "cnn_lstm", "acnt", "parallel", "cnn")
VARIANTS = ("none", "default")


def label(network: str, variant: str) -> str:
    """Of the runs of one row."""
    return network.replace("_", "-") + ("-augmented" if variant == "default" else "")


def command(
    network: str, variant: str, folds: list[int], arguments: argparse.Namespace
) -> list[str]:
    """`emotion cross-validate` for some folds of one row."""
    return [
        str(Path(sys.executable).with_name("emotion")),
        "cross-validate",
        f"ravdess_{network}",
        f"corpora.0.path={arguments.corpus}",
        f"label={label(network, variant)}",
        *augmentation(network, variant),
        *(f"--fold={fold}" for fold in folds),
        *("--runs", str(arguments.runs)),
    ]


def augmentation(network: str, variant: str) -> list[str]:
    """The settings of a variant."""
    if variant == "none":
        return []
    return ["augmentation={}"] + ([] if network == "mlp" else ["model.spec_augment={}"])


def run(network: str, variant: str, folds: list[int], arguments: argparse.Namespace) -> None:
    """Train and score, and keep what it says beside the runs."""
    arguments.runs.mkdir(parents=True, exist_ok=True)
    name = f"{label(network, variant)}-{'-'.join(map(str, folds))}"
    with (arguments.runs / f"{name}.log").open("a") as log:
        done = subprocess.run(
            command(network, variant, folds, arguments),
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    if done.returncode:
        print(f"{name} failed: see {log.name}", flush=True)


def row(network: str, variant: str, arguments: argparse.Namespace) -> str | None:
    """One line of the table, or None where a fold is missing."""
    folder = arguments.runs / "ravdess"
    runs = [folder / f"{label(network, variant)}-fold{fold}" for fold in arguments.folds]
    common = folder / f"{label(network, variant)}-folds" / "report.json"
    if not common.is_file() or not all((run / "report.json").is_file() for run in runs):
        return None
    report = json.loads(common.read_text("utf-8"))
    uar, f1 = report["overall"]["uar"], report["overall"]["macro_f1"]
    folds = [_score(run / "report.json")["uar"]["value"] for run in runs]
    model: dict[str, Any] = yaml.safe_load((runs[0] / "model" / "model.yaml").read_text("utf-8"))
    epoch = statistics.median(r.seconds for run in runs for r in read_history(run / "history.csv"))
    low, high = uar["interval"]["low"], uar["interval"]["high"]
    cells = [
        f"`{network}`",
        variant,
        f"{uar['value']:.1%} ({low:.1%} to {high:.1%})",
        f"{f1['value']:.1%}",
        ", ".join(f"{100 * value:.1f}" for value in folds),
        f"{model['parameters'] / 1e6:.2f} M",
        f"{epoch:.1f} s",
    ]
    return "| " + " | ".join(cells) + " |"


def _score(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))["overall"]
    return content


def print_table(arguments: argparse.Namespace) -> None:
    """Every row that is complete."""
    print("| network | augmentation | UAR | macro-F1 | folds | parameters | time per epoch |")
    print("|---|---|---|---|---|---|---|")
    for network in arguments.networks:
        for variant in arguments.variants:
            if line := row(network, variant, arguments):
                print(line, flush=True)


def main() -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="folder of RAVDESS")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--folds", nargs="+", type=int, default=[1, 3, 5])
    parser.add_argument("--jobs", type=int, default=1, help="trainings at once")
    parser.add_argument("--runs", type=Path, default=Path("runs/from-scratch"))
    parser.add_argument("--table", action="store_true", help="print what is done, train nothing")
    arguments = parser.parse_args()
    rows = [(n, v) for v in arguments.variants for n in arguments.networks]
    if not arguments.table:
        with ThreadPoolExecutor(arguments.jobs) as pool:
            for network, variant in rows:
                for fold in arguments.folds:
                    pool.submit(run, network, variant, [fold], arguments)
        for network, variant in rows:
            run(network, variant, arguments.folds, arguments)
    print_table(arguments)


if __name__ == "__main__":
    main()
