"""Automatic speech recognition: words of speech with their times, one recogniser per module."""
