"""A file of result rows that grows row by row, and can be continued after an interruption."""

from __future__ import annotations

import io
import sys
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

from emotion_classifier.errors import ConfigError, StorageError, storage_errors
from emotion_classifier.escapes import escaped
from emotion_classifier.inference.files.formats import (
    ROW_FORMATS,
    CsvOptions,
    RowWriter,
    TextFormat,
    WorkbookFormat,
)
from emotion_classifier.inference.files.origin import Origin, check_origin, write_origin
from emotion_classifier.inference.files.row_layout import RowLayout
from emotion_classifier.inference.files.written_rows import WrittenRows, read_written_rows
from emotion_classifier.storage import lock

_OPEN_FILES = (Path("/dev"), Path("/proc"))
"""Folders of devices and of the files that a process has open, such as ``/dev/stdout``."""


class OpenRows(NamedTuple):
    """An open file of rows: its writer, and the rows of an earlier run."""

    writer: RowWriter[Any]
    written: WrittenRows


@dataclass(frozen=True)
class ResultFile:
    """Destination of rows.

    Parameters
    ----------
    path : None is standard output.
    format_name : of `ROW_FORMATS`.
    options : of CSV.
    resume : whether rows are added to those of an earlier run.
    """

    path: Path | None
    format_name: str
    options: CsvOptions = field(default_factory=CsvOptions)
    resume: bool = False

    @property
    def form(self) -> TextFormat | WorkbookFormat:
        """The format of the rows."""
        return ROW_FORMATS[self.format_name]

    @property
    def can_be_continued(self) -> bool:
        """Whether rows can be added in a later run."""
        return self.path is not None and is_regular(self.path) and self.form.parse is not None

    def check(self) -> None:
        """Check, before a model is loaded, that rows can be written without losing others.

        Raises
        ------
        ConfigError
            Rows cannot be continued, the file has content, an option is not one of the format, or bytes
            that are no text would be written to a terminal.
        MissingDependencyError
            The library of the format is not installed.
        """
        self.form.check()
        if self.options != CsvOptions() and self.format_name != "csv":
            raise ConfigError(
                f"--bom and --safe-cells are options of csv, and the format is {self.format_name}: "
                "leave them out, or use csv"
            )
        if self.path is None and isinstance(self.form, WorkbookFormat):
            check_no_terminal(self.format_name)
        if self.resume and not self.can_be_continued:
            raise ConfigError(
                "--resume continues a file of csv or jsonl: name FILE.csv or FILE.jsonl with --output"
            )
        if self.path is not None and _size(self.path) > 0 and not self.resume:
            remedy = "add --resume to continue it, " if self.can_be_continued else ""
            raise ConfigError(
                f"{self.path} exists already: {remedy}name another file, or delete it"
            )

    @contextmanager
    def opened(
        self, layout: RowLayout[Any], origin: Origin, complete: Container[str] | None = None
    ) -> Iterator[OpenRows]:
        """A writer of rows, and the rows that are there, which must be of the same origin.

        The file is locked, and made with its folder where it is absent. An incomplete last row is cut off.

        Parameters
        ----------
        origin : of the rows; options of this file are added.
        complete : see `read_written_rows`.

        Raises
        ------
        ConfigError
            Another process writes to the file, or it holds anything but rows of this layout and origin.
        StorageError
            The file cannot be written, or the disk is full.
        """
        if self.path is None:
            with self._writer(_standard_output(), layout) as writer:
                yield OpenRows(writer, WrittenRows())
            return
        continued = "; the written rows can be continued with --resume"
        remedy = (
            f"Free some space or name another file{continued if self.can_be_continued else ''}."
        )
        with storage_errors(self.path, remedy), _opened(self.path) as file:
            if is_regular(self.path) and not lock(file):
                raise ConfigError(
                    f"{self.path} is being written by another process: wait for its end, or name "
                    "another file"
                )
            self.check()  # again: another process may have ended meanwhile
            written = self._prepare(self.path, file, layout, origin, complete)
            # Names of files are bytes that need not be text, see PEP 383.
            stream = io.TextIOWrapper(file, "utf-8", errors="surrogateescape", newline="")
            has_head = _size(self.path) > 0
            with self._writer(stream, layout, has_head=has_head) as writer:
                yield OpenRows(writer, written)

    @contextmanager
    def _writer(
        self, stream: TextIO, layout: RowLayout[Any], *, has_head: bool = False
    ) -> Iterator[RowWriter[Any]]:
        writer = self.form.writer(stream, layout, self.options, has_head=has_head)
        try:
            yield writer
        finally:
            writer.close()

    def _prepare(
        self,
        path: Path,
        file: BinaryIO,
        layout: RowLayout[Any],
        origin: Origin,
        complete: Container[str] | None,
    ) -> WrittenRows:
        """The rows in an open file, whose origin is checked, or written where there are none."""
        if not self.can_be_continued:
            return WrittenRows()
        assert isinstance(self.form, TextFormat)
        if self.options.safe_cells:
            origin = {**origin, "safe_cells": True}
        if _size(path) == 0:
            write_origin(path, origin)
            return WrittenRows()
        check_origin(path, origin)
        return read_written_rows(file, path, self.form, layout, self.options, complete)


def check_no_terminal(format_name: str) -> None:
    """Raise a `ConfigError` where a format that is no text would be written to a terminal."""
    if sys.stdout.isatty():
        raise ConfigError(
            f"{format_name} is no text, and standard output is a terminal: name a file with --output"
        )


def is_regular(path: Path) -> bool:
    """Whether `path` is of a file on a disk, and not of a device, a pipe or a file that is open already."""
    if any(path.absolute().is_relative_to(folder) for folder in _OPEN_FILES):
        return False
    return not path.exists() or path.is_file()


def _size(path: Path) -> int:
    """Bytes in a file; 0 where it is absent, or is no regular file."""
    return path.stat().st_size if is_regular(path) and path.exists() else 0


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """`path`, open for adding; made with its folder where it is absent."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b" if is_regular(path) else "ab")
    except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
        reason = f"a file is where a folder is needed, or the reverse ({error.filename})"
        raise StorageError(f"cannot write {path}: {reason}. Name another file.") from error
    with file:
        yield file


class _Terminal(io.TextIOBase):
    """Standard output on a terminal, which names of files must not control."""

    def write(self, text: str) -> int:
        sys.stdout.write(escaped(text))
        return len(text)

    def flush(self) -> None:
        sys.stdout.flush()


def _standard_output() -> TextIO:
    """Standard output, in which names of files may be invalid text."""
    if sys.stdout.isatty():
        return cast(TextIO, _Terminal())
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return sys.stdout
