"""Answers about more files than one machine should hear: the one door to Ray."""

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
from emotion_classifier.inference.files.result import Row

if TYPE_CHECKING:
    from emotion_classifier.inference.files.config import InferenceConfig

_BATCH = 16
# Names that the driver holds at a time, so that its memory does not grow with the collection.
_PORTION = 50_000


def answer_with_ray(
    files: Iterable[Path | AudioError], config: InferenceConfig, model: Path
) -> Generator[Row, None, None]:
    """The rows that `FilePredictor.answer_all` gives, computed by a Ray cluster.

    The cluster is the one of ``RAY_ADDRESS`` or, without it, this machine. Files and model folder
    are opened where they are computed, so they must be in the same place on each machine.

    Raises
    ------
    MissingDependencyError
        Ray is not installed.
    """
    remaining = iter(files)
    with _cluster() as data:
        while portion := list(islice(remaining, _PORTION)):
            paths = [file for file in portion if isinstance(file, Path)]
            rows = _answered(data, paths, config, model) if paths else iter(())
            for file in portion:
                if isinstance(file, AudioError):
                    yield Row.of_error(file.path or Path(), file)
                else:
                    yield replace(next(rows), file=str(file))


class _Worker:
    """Answers batches of files, in a process of its own.

    Parameters
    ----------
    config : as JSON.
    model : folder.
    """

    def __init__(self, config: str, model: str) -> None:
        from emotion_classifier.inference.files.config import InferenceConfig

        self._files = InferenceConfig.model_validate_json(config).build(Path(model), threads=1)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        rows = self._files.answer_some(Path(os.fsdecode(file)) for file in batch["file"])
        return {"row": np.array([json.dumps(asdict(row)) for row in rows], dtype=object)}


def _answered(data: Any, paths: list[Path], config: InferenceConfig, model: Path) -> Iterator[Row]:
    # As bytes, because names of files need not be text, which is what Arrow keeps strings as.
    items = [{"file": os.fsencode(path.absolute())} for path in paths]
    answered = data.from_items(items).map_batches(
        _Worker,
        fn_constructor_args=(config.model_dump_json(), str(model.absolute())),
        batch_size=_BATCH,
        batch_format="numpy",
        compute=data.ActorPoolStrategy(min_size=1, max_size=_cores()),
        num_cpus=1,
    )
    for item in answered.iter_rows():
        yield Row(**json.loads(item["row"]))


def _cores() -> int:
    import ray

    return max(1, int(ray.cluster_resources().get("CPU", 1)))


@contextmanager
def _cluster() -> Iterator[Any]:
    """``ray.data``, with a cluster that is there or is started for as long."""
    try:
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        raise MissingDependencyError(error.name or "ray", "ray", "--engine ray") from None
    began = not ray.is_initialized()
    if began:
        ray.init(log_to_driver=False, include_dashboard=False, logging_level=logging.WARNING)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    try:
        yield ray.data
    finally:
        if began:
            ray.shutdown()
