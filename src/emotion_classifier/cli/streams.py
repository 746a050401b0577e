"""Standard output and standard error: encodings that lack letters, closed and full outputs."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

_ESCAPES = "emotion-escapes"
_WRITE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def prepare_streams() -> None:
    r"""Let standard output and standard error take every text, also where they are closed.

    Letters that the encoding lacks are written as ``\uXXXX``, which JSON reads back. Files and pipes
    are UTF-8, also on Windows, unless PYTHONIOENCODING names another encoding.
    """
    codecs.register_error(_ESCAPES, _escape)
    if sys.stdout is None:  # closed by the caller: writing must fail
        sys.stdout = io.TextIOWrapper(io.FileIO(os.open(os.devnull, os.O_RDONLY), "w"))
    else:
        sys.stdout = _buffered(sys.stdout)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - until the end
    for stream in (sys.stdout, sys.stderr):
        _prepare(stream)


def is_closed_pipe(error: OSError) -> bool:
    """Whether the reader of an output has ended, such as that of ``| head -1``."""
    on_windows = os.name == "nt" and error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or on_windows


def name_output(error: OSError) -> None:
    """Name standard output in an error of writing that names no file; other writers name theirs."""
    if error.filename is None and error.errno in _WRITE_ERRORS:
        error.filename = "standard output"


def discard_output() -> None:
    """Lead standard output nowhere, so that the interpreter's last flush cannot fail or block."""
    with suppress(OSError):  # it may have no descriptor
        descriptor = sys.stdout.fileno()
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _buffered(stream: TextIO) -> TextIO:
    """`stream`, with a buffer where PYTHONUNBUFFERED removed it.

    Python takes a write without a buffer for complete when a part of it was written, and the rest
    is lost without an error.
    """
    if not isinstance(stream, io.TextIOWrapper) or type(stream.buffer) is not io.FileIO:
        return stream
    raw = io.FileIO(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), stream.encoding, line_buffering=True)


def _prepare(stream: TextIO) -> None:
    if not isinstance(stream, io.TextIOWrapper):
        return
    is_free = not stream.isatty() and "PYTHONIOENCODING" not in os.environ
    stream.reconfigure(encoding="utf-8" if is_free else None, errors=_ESCAPES)


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Escapes of letters that cannot be encoded, as UTF-16 code units."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    codes = (units[at : at + 2].hex() for at in range(0, len(units), 2))
    return "".join(f"\\u{code}" for code in codes), error.end
