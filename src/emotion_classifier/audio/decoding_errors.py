"""Errors of decoders, which know no paths; `open_audio` raises an `AudioError` instead."""

from __future__ import annotations


class UndecodableError(Exception):
    """A file cannot be decoded; the message has the reason."""


class DamagedError(UndecodableError):
    """A file is damaged or cut off."""


class FormatChangeError(UndecodableError):
    """The sample rate or the number of channels changes within a file."""
