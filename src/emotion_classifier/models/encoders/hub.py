"""The folder of a checkpoint: given, in the hub's cache, or downloaded.

Only this module imports huggingface_hub. Many repositories hold pickled weights only, beside a
pull request of the hub's own converter with safetensors; that copy is used. The conversion in
transformers is not, as it uploads the user's token, opens pull requests, and needs the network for
a copy that was downloaded before.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from emotion_classifier.errors import (
    EmotionClassifierError,
    EncoderError,
    MissingDependencyError,
    storage_errors,
)
from emotion_classifier.models.encoders.licence import LICENCE_FILES, MODEL_CARD
from emotion_classifier.storage import expanded

WEIGHTS = "model.safetensors"

_FILES = ["*.json", "*.safetensors", MODEL_CARD, *LICENCE_FILES]
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
_NAME_ON_HUB = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
_CONVERTER = "SFconvertbot"
_CONVERSION = "Adding `safetensors` variant of this model"


def find_checkpoint(name: str, revision: str | None) -> Path:
    """The folder of the checkpoint `name` with its weights as safetensors.

    Parameters
    ----------
    name : a folder, which is used as it is, or a repository on the hub, which is downloaded once.
    revision : branch, tag or commit on the hub; None for the newest.

    Raises
    ------
    EncoderError
        There is no such checkpoint, it cannot be downloaded, or it has no safetensors.
    """
    folder = expanded(Path(name))
    if folder.is_dir():
        _require_safetensors(folder, name)
        return folder
    if not _NAME_ON_HUB.fullmatch(name):
        raise EncoderError(
            f"model.frontend.name: there is no folder {name}: give the folder of a checkpoint, or a "
            "name on the hub such as facebook/hubert-base-ls960"
        )
    try:
        import huggingface_hub as hub
        import huggingface_hub.errors
    except ImportError:
        raise MissingDependencyError("huggingface_hub", "train", "A pretrained encoder") from None
    return _cached(hub, name, revision) or _downloaded(hub, name, revision)


def _cached(hub: Any, name: str, revision: str | None) -> Path | None:
    """The folder in the hub's cache with its weights as safetensors, or None."""
    repository = hub.constants.REPO_ID_SEPARATOR.join(("models", *name.split("/")))
    refs = Path(hub.constants.HF_HUB_CACHE, repository, "refs")
    conversions = sorted(file.relative_to(refs).as_posix() for file in refs.glob("refs/pr/*"))
    for candidate in [revision] if revision else [None, *conversions]:
        with suppress(hub.errors.LocalEntryNotFoundError, hub.errors.HFValidationError):
            folder = _snapshot(hub, name, candidate, local_files_only=True)
            if _has_safetensors(folder):
                return folder
    return None


def _downloaded(hub: Any, name: str, revision: str | None) -> Path:
    """The folder in the hub's cache, after the download of missing files."""
    cache = Path(hub.constants.HF_HUB_CACHE)
    try:
        with storage_errors(cache, "Free some space, or set $HF_HOME to a folder elsewhere."):
            folder = _snapshot(hub, name, revision)
            if revision is None and not _has_safetensors(folder):
                for pull_request in hub.HfApi().get_repo_discussions(
                    name,
                    author=_CONVERTER,
                    discussion_type="pull_request",
                    discussion_status="open",
                ):
                    if pull_request.title == _CONVERSION:
                        folder = _snapshot(hub, name, pull_request.git_reference)
                        break
    except EmotionClassifierError:
        raise
    except Exception as error:  # without a network of many types
        raise EncoderError(_message(hub, error, name, revision)) from None
    _require_safetensors(folder, name, "on the hub")
    return folder


def _message(hub: Any, error: Exception, name: str, revision: str | None) -> str:
    """The text for an error of the hub, with the remedy."""
    missing = (
        f"model.frontend.name: there is neither a folder {name} nor a model of that name on the hub: "
        "look it up at https://huggingface.co/models; a private one needs `hf auth login`"
    )
    messages = {
        hub.errors.GatedRepoError: f"{name} requires consent before it is downloaded: accept its "
        f"terms at https://huggingface.co/{name}, then run `hf auth login`",
        hub.errors.RepositoryNotFoundError: missing,
        hub.errors.HFValidationError: missing,
        hub.errors.RevisionNotFoundError: f"model.frontend.revision: {name} has no revision "
        f"{revision} on the hub",
    }
    for kind, message in messages.items():
        if isinstance(error, kind):
            return message
    with suppress(hub.errors.LocalEntryNotFoundError):
        folder = _snapshot(hub, name, revision, local_files_only=True)
        _require_safetensors(folder, name, "in the hub's cache")
    command = f"hf download {name}" + (f" --revision {revision}" if revision else "")
    reason = str(error).split("\n", 1)[0]
    return (
        f"model.frontend.name: {name} is neither a folder nor in the hub's cache, and the hub cannot "
        f"be reached ({type(error).__name__}: {reason}). Where there is a network, run `{command}`; "
        "or give the folder of the checkpoint"
    )


def _snapshot(hub: Any, name: str, revision: str | None, **options: bool) -> Path:
    return Path(hub.snapshot_download(name, revision=revision, allow_patterns=_FILES, **options))


def _has_safetensors(folder: Path) -> bool:
    return any(folder.glob("*.safetensors"))


def _require_safetensors(folder: Path, name: str, place: str = "") -> None:
    """Raise `EncoderError` for a checkpoint without safetensors; `place` is empty for a folder."""
    if _has_safetensors(folder) or not (folder / "config.json").is_file():
        return
    if place or any(file for pattern in _PICKLES for file in folder.glob(pattern)):
        raise EncoderError(
            f"{name} {place}{' ' * bool(place)}holds pickled weights only, and opening those runs "
            f"code: use a checkpoint with {WEIGHTS}. Many repositories have one as a pull request: "
            f"`hf download {name if place else 'NAME'} --revision refs/pr/NUMBER`, where "
            f"{_CONVERTER} opened NUMBER; for others https://huggingface.co/spaces/safetensors/convert "
            "makes one"
        )
    raise EncoderError(f"{name} holds a config.json, but no {WEIGHTS}: copy the weights beside it")
