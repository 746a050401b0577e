"""Model folders without the published weights of their encoder, and their completion.

A slim folder holds the weights that training changed: the head, and the layers of the encoder that
were trained or have merged adapters. The others are identified by the encoder's fingerprint, and are
loaded from the hub or a folder again.
"""

from __future__ import annotations

from pathlib import Path

import torch

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.model_folder.folder import (
    make_empty,
    read_specification,
    write_specification,
)
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.export.onnx import (
    load_classifier,
    model_config,
    read_encoder,
    read_weights,
    save_weights,
    write_encoder,
    write_weights,
)


def leave_out_encoder(source: Path, output: Path) -> Path:
    """Write the model folder `source` without its encoder's published weights; return `output`.

    Raises
    ------
    ModelFolderError
        It has no encoder or leaves it out already, or its encoder is not as published.
    StorageError
        `output` is not empty, or cannot be written.
    """
    specification = read_specification(source)
    facts = specification.encoder
    if facts is None:
        raise ModelFolderError(f"{source} has no pretrained encoder that could be left out")
    if not facts.included:
        raise ModelFolderError(f"{source} leaves out its encoder already: copy it as it is")
    if specification.origin is not None and specification.origin.encoder_changed:
        raise ModelFolderError(
            f"{source} cannot leave out its encoder: {specification.origin.name}, whose weights it "
            f"started from, had changed it, so it is not {facts.name} as it is published"
        )
    classifier = load_classifier(source, specification)
    public = _public_names(classifier)
    make_empty(output)
    kept = {name: w for name, w in classifier.state_dict().items() if name not in public}
    write_weights(output, kept)
    write_encoder(output, _frontend(classifier).description)
    _write_specification(output, specification, included=False)
    return output


def complete(source: Path, output: Path, encoder: str | None = None) -> Path:
    """Write the slim folder `source` with the encoder and the graph; return `output`.

    Parameters
    ----------
    source : as `leave_out_encoder` wrote it.
    output : a new folder.
    encoder : hub name or folder of the encoder; None takes the name in `source`.

    Raises
    ------
    ModelFolderError
        It has its encoder, or the encoder that was found is another.
    StorageError
        `output` is not empty, or cannot be written.
    """
    specification = read_specification(source)
    facts = specification.encoder
    if facts is None or facts.included:
        raise ModelFolderError(f"{source} is complete: nothing is left out of it")
    classifier = _with_public_weights(specification, encoder)
    frontend = _frontend(classifier)
    if frontend.fingerprint != facts.fingerprint:
        raise ModelFolderError(
            f"{encoder or facts.name} is another encoder than {source} was trained with: SHA-256 "
            f"{frontend.fingerprint[:12]}…, then {facts.fingerprint[:12]}…. Name the right one, or "
            "the folder of its right revision, with --encoder"
        )
    _restore(classifier, read_weights(source), source)
    frontend.description = read_encoder(source) or frontend.description
    make_empty(output)
    save_weights(output, classifier, specification.input.sample_rate)
    _write_specification(output, specification, included=True)
    return output


def _with_public_weights(
    specification: ModelSpecification, encoder: str | None
) -> EmotionClassifier:
    """The classifier with the published weights of its encoder; the others are fresh."""
    config = model_config(specification)
    if encoder is not None:
        assert isinstance(config.frontend, EncoderConfig)
        frontend = config.frontend.model_copy(update={"name": encoder, "revision": None})
        config = config.model_copy(update={"frontend": frontend})
    rate = specification.input.sample_rate
    return config.build(rate, len(specification.emotions)).eval()


def _restore(classifier: EmotionClassifier, weights: dict[str, torch.Tensor], source: Path) -> None:
    """Load the trained weights; every weight must be among them or published."""
    missing, unexpected = classifier.load_state_dict(weights, strict=False)
    wrong = [*unexpected, *(set(missing) - _public_names(classifier))]
    if wrong:
        raise ModelFolderError(
            f"{source} does not fit its own architecture: {', '.join(sorted(wrong)[:3])}. Copy the "
            "model folder again."
        )


def _public_names(classifier: EmotionClassifier) -> frozenset[str]:
    """Names of the weights that equal those of the published encoder."""
    encoder = _frontend(classifier)
    lora = encoder.tuning.lora
    merged = tuple(f".{name}.weight" for name in lora.target_modules) if lora else ()
    frozen = (name for name in encoder.frozen_names() if not name.endswith(merged))
    return frozenset(f"frontend.{name}" for name in frozen)


def _frontend(classifier: EmotionClassifier) -> Encoder:
    assert isinstance(classifier.frontend, Encoder)
    return classifier.frontend


def _write_specification(
    output: Path, specification: ModelSpecification, *, included: bool
) -> None:
    assert specification.encoder is not None
    encoder = specification.encoder.model_copy(update={"included": included})
    write_specification(output, specification.model_copy(update={"encoder": encoder}))
