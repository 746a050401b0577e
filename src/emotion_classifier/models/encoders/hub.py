"""Where a checkpoint lies: a folder, the hub's cache, or the hub. The door to huggingface_hub."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from emotion_classifier.errors import (
    EmotionClassifierError,
    EncoderError,
    MissingDependencyError,
    storage_errors,
)

WEIGHTS = "model.safetensors"

_FILES = ["*.json", "*.safetensors"]
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
_NAME_ON_HUB = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
_CONVERTER = "SFconvertbot"
_CONVERSION = "Adding `safetensors` variant of this model"


def find_checkpoint(name: str, revision: str | None) -> Path:
    """The folder of the checkpoint `name` with its weights as safetensors.

    A folder of that name is taken as it is. What the hub's cache holds is not asked for again; so a
    checkpoint that was downloaded once needs no network. Where a repository has pickled weights
    only, the copy that the hub's own converter has proposed for it is taken.

    Raises
    ------
    EncoderError
        There is no such checkpoint, it cannot be reached, or it has no safetensors.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _with_weights(folder, name, "")
    if not _NAME_ON_HUB.fullmatch(name):
        raise EncoderError(
            f"model.frontend.name: there is no folder {name}: give the folder of a checkpoint, or a "
            "name on the hub such as facebook/hubert-base-ls960"
        )
    hub = _hub()
    return _cached(hub, name, revision) or _downloaded(hub, name, revision)


def _cached(hub: Any, name: str, revision: str | None) -> Path | None:
    """The folder in the hub's cache with its weights as safetensors, or None."""
    for one in [revision] if revision else [None, *_cached_proposals(hub, name)]:
        folder = _snapshot(hub, name, one, _FILES)
        if folder is not None and any(folder.glob("*.safetensors")):
            return folder
    return None


def _snapshot(hub: Any, name: str, revision: str | None, files: list[str]) -> Path | None:
    """The folder in the hub's cache with all of a revision's `files`, or None."""
    try:
        found = hub.snapshot_download(
            name, revision=revision, allow_patterns=files, local_files_only=True
        )
    except (hub.errors.LocalEntryNotFoundError, hub.errors.HFValidationError):
        return None
    return Path(found)


def _cached_proposals(hub: Any, name: str) -> list[str]:
    """Proposed changes of a repository (``refs/pr/3``) that lie in the cache."""
    repository = hub.constants.REPO_ID_SEPARATOR.join(("models", *name.split("/")))
    folder = Path(hub.constants.HF_HUB_CACHE, repository, "refs")
    return sorted(str(f.relative_to(folder).as_posix()) for f in folder.glob("refs/pr/*"))


def _downloaded(hub: Any, name: str, revision: str | None) -> Path:
    """The folder in the hub's cache, after fetching what it lacks."""
    command = f"hf download {name}" + (f" --revision {revision}" if revision else "")
    cache = Path(hub.constants.HF_HUB_CACHE)
    try:
        with storage_errors(cache, "Free some space, or set $HF_HOME to a folder elsewhere."):
            folder = _fetched(hub, name, revision)
    except EmotionClassifierError:
        raise
    except hub.errors.GatedRepoError:
        raise EncoderError(
            f"{name} asks for consent before it is downloaded: accept its terms at "
            f"https://huggingface.co/{name}, then run `hf auth login`"
        ) from None
    except (hub.errors.RepositoryNotFoundError, hub.errors.HFValidationError):
        raise EncoderError(
            f"model.frontend.name: there is neither a folder {name} nor a model of that name on "
            "the hub: look it up at https://huggingface.co/models; a private one needs "
            "`hf auth login`"
        ) from None
    except hub.errors.RevisionNotFoundError:
        raise EncoderError(
            f"model.frontend.revision: {name} has no revision {revision} on the hub"
        ) from None
    except Exception as error:  # no network, or none wanted: their errors are of many types
        known = _snapshot(hub, name, revision, ["config.json"])
        if known is not None and not any(known.glob("*.safetensors")):
            return _with_weights(known, name, "in the hub's cache ")
        reason = str(error).split("\n", 1)[0]
        raise EncoderError(
            f"model.frontend.name: {name} is neither a folder nor in the hub's cache, and the hub "
            f"cannot be reached ({type(error).__name__}: {reason}). Where there is a network, run "
            f"`{command}`; or give the folder of the checkpoint"
        ) from None
    return _with_weights(folder, name, "on the hub ")


def _fetched(hub: Any, name: str, revision: str | None) -> Path:
    folder = Path(hub.snapshot_download(name, revision=revision, allow_patterns=_FILES))
    if revision is not None or any(folder.glob("*.safetensors")):
        return folder
    proposal = _proposal(hub, name)
    if proposal is None:
        return folder
    return Path(hub.snapshot_download(name, revision=proposal, allow_patterns=_FILES))


def _proposal(hub: Any, name: str) -> str | None:
    """The revision in which the hub's own converter proposes safetensors; None where it has not."""
    discussions = hub.HfApi().get_repo_discussions(
        name, author=_CONVERTER, discussion_type="pull_request", discussion_status="open"
    )
    return next((one.git_reference for one in discussions if one.title == _CONVERSION), None)


def _with_weights(folder: Path, name: str, place: str) -> Path:
    """`folder`, which holds a checkpoint and its weights as safetensors."""
    if any(folder.glob("*.safetensors")) or not (folder / "config.json").is_file():
        return folder
    if place or any(file for pattern in _PICKLES for file in folder.glob(pattern)):
        raise EncoderError(
            f"{name} {place}holds pickled weights only, and opening those runs code: take a "
            f"checkpoint with {WEIGHTS}. Many repositories have one that is proposed as a change: "
            f"`hf download {name if place else 'NAME'} --revision refs/pr/NUMBER`, where {_CONVERTER} "
            "opened NUMBER; for others https://huggingface.co/spaces/safetensors/convert makes one"
        )
    raise EncoderError(f"{name} holds a config.json, but no {WEIGHTS}: copy the weights beside it")


def _hub() -> Any:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ImportError:
        raise MissingDependencyError("huggingface_hub", "train", "A pretrained encoder") from None
    return huggingface_hub
