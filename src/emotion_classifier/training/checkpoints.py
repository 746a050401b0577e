"""Checkpoints that are there completely or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO

from emotion_classifier.storage import write_atomically

LAST = "last"
BEST = "best"


class AtomicCheckpoints(TorchCheckpointIO):
    """Writes beside the target and renames; Lightning's own way may leave half a file on a kill."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None
    ) -> None:
        """Write `checkpoint`; `StorageError` when the disk is full, the older file untouched."""
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        remedy = "Free some space and continue with `emotion train --resume`."
        write_atomically(Path(path), buffer.getbuffer(), remedy)
