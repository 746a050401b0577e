"""Checkpoints, written atomically and read with a check of their CRC-32, and the weights in them.

A checkpoint is a zip archive, which has a CRC-32 of each of its files. torch writes and ignores it.

A checkpoint holds no frozen weights of a pretrained encoder, which are in the encoder's own files; it
holds the encoder's fingerprint.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO

from emotion_classifier.errors import RunError
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.lora import (
    is_adapter_weight,
    merge_adapters,
    merged_weights,
)
from emotion_classifier.storage import write_atomically

LAST = "last"
BEST = "best"
CLASSIFIER = "classifier."
"""Prefix of the classifier's weights in a checkpoint."""
AVERAGE = "moving_average"
"""Key of the averaged weights in a checkpoint, by their names without the prefix."""


class AtomicCheckpoints(TorchCheckpointIO):
    """Atomic writing and checked reading.

    Lightning's own may leave half a file when the process is killed.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None
    ) -> None:
        """Write `checkpoint`; `StorageError` where the disk is full, with the older file unchanged."""
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        remedy = "Free some space and continue with `emotion train --resume`."
        write_atomically(Path(path), buffer.getbuffer(), remedy)

    def load_checkpoint(
        self,
        path: str | Path,
        map_location: Any | None = None,
        weights_only: bool | None = None,
    ) -> dict[str, Any]:
        """The checkpoint at `path`, on the processor and without pickled code; `RunError` as below."""
        return read_checkpoint(Path(path))


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint, on the processor.

    Raises
    ------
    RunError
        It is missing or damaged.
    """
    try:
        with ZipFile(path) as archive:
            if (damaged := archive.testzip()) is not None:
                raise BadZipFile(f"the CRC-32 of {damaged} is wrong")
        content: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        if lost := {"state_dict", "history"} - content.keys():
            raise KeyError(f"it holds no {' and no '.join(sorted(lost))}")
    except Exception as error:  # of the archive, of torch, of the pickle: many types
        reason = " ".join(str(error).split())
        raise RunError(
            f"{path} cannot be read: {reason}. Bring it back, or delete {path.parent} and continue with "
            "`emotion train --resume`: training then begins again with the same settings and split"
        ) from error
    return content


def frozen_names(classifier: EmotionClassifier) -> frozenset[str]:
    """Names of the weights that training does not change; checkpoints do not hold them."""
    frontend: torch.nn.Module = classifier.frontend
    if not isinstance(frontend, Encoder):
        return frozenset()
    return frozenset(f"frontend.{name}" for name in frontend.frozen_names())


def remove_frozen(checkpoint: dict[str, Any], classifier: EmotionClassifier) -> None:
    """Replace the frozen weights in a checkpoint by the encoder's fingerprint."""
    if not isinstance(classifier.frontend, Encoder):
        return
    checkpoint["encoder"] = classifier.frontend.fingerprint
    for name in frozen_names(classifier):
        del checkpoint["state_dict"][CLASSIFIER + name]


def restore_frozen(checkpoint: dict[str, Any], classifier: EmotionClassifier) -> None:
    """Insert the frozen weights of `classifier` into a checkpoint.

    Raises
    ------
    RunError
        The checkpoint is of another encoder.
    """
    if not isinstance(classifier.frontend, Encoder):
        return
    fingerprint = classifier.frontend.fingerprint
    if checkpoint["encoder"] != fingerprint:
        raise RunError(
            "the encoder is not the one that this run began with: SHA-256 "
            f"{fingerprint[:12]}…, then {checkpoint['encoder'][:12]}…. Bring "
            "its files back (model.frontend.revision names one for good), or start anew"
        )
    own = classifier.state_dict()
    for name in frozen_names(classifier):
        checkpoint["state_dict"][CLASSIFIER + name] = own[name]


def trained_parameters(classifier: EmotionClassifier) -> int:
    """Number of weights that training may change."""
    frozen = frozen_names(classifier)
    return sum(p.numel() for name, p in classifier.named_parameters() if name not in frozen)


def epoch_path(folder: Path, epoch: int) -> Path:
    """Path of the weights of an epoch that may be averaged; the first epoch is 1."""
    return folder / f"epoch-{epoch:05d}.ckpt"


def load_weights(classifier: EmotionClassifier, path: Path) -> None:
    """Load the weights of a checkpoint into `classifier` and merge its adapters."""
    _restore(classifier, _saved_weights(path))
    merge_adapters(classifier)


def load_average(classifier: EmotionClassifier, paths: Sequence[Path]) -> None:
    """Load the mean of the weights of checkpoints into `classifier` and merge its adapters.

    Running means and variances of batch normalisation are averaged like weights, counters are those
    of the last path. Adapters are merged before they are averaged: the product of mean factors is not
    the mean of products.
    """
    sums: dict[str, torch.Tensor] = {}
    for path in paths:
        saved = _saved_weights(path)
        _restore(classifier, saved)
        sums = _added(sums, _plain_weights(classifier, saved))
    merge_adapters(classifier)
    own = classifier.state_dict()
    means = {
        name: (total / len(paths)).to(own[name].dtype) if total.is_floating_point() else total
        for name, total in sums.items()
    }
    classifier.load_state_dict({**own, **means})


def plain_weights(classifier: EmotionClassifier) -> dict[str, torch.Tensor]:
    """Copies of the weights of `classifier`, which has no adapters."""
    return {name: value.clone() for name, value in classifier.state_dict().items()}


def keep_share(
    classifier: EmotionClassifier, earlier: Mapping[str, torch.Tensor], share: float
) -> None:
    """Replace the weights of `classifier` by means of them and earlier ones.

    Running means and variances of batch normalisation are averaged like weights, counters stay.

    Parameters
    ----------
    classifier : without adapters, or with merged ones.
    earlier : all its weights at an earlier time.
    share : of the earlier weights, 0 to 1.
    """
    own = classifier.state_dict()
    means = {
        name: torch.lerp(value, earlier[name].to(value), share)
        for name, value in own.items()
        if value.is_floating_point()
    }
    classifier.load_state_dict({**own, **means})


def _saved_weights(path: Path) -> dict[str, torch.Tensor]:
    """The classifier's weights in a checkpoint, averaged where it has a moving average."""
    checkpoint = read_checkpoint(path)
    weights = {
        name.removeprefix(CLASSIFIER): value
        for name, value in checkpoint["state_dict"].items()
        if name.startswith(CLASSIFIER)
    }
    return {**weights, **checkpoint.get(AVERAGE, {})}


def _restore(classifier: EmotionClassifier, saved: dict[str, torch.Tensor]) -> None:
    """Load the trained weights `saved`; every other weight must be frozen."""
    own = classifier.state_dict()
    frozen = {name: own[name] for name in frozen_names(classifier)}
    classifier.load_state_dict({**frozen, **saved})


def _plain_weights(
    classifier: EmotionClassifier, saved: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """The weights that training changes, by the names that they have without adapters."""
    plain = {name: value for name, value in saved.items() if not is_adapter_weight(name)}
    with torch.no_grad():
        return {**plain, **merged_weights(classifier)}


def _added(
    sums: dict[str, torch.Tensor], weights: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Sums with `weights` in them, in double precision; of whole numbers `weights` alone."""
    return {
        name: value.double() + sums.get(name, 0.0) if value.is_floating_point() else value
        for name, value in weights.items()
    }
