"""Checkpoints of pretrained encoders: the door to transformers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from emotion_classifier.errors import EncoderError, MissingDependencyError
from emotion_classifier.models.encoders.description import EncoderDescription
from emotion_classifier.models.encoders.hub import WEIGHTS, find_checkpoint

CONVOLUTIONAL = frozenset(
    {"data2vec-audio", "hubert", "unispeech", "unispeech-sat", "wav2vec2", "wavlm"}
)
"""Kinds that hear the waveform through convolutions."""
WHISPER = "whisper"

_ARCHITECTURE = "config.json"
_PREPROCESSORS = ("preprocessor_config.json", "processor_config.json")
_HEARING: dict[str, Any] = {"do_normalize": True, "sampling_rate": 16_000}
_WHISPER_HEARING: dict[str, Any] = {
    "chunk_length": 30,
    "do_normalize": False,
    "feature_size": 80,
    "hop_length": 160,
    "n_fft": 400,
    "sampling_rate": 16_000,
}
"""Preprocessing that changes what an encoder hears, and what transformers takes where a file does
not tell; Whisper's files hold its filters besides."""
_PARTS = re.compile(r"(^|\.)(encoder|feature_extractor|feature_projection)\.")
"""Weights of the network that is used here; others belong to pretraining or to another task."""


def load_checkpoint(name: str, revision: str | None) -> tuple[nn.Module, EncoderDescription]:
    """The base model of a checkpoint in a folder or on the hub, and its description.

    Only safetensors are read, and no code of a checkpoint is ever run.

    Raises
    ------
    EncoderError
        There is no such checkpoint, it is not complete, or of a kind that is not supported.
    """
    transformers = import_transformers()
    folder = find_checkpoint(name, revision)
    architecture = _read_json(folder / _ARCHITECTURE)
    _require_supported(architecture, folder)
    preprocessor = _read_preprocessor(folder, architecture["model_type"])
    with quiet(transformers):
        try:
            model, report = transformers.AutoModel.from_pretrained(
                folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
        except Exception as error:  # of safetensors, of the settings, of shapes: many types
            reason = " ".join(str(error).split())
            raise EncoderError(
                f"{folder} holds no checkpoint that can be read: {reason}. Download it again"
            ) from error
    _require_weights(report, folder)
    return _base(model), EncoderDescription(
        name, revision, _fingerprint(folder), _settings_of(model), preprocessor
    )


def empty_model(description: EncoderDescription) -> nn.Module:
    """The base model of a description, with weights that mean nothing yet."""
    transformers = import_transformers()
    with quiet(transformers), torch.device("meta"):
        config = transformers.AutoConfig.for_model(**description.architecture)
        model = transformers.AutoModel.from_config(config, dtype=torch.float32)
    return _base(model).to_empty(device="cpu").eval()


def whisper_filters(description: EncoderDescription) -> torch.Tensor:
    """The mel filters (frequency, mel) of a Whisper's preprocessor."""
    extractor = import_transformers().WhisperFeatureExtractor(**description.preprocessor)
    return torch.from_numpy(extractor.mel_filters).float()


def _base(model: Any) -> nn.Module:
    """What hears: of a Whisper without the part that writes."""
    base: nn.Module = model.encoder if model.config.model_type == WHISPER else model
    return base


def _settings_of(model: Any) -> dict[str, Any]:
    """Settings of a network with all defaults, but where it was loaded from."""
    settings: dict[str, Any] = json.loads(model.config.to_json_string(use_diff=False))
    return {key: value for key, value in settings.items() if key != "_name_or_path"}


def _read_json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise EncoderError(
            f"{file.parent} holds no {file.name}: give the folder of a checkpoint as transformers "
            f"writes it, with {_ARCHITECTURE}, {_PREPROCESSORS[0]} and {WEIGHTS}"
        ) from None
    except ValueError as error:
        raise EncoderError(f"{file} cannot be read: {error}. Download it again") from None
    if not isinstance(found, dict):
        raise EncoderError(f"{file} holds no settings. Download it again")
    return found


def _read_preprocessor(folder: Path, kind: str) -> dict[str, Any]:
    """What changes what the encoder hears, of the preprocessor beside the weights."""
    processor = folder / _PREPROCESSORS[1]
    if not (folder / _PREPROCESSORS[0]).is_file() and processor.is_file():
        found = _read_json(processor).get("feature_extractor", {})
    else:
        found = _read_json(folder / _PREPROCESSORS[0])
    defaults = _WHISPER_HEARING if kind == WHISPER else _HEARING
    return {key: found.get(key, default) for key, default in defaults.items()}


def _require_supported(architecture: dict[str, Any], folder: Path) -> None:
    kind = architecture.get("model_type")
    if kind not in CONVOLUTIONAL | {WHISPER}:
        raise EncoderError(
            f"{folder / _ARCHITECTURE} names a {kind!r}, which is no speech encoder that is "
            f"supported: these are {', '.join(sorted(CONVOLUTIONAL))} and {WHISPER}"
        )


def _require_weights(report: dict[str, Any], folder: Path) -> None:
    """Raise where a weight that is used was made up, or one of the network's parts was left out."""
    missing = {n for n in report["missing_keys"] if n != "masked_spec_embed" and "decoder" not in n}
    unknown = {n for n in report["unexpected_keys"] if _PARTS.search(n) and "decoder" not in n}
    for names, what in ((missing, "lacks"), (unknown, "has no place for")):
        if names:
            raise EncoderError(
                f"the checkpoint {folder} and its {_ARCHITECTURE} do not belong together: it {what} "
                f"{len(names)} weights, such as {min(names)}"
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


def import_transformers() -> Any:
    """The library, which takes seconds to import.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    try:
        import transformers
    except ImportError:
        raise MissingDependencyError("transformers", "train", "A pretrained encoder") from None
    return transformers


@contextmanager
def quiet(transformers: Any) -> Iterator[None]:
    """Silences bars and reports of transformers; what matters in them is checked here."""
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
