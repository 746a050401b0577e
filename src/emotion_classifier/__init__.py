"""Recognise emotion in speech."""

__version__ = "0.1.0"
