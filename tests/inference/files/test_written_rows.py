"""The rows of an interrupted run."""

from __future__ import annotations

import io
import time

from emotion_classifier.inference.files.written_rows import _complete_rows


def test_time_grows_with_the_lines_of_a_row() -> None:
    """A quote that is never closed makes a file one row."""
    content = b'"' + b"a.wav,happy,0.5,\n" * 80_000
    start = time.process_time()
    assert list(_complete_rows(io.BytesIO(content), quoted=True)) == []
    assert time.process_time() - start < 2.0
