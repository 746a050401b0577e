"""Logits of emotions from the ONNX graph of an external model. Needs no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.experiments.external_models.clip_by_clip import ClipByClip
from emotion_classifier.experiments.external_models.config import OnnxModelConfig
from emotion_classifier.experiments.external_models.label_mapping import (
    LabelMapping,
    log_probabilities,
)
from emotion_classifier.inference.onnx_model import RUN_LIMIT_SECONDS
from emotion_classifier.inference.onnx_session import GraphValue, OnnxSession

_REMEDY = "Check the settings file of the model."
_NUMBERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(float)": np.float32}


class OnnxClassifier(ClipByClip):
    """The runtime of an `EmotionModel` with an external graph.

    Parameters
    ----------
    graph : the ``.onnx`` file.
    config : its inputs, output and labels.
    mapping : of the labels.
    threads : that onnxruntime may use; 0 takes one for each core.

    Raises
    ------
    ModelFolderError
        onnxruntime cannot load the graph, or it lacks an input or output that the settings name. Every
        other method raises it where the graph cannot be run or returns something else.
    """

    def __init__(
        self, graph: Path, config: OnnxModelConfig, mapping: LabelMapping, *, threads: int = 0
    ) -> None:
        self._graph, self._config, self._mapping = graph, config, mapping
        self._session = OnnxSession(graph, threads=threads, remedy=_REMEDY)
        self._waveforms = self._named(self._session.inputs, config.waveforms, "waveforms", "input")
        self._scores = self._named(self._session.outputs, config.scores, "scores", "output")
        for name in (config.lengths, config.mask):
            if name is not None:
                self._named(self._session.inputs, name, "lengths or mask", "input")

    @property
    def mapping(self) -> LabelMapping:
        """The emotions of the labels."""
        return self._mapping

    def _row(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Logits (1, label) of a waveform (sample,)."""
        (scores,) = self._session.run(
            [self._scores], self._feeds(samples), limit_seconds=RUN_LIMIT_SECONDS
        )
        count = len(self._config.labels)
        if scores.shape != (1, count) or not np.isfinite(scores).all():
            raise self._error(
                f"output {self._scores} is {scores.shape}, and finite numbers (1, {count}) of the "
                f"{count} labels are expected"
            )
        found: npt.NDArray[np.float32] = scores.astype(np.float32)
        is_probability = self._config.score_kind == "probabilities"
        return log_probabilities(found) if is_probability else found

    def _feeds(self, samples: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[Any]]:
        config, inputs = self._config, self._session.inputs
        count = len(samples)
        if config.normalise:
            samples = (samples - samples.mean()) / np.float32(samples.std() + 1e-7)
        shape = inputs[self._waveforms].shape
        if isinstance(shape[-1], int):  # a graph of one length: zeros behind, or the beginning
            samples = np.pad(samples[: shape[-1]], (0, max(0, shape[-1] - count)))
            count = min(count, shape[-1])
        feeds: dict[str, npt.NDArray[Any]] = {
            self._waveforms: samples.reshape((1,) * (len(shape) - 1) + (-1,))
        }
        if config.lengths is not None:
            feeds[config.lengths] = np.array([count], _NUMBERS[inputs[config.lengths].type])
        if config.mask is not None:
            ones = np.ones((1, len(samples)), _NUMBERS[inputs[config.mask].type])
            feeds[config.mask] = ones
        return feeds

    def _named(
        self, values: dict[str, GraphValue], name: str | None, option: str, kind: str
    ) -> str:
        """The input or output with a name; the only one where the settings give none."""
        listed = ", ".join(f"{key} {list(value.shape)}" for key, value in values.items())
        if name is None and len(values) == 1:
            return next(iter(values))
        if name is None:
            raise self._error(f"it has several {kind}s ({listed}): name one as `{option}`")
        if name not in values:
            raise self._error(f"it has no {kind} {name!r}, but {listed}: correct `{option}`")
        return name

    def _error(self, reason: str) -> ModelFolderError:
        return ModelFolderError(f"{self._graph} cannot be used: {reason}. {_REMEDY}")
