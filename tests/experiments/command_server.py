"""Runs `emotion` commands in forks of one process, killed where the order says so.

Importing torch and Lightning takes seconds; here it is done once. Each line of the input is an
order in JSON; each line of the output is the exit code, negative for a signal, or 77 where this
machine does not allow what was ordered.

arguments : of the command.
log : file for its output.
graphs : folder for the graphs of trained models; where the same weights are exported again, the
    graph is copied, because torch needs many times as long for it as these runs for their training.
stop : optional; ``signal`` to send to the process itself at the ``occurrence`` (the first is 1) of
    an audit ``event`` (``open``, ``os.rename``, …) about a ``path`` (a regular expression).
graph : optional; a file that stands for the graph of every model, where nothing depends on its weights.
exports : optional; true where several new models are exported. What torch prepares in a process for
    its first graph is prepared before the fork.
copies : optional; ``of`` a folder, and ``to`` another, which gets a numbered copy of the first before
    each file in it gets its name or is opened: what a kill at that moment would leave. Not before
    files whose path has the regular expression ``without``.
disk : optional; ``path`` of a folder that becomes a disk of so many ``kilobytes``.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import hashlib
import itertools
import json
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What the commands import later, before the forks.
import matplotlib.backends.backend_svg  # noqa: F401
import onnxscript  # noqa: F401
import PIL.Image
import safetensors.torch
import tensorboard.plugins.hparams.metadata  # noqa: F401
import torch.utils.tensorboard

import emotion_classifier.experiments.baseline.opensmile_svm
import emotion_classifier.experiments.evaluate.evaluate
import emotion_classifier.experiments.recipes
import emotion_classifier.experiments.release.bundle
import emotion_classifier.models.networks.cnn
import emotion_classifier.models.pooling.statistics  # noqa: F401
from emotion_classifier.cli import app, main
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.export import onnx

NOT_ALLOWED = 77

write_graph = onnx.write_graph


def copier(graphs: Path) -> Callable[[Path, EmotionClassifier, int], None]:
    """`write_graph` that copies the graph of the same weights from `graphs` where it is there."""

    def write(path: Path, classifier: EmotionClassifier, sample_rate: int) -> None:
        weights = safetensors.torch.save(
            {name: tensor.contiguous() for name, tensor in classifier.state_dict().items()}
        )
        key = hashlib.sha256(weights + f"{classifier} {sample_rate}".encode()).hexdigest()
        known = graphs / f"{key}.onnx"
        if known.exists():
            shutil.copy(known, path)
            return
        write_graph(path, classifier, sample_rate)
        with tempfile.TemporaryDirectory(dir=graphs) as folder:
            Path(shutil.copy(path, Path(folder, "graph"))).rename(known)

    return write


@functools.cache
def prepare_exports() -> None:
    """Write a graph, the first of this process."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    torch.onnx.export(torch.nn.ReLU(), (torch.zeros(1),), dynamo=True, verbose=False)


def copying(of: str, to: str, without: str) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that copies the folder."""
    is_copying = False
    numbers = itertools.count(1)

    def hook(event: str, details: tuple[Any, ...]) -> None:
        nonlocal is_copying
        if is_copying or not is_meant(event, details):
            return
        is_copying = True
        shutil.copytree(of, Path(to, f"{next(numbers):03d}"))
        is_copying = False

    def is_meant(event: str, details: tuple[Any, ...]) -> bool:
        if event == "open":
            path, written = str(details[0]), details[2] & (os.O_WRONLY | os.O_RDWR)
            return bool(written) and path.startswith(of) and not path.endswith(".tmp")
        path = str(details[1]) if event == "os.rename" else ""
        return path.startswith(of) and not re.search(without, path)

    return hook


def stopper(stop: dict[str, Any]) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that sends the signal; a worker that meets the event sends it to its parent."""
    process = os.getpid()
    left = stop["occurrence"]
    wanted = re.compile(stop["path"])

    def hook(event: str, details: tuple[Any, ...]) -> None:
        nonlocal left
        if event == stop["event"] and wanted.search(str(details[event == "os.rename"])):
            left -= 1
            if left == 0:
                os.kill(process, stop["signal"])

    return hook


def make_disk(disk: dict[str, Any]) -> bool:
    """Whether a small disk could be mounted, for this process alone."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    new_mounts, new_user, private = 0x20000, 0x10000000, (1 << 18) | (1 << 14)
    if libc.unshare(new_mounts | (new_user if os.geteuid() else 0)):
        return False
    libc.mount(None, b"/", None, private, None)
    Path(disk["path"]).mkdir(parents=True, exist_ok=True)
    size = f"size={disk['kilobytes']}k".encode()
    return not libc.mount(b"tmpfs", os.fsencode(disk["path"]), b"tmpfs", 0, size)


def obey(order: dict[str, Any]) -> int:
    """The exit code of the command, in this process."""
    log = os.open(order["log"], os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if "disk" in order and not make_disk(order["disk"]):
        return NOT_ALLOWED
    if "copies" in order:
        sys.addaudithook(copying(**order["copies"]))
    if "graph" in order:
        onnx.write_graph = lambda path, *_: shutil.copy(order["graph"], path)
    else:
        onnx.write_graph = copier(Path(order["graphs"]))  # type: ignore[assignment]
    if "stop" in order:
        sys.addaudithook(stopper(order["stop"]))
    sys.argv = ["emotion", *order["arguments"]]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def serve() -> None:
    """Obey every order in a fork."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    PIL.Image.preinit()
    app._command()
    gc.collect()
    gc.freeze()  # else the collections of each fork would write to all pages of the imports
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("exports"):
            prepare_exports()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = obey(order)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    assert Path(__file__).name == "command_server.py"
    serve()
