"""Cold starts: `emotion --help` below 0.3 s; `emotion predict` of one 3 s clip below 1 s and at most
3 times an interpreter that imports numpy and onnxruntime.

python benchmarks/start_up.py runs/demo/toy     # any run or model folder; `make demo` makes this one
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from emotion_classifier.audio.io import write_wav

ROUNDS = 11
COMMAND = str(Path(sys.executable).with_name("emotion"))


def main(model: Path) -> None:
    """Print the median of interleaved rounds, with the fastest and slowest, and the ratios."""
    with TemporaryDirectory() as folder:
        clip = Path(folder, "clip.wav")
        noise = np.random.default_rng(0).normal(0, 0.1, 3 * 16_000)
        write_wav(clip, noise.astype(np.float32), 16_000)
        commands = {
            "import numpy, onnxruntime": [sys.executable, "-c", "import numpy, onnxruntime"],
            "emotion --help": [COMMAND, "--help"],
            "emotion predict": [COMMAND, "predict", str(clip), "--model", str(model)],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS + 1):
            for name, command in commands.items():
                seconds[name].append(timed(command))
    base = median(seconds["import numpy, onnxruntime"][1:])
    print(f"median [fastest..slowest] of {ROUNDS} rounds, after one that warms the disk")
    for name, (_, *taken) in seconds.items():
        middle = median(taken)
        print(
            f"{name:26} {middle:.3f} s [{min(taken):.3f}..{max(taken):.3f}]  {middle / base:.2f} x"
        )


def timed(command: list[str]) -> float:
    """Seconds that a command takes in a process of its own."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/demo/toy"))
