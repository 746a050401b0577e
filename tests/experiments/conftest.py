"""A tiny corpus, settings of a run of a second, and the command `emotion` without its imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock
from tests.experiments.progress_log import ProgressLog

from emotion_classifier.config import parse_config
from emotion_classifier.corpora.readers.toy import ToyConfig

SERVER = Path(__file__).with_name("command_server.py")


Emotion = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of a process that trains: a cache of its own, one thread."""
    cache = tmp_path_factory.mktemp("cache")
    return {**os.environ, "EMOTION_CACHE": str(cache), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of pytest-xdist have in common."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "common"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def emotion(
    environment: dict[str, str], common: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emotion]:
    """The command `emotion`, run in forks of a process that has imported everything.

    Takes its arguments, and by name the fields of orders in `command_server.py`; returns exit code
    (negative for the signal that ended it) and output.
    """
    log = tmp_path_factory.mktemp("server") / "log.txt"
    graphs = common / "graphs"
    graphs.mkdir(exist_ok=True)
    with subprocess.Popen(
        [sys.executable, str(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:

        def run(*arguments: object, **order: Any) -> subprocess.CompletedProcess[str]:
            assert process.stdin is not None and process.stdout is not None
            words = [str(argument) for argument in arguments]
            paths = {"log": str(log), "graphs": str(graphs)}
            line = json.dumps({**order, **paths, "arguments": words})
            print(line, file=process.stdin, flush=True)
            code = int(process.stdout.readline())
            return subprocess.CompletedProcess(words, code, log.read_text("utf-8"))

        yield run
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def log() -> ProgressLog:
    """Receives progress for one test."""
    return ProgressLog()


@pytest.fixture(scope="session")
def tiny_config(common: Path) -> Path:
    """Settings of a run of a second: toy voices, a small network, everything random switched on."""
    folder = common / "tiny"
    corpus = {
        "kind": "toy",
        "path": str(folder / "corpus"),
        "speakers": 6,
        "clips_per_emotion": 2,
        "emotions": ["angry", "happy", "sad"],
    }
    settings = {
        "experiment": "toy",
        "label": "tiny",
        "corpora": [corpus],
        "split": {"kind": "speakers", "train": 0.6, "validation": 0.2, "test": 0.2},
        "input": {"seconds": 0.6},
        "model": {
            "frontend": {"kind": "log_mel", "mels": 16, "n_fft": 512, "hop_length": 512},
            "spec_augment": {},
            "network": {
                "kind": "cnn",
                "channels": [8],
                "embedding": 8,
            },
        },
        "training": {
            "epochs": 4,
            "batch_size": 8,
            "learning_rate": 0.01,
            "precision": "fp32",
            "tensorboard": {
                "clips": 0
            },  # loads clips for training only: test_resume.py counts them
        },
    }
    path = folder / "tiny.yml"
    with FileLock(common / "tiny.lock"):
        if not path.exists():
            parse_config(ToyConfig, corpus, "test").read()
            path.write_text(yaml.safe_dump(settings), "utf-8")
    return path


@pytest.fixture(scope="session")
def finished_run(emotion: Emotion, tiny_config: Path, common: Path) -> Path:
    """The folder of one complete run with the tiny settings; tests do not change it."""
    runs = common / "finished"
    with FileLock(common / "finished.lock"):
        if not runs.exists():
            ended = emotion("train", tiny_config, "--runs", runs)
            assert ended.returncode == 0, ended.stdout
    return runs / "toy" / "tiny"
