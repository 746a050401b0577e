"""Metadata in an ONNX graph: all that a foreign runtime needs to use it. Needs no onnx.

A graph is a protobuf message, and metadata are a repeated field of it, so that entries may follow the rest.
"""

from __future__ import annotations

import hashlib
import json

from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.model_folder.specification import ModelSpecification

_ENTRY_TAG, _KEY_TAG, _VALUE_TAG = 0x72, 0x0A, 0x12  # ModelProto.metadata_props and its fields


def metadata_of(
    specification: ModelSpecification, config: StreamConfig, graph: bytes
) -> dict[str, str]:
    """Name → value as JSON, but the name and the SHA-256 of the graph without metadata, which are text."""
    values = {
        "emotions": specification.emotions,
        **specification.input.model_dump(mode="json"),
        "window_seconds": config.window_seconds,
        "hop_seconds": config.hop_seconds,
        "temperature": specification.temperature,
        "uncertain_below": specification.uncertain_below,
        "recording_uncertain_below": specification.recording_uncertain_below,
        "shift": None if specification.adaptation is None else specification.adaptation.shift,
    }
    texts = {name: json.dumps(value) for name, value in values.items()}
    return {"name": specification.name, **texts, "sha256": hashlib.sha256(graph).hexdigest()}


def with_metadata(graph: bytes, metadata: dict[str, str]) -> bytes:
    """The content of a graph with more metadata."""
    entries = (_field(_KEY_TAG, key) + _field(_VALUE_TAG, value) for key, value in metadata.items())
    return graph + b"".join(bytes([_ENTRY_TAG]) + _sized(entry) for entry in entries)


def _field(tag: int, text: str) -> bytes:
    return bytes([tag]) + _sized(text.encode())


def _sized(content: bytes) -> bytes:
    """Content with its length before it, as a variable-length integer."""
    size, length = len(content), b""
    while size >= 0x80:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return length + bytes([size]) + content
