"""Utterances as a CSV file with all that is known about them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from emotion_classifier.corpora.utterance import Sex, Utterance
from emotion_classifier.errors import CorpusError
from emotion_classifier.storage import write_atomically

COLUMNS = (
    "id",
    "path",
    "corpus",
    "speaker",
    "emotion",
    "sex",
    "intensity",
    "sentence",
    "perceived",
    "attributes",
)
"""Columns in order; ``perceived`` and ``attributes`` are JSON objects, unknown is an empty cell."""

_SEXES: dict[str, Sex | None] = {"": None, **{sex: sex for sex in get_args(Sex)}}


def write_manifest(path: Path, utterances: Iterable[Utterance]) -> None:
    """Write one row for each utterance; the file appears complete or not at all.

    Raises
    ------
    StorageError
        The disk is full or may not be written.
    """
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows(_row(one) for one in utterances)
    data = text.getvalue().encode("utf-8", "surrogateescape")
    write_atomically(path, data, "Free some space or name another file.")


def read_manifest(path: Path) -> tuple[Utterance, ...]:
    """The utterances that `write_manifest` wrote, in their order.

    Raises
    ------
    CorpusError
        The file cannot be read, has other columns, or a cell that is not understood.
    """
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise CorpusError(f"the manifest {path} cannot be read: {error.strerror}") from error
    rows = csv.reader(io.StringIO(text, newline=""))
    header = tuple(next(rows, ()))
    if header != COLUMNS:
        raise CorpusError(
            f"{path} has the columns {', '.join(header) or 'none'}, but a manifest has "
            f"{', '.join(COLUMNS)}: for other tables use the corpus kind `table`"
        )
    return tuple(_utterance(path, number, row) for number, row in enumerate(rows, start=1))


def _row(one: Utterance) -> tuple[str, ...]:
    perceived = "" if one.perceived is None else json.dumps(dict(one.perceived))
    attributes = json.dumps(dict(one.attributes)) if one.attributes else ""
    return (
        one.id,
        str(one.path),
        one.corpus,
        one.speaker,
        one.emotion,
        one.sex or "",
        one.intensity or "",
        one.sentence or "",
        perceived,
        attributes,
    )


def _utterance(path: Path, number: int, row: list[str]) -> Utterance:
    try:
        name, file, corpus, speaker, emotion, sex, intensity, sentence, perceived, attributes = row
        return Utterance(
            id=name,
            path=Path(file),
            corpus=corpus,
            speaker=speaker,
            emotion=emotion,
            sex=_SEXES[sex],
            intensity=intensity or None,
            sentence=sentence or None,
            perceived=json.loads(perceived) if perceived else None,
            attributes=json.loads(attributes) if attributes else {},
        )
    except (ValueError, KeyError) as error:
        raise CorpusError(
            f"{path}, row {number}: not understood ({error}): a row has {len(COLUMNS)} cells, sex "
            "is female, male or empty, perceived and attributes are JSON; write the manifest again"
        ) from error
