"""Logits of emotions from an audio classifier of transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.experiments.external_models.clip_by_clip import ClipByClip
from emotion_classifier.experiments.external_models.label_mapping import LabelMapping
from emotion_classifier.models.encoders.loading import import_transformers, quiet
from emotion_classifier.units import Hertz


class TransformersClassifier(ClipByClip):
    """The runtime of an `EmotionModel` with a classifier of transformers, on the processor.

    Parameters
    ----------
    model, extractor : classifier and feature extractor.
    mapping : of the labels.
    """

    def __init__(self, model: Any, extractor: Any, mapping: LabelMapping | None = None) -> None:
        self._model, self._extractor, self._mapping = model, extractor, mapping

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The classifier in a folder, without a mapping. Only safetensors are read, and no code is run.

        Raises
        ------
        ModelFolderError
            The folder holds no audio classifier that transformers can read.
        MissingDependencyError
            transformers is not installed.
        """
        transformers = import_transformers()
        options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        with quiet(transformers):
            try:
                extractor = transformers.AutoFeatureExtractor.from_pretrained(folder, **options)
                model, report = transformers.AutoModelForAudioClassification.from_pretrained(
                    folder, use_safetensors=True, output_loading_info=True, **options
                )
            except Exception as error:  # of safetensors, of the settings, of shapes: many types
                reason = " ".join(str(error).split())
                raise ModelFolderError(
                    f"{folder} holds no audio classifier that transformers can read: {reason}. Save it "
                    "with save_pretrained, its feature extractor too"
                ) from error
        if missing := report["missing_keys"]:
            raise ModelFolderError(
                f"{folder} lacks {len(missing)} weights of an audio classifier, such as "
                f"{min(missing)}: give a model that was trained to classify"
            )
        return cls(model.eval().float(), extractor)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels in the order of the scores."""
        names: dict[int, str] = self._model.config.id2label
        return tuple(names[place] for place in sorted(names))

    @property
    def sample_rate(self) -> Hertz:
        """Sample rate of the waveforms."""
        return int(self._extractor.sampling_rate)

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(weight.numel() for weight in self._model.parameters())

    def with_mapping(self, mapping: LabelMapping) -> TransformersClassifier:
        """The same classifier with the emotions of its labels."""
        return TransformersClassifier(self._model, self._extractor, mapping)

    @property
    def mapping(self) -> LabelMapping:
        """The emotions of the labels."""
        assert self._mapping is not None, "with_mapping comes first"
        return self._mapping

    def _row(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Logits (1, label) of a waveform (sample,)."""
        try:
            inputs = self._extractor(
                samples, sampling_rate=self.sample_rate, return_tensors="pt", padding=True
            )
            with torch.inference_mode():
                scores: npt.NDArray[np.float32] = self._model(**inputs).logits.float().numpy()
        except Exception as error:  # of torch and of the extractor: many types
            reason = " ".join(str(error).split())
            raise ModelFolderError(
                f"the classifier cannot process {len(samples)} samples: {reason}. Set "
                "input.minimum_seconds in the settings file of the model to its shortest input"
            ) from error
        return scores
