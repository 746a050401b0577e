"""Checkpoints of pretrained encoders. Only this module imports transformers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from emotion_classifier.errors import EncoderError, MissingDependencyError
from emotion_classifier.models.encoders.attention import attention
from emotion_classifier.models.encoders.encoder import Encoder, EncoderDescription
from emotion_classifier.models.encoders.families import ENCODER_FAMILIES
from emotion_classifier.models.encoders.hub import WEIGHTS, find_checkpoint
from emotion_classifier.models.encoders.licence import stated_licence

_ATTENTION = "emotion_classifier"
"""Name of `attention` in the registry of transformers."""
_ARCHITECTURE = "config.json"
_PREPROCESSORS = ("preprocessor_config.json", "processor_config.json")


def load_checkpoint(name: str, revision: str | None) -> tuple[Any, EncoderDescription]:
    """The base model of a checkpoint in a folder or on the hub, and its description.

    Only safetensors are read, and no code of a checkpoint is ever run.

    Raises
    ------
    EncoderError
        There is no such checkpoint, it is incomplete, or no family accepts it.
    """
    transformers = import_transformers()
    folder = find_checkpoint(name, revision)
    family = _family(folder)
    if not any((folder / file).is_file() for file in _PREPROCESSORS):
        raise _incomplete(folder, _PREPROCESSORS[0])
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    with quiet(transformers):
        try:
            extractor = transformers.AutoFeatureExtractor.from_pretrained(folder, **options)
            model, report = transformers.AutoModel.from_pretrained(
                folder,
                use_safetensors=True,
                dtype=torch.float32,
                attn_implementation=_ATTENTION,
                output_loading_info=True,
                **options,
            )
        except Exception as error:  # of safetensors, of the settings, of shapes: many types
            reason = " ".join(str(error).split())
            raise EncoderError(
                f"{folder} holds no checkpoint that can be read: {reason}. Download it again"
            ) from error
    _require_weights(report, family, folder)
    preprocessor = extractor.to_dict()
    return family.base_model(model), EncoderDescription(
        name,
        revision,
        _fingerprint(folder),
        _architecture(model),
        {option: preprocessor[option] for option in family.preprocessor_options},
        stated_licence(folder),
    )


def empty_model(description: EncoderDescription) -> Any:
    """The base model of a description, with uninitialised weights."""
    transformers = import_transformers()
    with quiet(transformers), torch.device("meta"):
        config = transformers.AutoConfig.for_model(**description.architecture)
        model = transformers.AutoModel.from_config(
            config, dtype=torch.float32, attn_implementation=_ATTENTION
        )
    base = ENCODER_FAMILIES[description.model_type].base_model(model)
    return base.to_empty(device="cpu").eval()


def import_transformers() -> Any:
    """The library with `attention` in its registry; it takes seconds to import.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    try:
        import transformers
    except ImportError:
        raise MissingDependencyError("transformers", "train", "A pretrained encoder") from None
    transformers.AttentionInterface.register(_ATTENTION, attention)
    return transformers


@contextmanager
def quiet(transformers: Any) -> Iterator[None]:
    """Silence progress bars and reports of transformers; its report is checked here."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _family(folder: Path) -> type[Encoder]:
    """The family that accepts the checkpoint in `folder`."""
    file = folder / _ARCHITECTURE
    try:
        model_type = json.loads(file.read_text("utf-8"))["model_type"]
    except FileNotFoundError:
        raise _incomplete(folder, _ARCHITECTURE) from None
    except (ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{file} cannot be read: {error}. Download it again") from None
    if model_type not in ENCODER_FAMILIES:
        raise EncoderError(
            f"{file} names a {model_type!r}, which is no supported speech encoder: these are "
            f"{', '.join(sorted(ENCODER_FAMILIES))}"
        )
    return ENCODER_FAMILIES[model_type]


def _incomplete(folder: Path, file: str) -> EncoderError:
    return EncoderError(
        f"{folder} holds no {file}: give the folder of a checkpoint as transformers writes it, with "
        f"{_ARCHITECTURE}, {_PREPROCESSORS[0]} and {WEIGHTS}"
    )


def _architecture(model: Any) -> dict[str, Any]:
    """Settings of a network with all defaults, without the path it was loaded from."""
    settings: dict[str, Any] = json.loads(model.config.to_json_string(use_diff=False))
    return {key: value for key, value in settings.items() if key != "_name_or_path"}


def _require_weights(report: dict[str, Any], family: type[Encoder], folder: Path) -> None:
    """Raise `EncoderError` if a used weight was initialised, or one of the checkpoint ignored."""
    for names, problem in (
        (report["missing_keys"], "lacks"),
        (report["unexpected_keys"], "has no place for"),
    ):
        # The name of the whole model may precede that of the part: wav2vec2.encoder.layers.0…
        used = [n for n in names if any(f".{m}." in f".{n}" for m in family.used_modules)]
        if used:
            raise EncoderError(
                f"the checkpoint {folder} and its {_ARCHITECTURE} do not belong together: it "
                f"{problem} {len(used)} weights, such as {min(used)}"
            )


def _fingerprint(folder: Path) -> str:
    """SHA-256 over the names and bytes of the checkpoint's files."""
    digest = hashlib.sha256()
    names = (_ARCHITECTURE, *_PREPROCESSORS)
    files = [folder / name for name in names if (folder / name).is_file()]
    for path in (*files, *sorted(folder.glob("*.safetensors"))):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.name} {content}\n".encode())
    return digest.hexdigest()
