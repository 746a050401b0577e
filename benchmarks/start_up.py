"""Cold starts: `emotion --help` below 0.3 s; `emotion predict` of one 3 s clip below 1 s and at most
3 times an interpreter that imports numpy and onnxruntime.

    python benchmarks/start_up.py                              # the bundled model
    python benchmarks/start_up.py --model runs/demo/toy --rounds 1

The page cache is warm: a first round is not counted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from emotion_classifier.audio.io import write_wav

COMMAND = str(Path(sys.executable).with_name("emotion"))


def main() -> None:
    """Print the median of interleaved rounds, with the fastest and slowest, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="a model folder, a run, or the name of a bundled model")
    parser.add_argument("--rounds", type=int, default=11)
    arguments = parser.parse_args()
    options = ["--model", arguments.model] if arguments.model else []
    with TemporaryDirectory() as folder:
        clip = Path(folder, "clip.wav")
        noise = np.random.default_rng(0).normal(0, 0.1, 3 * 16_000)
        write_wav(clip, noise.astype(np.float32), 16_000)
        commands = {
            "import numpy, onnxruntime": [sys.executable, "-c", "import numpy, onnxruntime"],
            "emotion --help": [COMMAND, "--help"],
            "emotion predict": [COMMAND, "predict", str(clip), *options],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(arguments.rounds + 1):
            for name, command in commands.items():
                seconds[name].append(timed(command))
    base = median(seconds["import numpy, onnxruntime"][1:])
    print("| command | median | fastest | slowest | times the import |")
    print("|---|---|---|---|---|")
    for name, (_, *taken) in seconds.items():
        columns = [f"{one:.3f} s" for one in (median(taken), min(taken), max(taken))]
        print(f"| {name} | {' | '.join(columns)} | {median(taken) / base:.2f} |")


def timed(command: list[str]) -> float:
    """Seconds that a command takes in a process of its own."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
