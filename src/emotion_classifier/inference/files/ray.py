"""Predictions of many files on a cluster; the only module that imports Ray."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_classifier.errors import AudioError, MissingDependencyError
from emotion_classifier.inference.files.result import FilePrediction

if TYPE_CHECKING:
    from emotion_classifier.inference.files.config import InferenceConfig

_BATCH = 16
# File names in the memory of the driver, which must not grow with the number of files.
_PORTION = 50_000


def predict_with_ray(
    files: Iterable[Path | AudioError], config: InferenceConfig, model: Path
) -> Generator[FilePrediction, None, None]:
    """The rows that `predict_files` returns, computed by a Ray cluster.

    The cluster is that of ``RAY_ADDRESS`` or, without it, this machine. Workers open the files and the
    model folder, so these must have the same path on each machine.

    Raises
    ------
    MissingDependencyError
        Ray is not installed.
    """
    remaining = iter(files)
    with _cluster() as data:
        while portion := list(islice(remaining, _PORTION)):
            paths = [file for file in portion if isinstance(file, Path)]
            rows = _rows(data, paths, config, model) if paths else iter(())
            for file in portion:
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
    try:
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        raise MissingDependencyError(error.name or "ray", "ray", "--engine ray") from None
    started_here = not ray.is_initialized()
    if started_here:
        ray.init(log_to_driver=False, include_dashboard=False, logging_level=logging.WARNING)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    try:
        yield ray.data
    finally:
        if started_here:
            ray.shutdown()
