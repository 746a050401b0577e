"""What rebuilds an encoder without the hub: ``encoder.json`` in the model folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class EncoderDescription:
    """An encoder's origin and architecture.

    Parameters
    ----------
    name, revision : where it came from, as in `EncoderConfig`.
    fingerprint : SHA-256 over the checkpoint's files: architecture, preprocessing and weights.
    architecture : settings of the network, as transformers writes them.
    preprocessor : what of the checkpoint's preprocessing changes what the encoder hears.
    """

    name: str
    revision: str | None
    fingerprint: str
    architecture: dict[str, Any]
    preprocessor: dict[str, Any]

    @property
    def kind(self) -> str:
        """What transformers calls the architecture: ``hubert``, ``wavlm``, ``whisper``…"""
        return str(self.architecture["model_type"])

    def to_json(self) -> str:
        """The description as JSON, the same text for the same encoder."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> EncoderDescription:
        """The description that `text` holds.

        Raises
        ------
        ValueError
            It is no description.
        """
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError(f"no description of an encoder: {error}") from None
