"""The environment of a run: when, how and with which versions it was made."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_LIBRARIES = (
    "emotion_classifier",
    "numpy",
    "torch",
    "lightning",
    "onnxruntime",
    "soundfile",
    "soxr",
)


def describe_environment() -> dict[str, Any]:
    """Date, command line and its folder, commit, machine and versions, as ``environment.json`` has them."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "working_folder": str(Path.cwd()),
        "commit": _commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "versions": _versions(),
    }


def origin(environment: Mapping[str, Any]) -> dict[str, str]:
    """Name → text of an environment for the head of a report; what is unknown is left out."""
    versions = environment.get("versions", {})
    python = environment.get("python")
    libraries = ", ".join(f"{name} {number}" for name, number in versions.items())
    texts = {name: environment.get(name) for name in ("date", "command", "commit")}
    texts["versions"] = ", ".join(filter(None, [f"Python {python}" if python else "", libraries]))
    cores = environment.get("cores")
    machine = (environment.get(name) for name in ("platform", "processor"))
    texts["machine"] = ", ".join(filter(None, [*machine, f"{cores} cores" if cores else ""]))
    return {name: str(text) for name, text in texts.items() if text}


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _commit() -> str | None:
    """The commit of this package's source folder, with ``-dirty`` after a change; None elsewhere."""
    git = ["git", "-C", str(Path(__file__).parent)]
    tracked = [*git, "ls-files", "--error-unmatch", Path(__file__).name]
    try:
        # A package that was installed below somebody's repository has none of its own.
        subprocess.run(tracked, capture_output=True, check=True, timeout=10)
        described = subprocess.run(
            [*git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip() or None
