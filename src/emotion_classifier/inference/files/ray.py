"""Predictions of many files on a cluster; the only module that imports Ray."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from emotion_classifier.errors import AudioError, ClusterError, MissingDependencyError
from emotion_classifier.inference.files.result import FilePrediction
from emotion_classifier.units import Seconds

if TYPE_CHECKING:
    from emotion_classifier.inference.files.batch_prediction import PredictAll
    from emotion_classifier.inference.files.config import InferenceConfig

_BATCH = 16
# File names in the memory of the driver, which must not grow with the number of files.
_PORTION = 50_000
_PORT_SECONDS: Seconds = 5.0
_CLUSTER_SECONDS: Seconds = 20.0
_OWN_CLUSTER = ("", "local")
_REMEDY = "set RAY_ADDRESS to the address of a running cluster, or leave it out to start one here"
# Ray prints the deaths of workers that it replaces, and other internals, among our rows.
_QUIET = {
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",
    "RAY_SCHEDULER_EVENTS": "0",
}


@contextmanager
def ray_cluster(config: InferenceConfig, model: Path) -> Iterator[PredictAll]:
    """A function that returns the rows of `predict_files`, computed by a Ray cluster.

    The cluster is that of ``RAY_ADDRESS`` or, without it, this machine. Workers open the files and the
    model folder, so these must have the same path on each machine.

    Raises
    ------
    ClusterError
        No cluster responds at the address, or the workers fail again and again.
    MissingDependencyError
        Ray is not installed.
    """
    with _cluster() as data:

        def predict_all(
            files: Iterable[Path | AudioError],
        ) -> Generator[FilePrediction, None, None]:
            remaining = iter(files)
            while portion := list(islice(remaining, _PORTION)):
                yield from _predict(data, portion, config, model)

        yield predict_all


def _predict(
    data: Any, files: list[Path | AudioError], config: InferenceConfig, model: Path
) -> Iterator[FilePrediction]:
    paths = [file for file in files if isinstance(file, Path)]
    rows = _rows(data, paths, config, model) if paths else iter(())
    for file in files:
        if isinstance(file, AudioError):
            yield FilePrediction.of_result(file.path or Path(), file)
        else:
            yield replace(next(rows), file=str(file))


class _Worker:
    """Predicts batches of files, in a process of its own.

    Parameters
    ----------
    config : as JSON.
    model : folder.
    """

    def __init__(self, config: str, model: str) -> None:
        from emotion_classifier.inference.files.config import InferenceConfig

        self._predictor = InferenceConfig.model_validate_json(config).build(Path(model), threads=1)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        from emotion_classifier.inference.files.batch_prediction import predict_batch

        rows = predict_batch(self._predictor, [Path(os.fsdecode(file)) for file in batch["file"]])
        return {"row": np.array([json.dumps(asdict(row)) for row in rows], dtype=object)}


def _rows(
    data: Any, paths: list[Path], config: InferenceConfig, model: Path
) -> Iterator[FilePrediction]:
    # As bytes, because names of files need not be text and Arrow strings are.
    items = [{"file": os.fsencode(path.absolute())} for path in paths]
    predicted = data.from_items(items).map_batches(
        _Worker,
        fn_constructor_args=(config.model_dump_json(), str(model.absolute())),
        batch_size=_BATCH,
        batch_format="numpy",
        compute=data.ActorPoolStrategy(min_size=1, max_size=_cores()),
        num_cpus=1,
    )
    for item in predicted.iter_rows():
        yield FilePrediction(**json.loads(item["row"]))


def _cores() -> int:
    import ray

    return max(1, int(ray.cluster_resources().get("CPU", 1)))


@contextmanager
def _cluster() -> Iterator[Any]:
    """``ray.data``, with a cluster that is there already or is started for this call."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        raise MissingDependencyError(error.name or "ray", "ray", "--engine ray") from None
    started_here = not ray.is_initialized()
    if started_here:
        # Without an address Ray would join any cluster that runs on this machine.
        address = os.environ.get("RAY_ADDRESS") or "local"
        check_address(address)
        ray.init(address, log_to_driver=False, include_dashboard=False, logging_level=logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # its tracebacks of failed workers
    try:
        yield ray.data
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ClusterError(
            f"the workers of the Ray cluster failed ({type(error).__name__}: {reason}): check that the "
            "files and the model have the same path on every machine, and that it has free memory"
        ) from error
    finally:
        if started_here:
            ray.shutdown()


def check_address(address: str) -> None:
    """Check that a Ray cluster responds at an address, within seconds.

    Ray itself tries a wrong address for minutes, during which no signal reaches Python.

    Parameters
    ----------
    address : like ``RAY_ADDRESS``: ``host:port``, ``ray://host:port`` or ``auto``; empty or ``local`` for
        a cluster of this process.

    Raises
    ------
    ClusterError
        None responds.
    """
    if address in _OWN_CLUSTER:
        return
    if address != "auto":
        _check_port(address)
    command = [sys.executable, "-c", "import ray; ray.init(log_to_driver=False)"]
    try:
        ended = subprocess.run(
            command,
            env={**os.environ, "RAY_ADDRESS": address},
            capture_output=True,
            text=True,
            timeout=_CLUSTER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _not_a_cluster(address, f"no response within {_CLUSTER_SECONDS:g} s") from None
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or ["no message"]
        raise _not_a_cluster(address, lines[-1])


def _check_port(address: str) -> None:
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _not_a_cluster(address, str(error)) from None
    if not host or not port:
        raise _not_a_cluster(address, "it is not HOST:PORT")
    try:
        socket.create_connection((host, port), timeout=_PORT_SECONDS).close()
    except (OSError, UnicodeError) as error:
        raise _not_a_cluster(address, getattr(error, "strerror", None) or str(error)) from None


def _not_a_cluster(address: str, reason: str) -> ClusterError:
    return ClusterError(f"no Ray cluster at the address {address!r} ({reason}): {_REMEDY}")
