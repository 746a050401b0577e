"""Tables that are published beside the audio of a corpus."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

from emotion_classifier.audio.folders import walk_folders
from emotion_classifier.errors import CorpusError


def find_companion(root: Path, names: Sequence[str]) -> Path | None:
    """The first file under `root` or beside it with a name in `names`; None if there is none.

    Beside it, because `root` may be the folder of the recordings alone.
    """
    under = [entry.path for entry in walk_folders([root]) if entry.path.name in names]
    beside = [
        path
        for folder in (root.parent, root.parent / "processedResults")
        for name in names
        if (path := folder / name).is_file()
    ]
    return next(iter((*sorted(under), *beside)), None)


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a CSV file (also gzipped), reduced to `columns`.

    Raises
    ------
    CorpusError
        The file cannot be read, lacks a column, or has rows of unequal length.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
        lines = csv.reader(io.StringIO(text, newline=""))
        header = next(lines, [])
        rows = [(lines.line_num, row) for row in lines if row]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path} cannot be read ({error}): fetch it again") from error
    lacking = [name for name in columns if name not in header]
    if lacking:
        raise CorpusError(
            f"{path} lacks the columns {', '.join(lacking)}; it begins {text[:60]!r}: fetch the "
            "table again (in a git repository with large files: git lfs pull)"
        )
    indices = [(name, header.index(name)) for name in columns]
    read = []
    for line, row in rows:
        if len(row) != len(header):
            raise CorpusError(
                f"{path}, line {line}: {len(row)} cells, but the header has "
                f"{len(header)} columns: fetch the table again"
            )
        read.append({name: row[index] for name, index in indices})
    return read
