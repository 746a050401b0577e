"""Embeddings of clips with metadata, for TensorBoard's projector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_classifier.storage import write_atomically

_REMEDY = "Free some space and continue the run."
_CONFIG = """\
embeddings {
  tensor_name: "validation clips"
  tensor_path: "projector/embeddings.tsv"
  metadata_path: "projector/metadata.tsv"
}
"""


def write_projector(
    folder: Path, embeddings: npt.NDArray[np.float32], metadata: Mapping[str, Sequence[str]]
) -> None:
    """Write the projector's files, replacing older ones as a whole.

    Torch's `add_embedding` would add the same clips again after an interruption.

    Parameters
    ----------
    folder : of the events.
    embeddings : (clip, feature).
    metadata : at least two names → (clip,) values.
    """
    rows = ["\t".join(f"{value:.6g}" for value in row) for row in embeddings.tolist()]
    facts = [
        "\t".join(map(_cell, row)) for row in (metadata, *zip(*metadata.values(), strict=True))
    ]
    for name, text in {
        "projector/embeddings.tsv": "\n".join(rows) + "\n",
        "projector/metadata.tsv": "\n".join(facts) + "\n",
        "projector_config.pbtxt": _CONFIG,
    }.items():
        write_atomically(folder / name, text.encode("utf-8", "surrogateescape"), _REMEDY)


def _cell(text: str) -> str:
    """`text` without tabs and line breaks."""
    return " ".join(text.split())
