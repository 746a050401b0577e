"""The predictor of any model: of this package, or of others through their settings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from emotion_classifier.config import load_config
from emotion_classifier.experiments.external_models.config import (
    ExternalModelConfig,
    ExternalModelFile,
    OnnxModelConfig,
    TransformersModelConfig,
)
from emotion_classifier.experiments.external_models.label_mapping import LabelMapping
from emotion_classifier.experiments.external_models.onnx_classifier import OnnxClassifier
from emotion_classifier.inference.emotion_model import EmotionModel, Runtime
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import SPECIFICATION
from emotion_classifier.model_folder.specification import ModelSpecification, TrainingData
from emotion_classifier.storage import expanded
from emotion_classifier.units import Hertz, to_samples

_SUFFIXES = (".yml", ".yaml")
_ARCHITECTURE = "config.json"
_UNKNOWN = (
    "The corpora that this external model was trained on are not known: name them as `trained_on`."
)


def is_external(model: Path | str) -> bool:
    """Whether this is a settings file of an external model, or a folder of transformers."""
    path = Path(model)
    if path.is_file():
        return path.suffix.lower() in _SUFFIXES
    return (path / _ARCHITECTURE).is_file() and not (path / SPECIFICATION).is_file()


def load_predictor(model: Path | str, *, threads: int = 0) -> Predictor:
    """The predictor of a model folder, a run, a bundled model, or an external model.

    Parameters
    ----------
    model : also a settings file with `external_model`, or a folder of an audio classifier that
        transformers has saved.
    threads : for onnxruntime; 0 takes one for each core.

    Raises
    ------
    ModelFolderError
        The model cannot be read or run.
    LabelError
        A label of the model has no emotion.
    """
    if not is_external(model):
        return Predictor.load(model, threads=threads)
    path = Path(model)
    if path.is_dir():
        return Predictor(load_external(TransformersModelConfig(path=path.resolve()), path))
    config = load_config(ExternalModelFile, path).external_model
    return Predictor(load_external(config, path.parent, threads=threads))


def load_external(
    config: OnnxModelConfig | TransformersModelConfig, folder: Path, *, threads: int = 0
) -> EmotionModel:
    """The external model; a relative path starts from `folder`. For errors see `load_predictor`."""
    path = folder / expanded(config.path)
    if isinstance(config, OnnxModelConfig):
        mapping = LabelMapping.of(config.labels, config.emotions)
        runtime: Runtime = OnnxClassifier(path, config, mapping, threads=threads)
        specification = _specification(config, path, mapping, config.input.sample_rate, 0)
    else:
        from emotion_classifier.experiments.external_models.transformers_classifier import (
            TransformersClassifier,
        )

        classifier = TransformersClassifier.load(path)
        mapping = LabelMapping.of(classifier.label_names, config.emotions)
        runtime = classifier.with_mapping(mapping)
        rate, parameters = classifier.sample_rate, classifier.parameters
        specification = _specification(config, path, mapping, rate, parameters)
    model = EmotionModel(runtime, specification)
    length = to_samples(specification.input.minimum_seconds, specification.input.sample_rate)
    runtime.check(*model.input.batch([np.sin(np.arange(length, dtype=np.float32))]))
    return model


def _specification(
    config: ExternalModelConfig, path: Path, mapping: LabelMapping, rate: Hertz, parameters: int
) -> ModelSpecification:
    return ModelSpecification(
        name=config.name or path.stem,
        emotions=mapping.labels.names,
        input=config.input.model_copy(update={"sample_rate": rate}),
        architecture={"network": {"kind": "external"}, **_encoder(path)},
        parameters=parameters,
        training_data=tuple(
            TrainingData(corpus=name, licence="not known", speakers=0, clips=0)
            for name in config.trained_on
        ),
        notes=() if config.trained_on else (_UNKNOWN,),
    )


def _encoder(path: Path) -> dict[str, object]:
    """The front-end of an architecture, where a checkpoint names the encoder it started from."""
    try:
        settings = json.loads((path / _ARCHITECTURE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    name = settings.get("_name_or_path") if isinstance(settings, dict) else None
    return {"frontend": {"kind": "encoder", "name": name}} if name else {}
