"""Runs `emotion` commands in forks of one process, killed where the order says so.

Importing torch and Lightning takes seconds; here it is done once. Each line of the input is an
order in JSON; each line of the output is the exit code, negative for a signal, or 77 where this
machine does not allow what was ordered.

arguments : of the command.
log : file for its output.
stop : optional; ``signal`` to send to the process itself at the ``occurrence`` (the first is 1) of
    an audit ``event`` (``open``, ``os.rename``, …) about a ``path`` (a regular expression); the
    event ``write`` is whatever makes, replaces or removes a file or folder.
disk : optional; ``path`` of a folder that becomes a disk of so many ``kilobytes``.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What the commands import later, before the forks.
import matplotlib.backends.backend_svg  # noqa: F401
import onnxscript  # noqa: F401
import torch.utils.tensorboard  # noqa: F401

import emotion_classifier.experiments.baseline.opensmile_svm
import emotion_classifier.experiments.evaluate.evaluate
import emotion_classifier.experiments.release.bundle  # noqa: F401
from emotion_classifier.cli import main

NOT_ALLOWED = 77


def stopper(stop: dict[str, Any]) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that sends the signal; a worker that meets the event sends it to its parent."""
    process = os.getpid()
    left = stop["occurrence"]
    wanted = re.compile(stop["path"])

    def hook(event: str, details: tuple[Any, ...]) -> None:
        nonlocal left
        if is_meant(event, details) and wanted.search(str(details[event == "os.rename"])):
            left -= 1
            if left == 0:
                os.kill(process, stop["signal"])

    def is_meant(event: str, details: tuple[Any, ...]) -> bool:
        if stop["event"] != "write":
            return bool(event == stop["event"])
        if event == "open":
            return bool(details[2] & (os.O_WRONLY | os.O_RDWR))
        return event in {"os.rename", "os.mkdir", "os.remove"}

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
    for line in sys.stdin:
        order = json.loads(line)
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
