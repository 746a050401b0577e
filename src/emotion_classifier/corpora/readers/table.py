"""A corpus that is a table: one row for each clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.corpora.corpus import Corpus, Problem, assemble, without_suffix
from emotion_classifier.corpora.readers.columns import Columns, read_columns, read_header
from emotion_classifier.corpora.readers.labels import resolve_labels
from emotion_classifier.corpora.utterance import Sex, Utterance
from emotion_classifier.errors import CorpusError, abridged
from emotion_classifier.storage import expanded

_SEXES: dict[str, Sex] = {
    "female": "female",
    "f": "female",
    "woman": "female",
    "male": "male",
    "m": "male",
    "man": "male",
}
_SPEAKER_ATTRIBUTES = ("age", "race", "ethnicity")
_OPTIONAL_FIELDS = ("sex", "intensity", "sentence", *_SPEAKER_ATTRIBUTES)
# Enough to detect a wrong audio_root, and fast for a million rows.
_PROBED_ROWS = 100


class TableColumns(StrictConfig):
    """Names of the columns of a table."""

    file: str = "file"
    """Path of the clip, absolute or relative to `audio_root`."""
    emotion: str = "emotion"
    """Emotion of the clip: a common name, or a label that `emotions` maps."""
    speaker: str | None = "speaker"
    """Speaker. None counts every clip as a speaker of its own, so that speakers may leak."""
    sex: str | None = None
    """Sex of the speaker: female, f, woman, male, m or man; others count as unknown. None takes the
    column `sex` where there is one."""
    intensity: str | None = None
    """Intensity of the emotion. None takes the column `intensity` where there is one."""
    sentence: str | None = None
    """Sentence that is spoken, or its number. None takes the column `sentence` where there is one."""
    age: str | None = None
    """Age of the speaker in years, by whose decades the report groups. None takes the column `age`
    where there is one."""
    race: str | None = None
    """Race of the speaker, by which the report groups. None takes the column `race` where there is
    one."""
    ethnicity: str | None = None
    """Ethnicity of the speaker, by which the report groups. None takes the column `ethnicity` where
    there is one."""


class TableConfig(StrictConfig):
    """A table (CSV or Parquet) with one row for each clip."""

    speech: ClassVar[None] = None
    kind: Literal["table"] = "table"
    """Kind of corpus."""
    path: Path
    """The table: .csv, .tsv, .txt (comma, semicolon or tab), .parquet or .pq."""
    name: Annotated[str, Field(min_length=1, pattern=r"^[^/]+$")] = "table"
    """Name of the corpus, which begins the id of each clip."""
    licence: Annotated[str, Field(min_length=1)] = "unknown"
    """Licence of the corpus, which the model folder and the report repeat."""
    language: Annotated[str, Field(min_length=1)] | None = None
    """Language that is spoken in it, which the model folder repeats; null where it is not known."""
    columns: TableColumns = TableColumns()
    """Names of the columns."""
    audio_root: Path | None = None
    """Base folder of relative paths. None takes the folder of the table."""
    emotions: dict[str, str] = {}
    """Label → emotion, for labels without a common meaning, for example `{excited: happy}`."""

    def read(self) -> Corpus:
        """The corpus that the table describes."""
        return read_table(
            self.path,
            name=self.name,
            columns=self.columns.model_dump(exclude_none=True),
            audio_root=self.audio_root,
            emotions=self.emotions,
        )


def read_table(
    path: Path,
    *,
    name: str = "table",
    columns: Mapping[str, str],
    audio_root: Path | None = None,
    emotions: Mapping[str, str] | None = None,
) -> Corpus:
    """Corpus of the clips in a table; rows that cannot be used become problems.

    Parameters
    ----------
    path : of the table.
    name : of the corpus.
    columns : field (``file``, ``emotion``, ``speaker``, ``sex``, ``intensity``, ``sentence``, ``age``,
        ``race``, ``ethnicity``) → column. Without a speaker every clip counts as a speaker of its own;
        the fields from ``sex`` on are by default the columns of these names in any case, where they are
        there.
    audio_root : base folder of relative paths; None takes the folder of the table.
    emotions : label → emotion, for labels without a common meaning.

    Raises
    ------
    CorpusError
        The table or a column is missing, no row can be used, no file of its first rows exists, labels
        are unknown, or a file has two emotions or speakers.
    """
    path = expanded(path)
    root = expanded(audio_root or path.parent)
    header = read_header(path)
    columns = {**_columns_named_as_fields(header), **columns}
    fields = read_columns(path, columns)
    if not fields["file"]:
        raise CorpusError(f"{path} has a header but no rows: add one row for each clip")
    labels = Counter(fields["emotion"])
    del labels[""]
    meanings = resolve_labels(labels, emotions or {}, str(path))
    rows = list(_rows(fields, path, root, name, meanings))
    utterances = [row for row in rows if isinstance(row, Utterance)]
    problems = [row for row in rows if isinstance(row, Problem)]
    if not utterances:
        raise CorpusError(
            f"{path}: none of its {len(rows)} rows can be used: {problems[0].message}"
        )
    _probe(utterances, root, path)
    notices = [*_notices(fields, path), *_unused_columns(path, header, columns)]
    return assemble(name, path, utterances, [*notices, *problems])


def _columns_named_as_fields(header: Sequence[str]) -> dict[str, str]:
    """Optional field → first column of its name, in any case."""
    return {
        column.strip().lower(): column
        for column in reversed(header)
        if column.strip().lower() in _OPTIONAL_FIELDS
    }


def _unused_columns(
    table: Path, header: Sequence[str], columns: Mapping[str, str]
) -> Iterator[Problem]:
    unused = [repr(column) for column in header if column not in columns.values()]
    if unused:
        options = ", ".join(f"columns.{field}" for field in _OPTIONAL_FIELDS)
        message = f"columns that are not used: {abridged(unused, limit=20)}; {options} take others"
        yield Problem(table, "notice", message)


def _rows(
    fields: Columns, table: Path, root: Path, name: str, meanings: Mapping[str, str]
) -> Iterator[Utterance | Problem]:
    """An utterance, or a problem, for each row of `table`."""
    files = fields["file"]
    own = fields.get("speaker")
    nothing = [""] * len(files)
    optional = [fields.get(field, nothing) for field in _OPTIONAL_FIELDS]
    prefix = f"{root.as_posix()}/"
    shared: dict[str, str] = {}  # equal speakers and sentences share a string
    persons: dict[tuple[str, ...], dict[str, str]] = {}
    cells = zip(files, fields["emotion"], own or files, *optional, strict=True)
    for number, (file, label, speaker, sex, intensity, sentence, *person) in enumerate(cells, 1):
        if not (file and label and speaker):
            yield _incomplete(table, number, file, label)
            continue
        relative = file.replace("\\", "/")
        key = without_suffix(relative.removeprefix(prefix).removeprefix("./").lstrip("/"))
        yield Utterance(
            id=f"{name}/{key}",
            path=root / relative,
            corpus=name,
            speaker=shared.setdefault(speaker, speaker) if own else key,
            emotion=meanings[label],
            sex=_SEXES.get(sex.lower()),
            intensity=shared.setdefault(intensity, intensity) or None,
            sentence=shared.setdefault(sentence, sentence) or None,
            speaker_attributes=persons.setdefault(tuple(person), _attributes(person)),
        )


def _attributes(person: Sequence[str]) -> dict[str, str]:
    """Name → value of the attributes that are known."""
    return {name: value for name, value in zip(_SPEAKER_ATTRIBUTES, person, strict=True) if value}


def _incomplete(table: Path, number: int, file: str, label: str) -> Problem:
    code = "name" if not file else "speaker" if label else "label"
    lacking = {"name": "file", "speaker": "speaker", "label": "emotion"}[code]
    about = f" ({file})" if file else ""
    return Problem(
        table,
        code,
        f"row {number}{about} has no {lacking}, which every clip needs: fill the cell in, "
        "or remove the row",
    )


def _probe(utterances: list[Utterance], root: Path, table: Path) -> None:
    probed = utterances[:_PROBED_ROWS]
    if not any(one.path.is_file() for one in probed):
        raise CorpusError(
            f"{table}: none of its first {len(probed)} files exists, for example "
            f"{probed[0].path}: relative paths begin at {root}; set audio_root to the folder "
            "that they are relative to"
        )


def _notices(fields: Columns, table: Path) -> list[Problem]:
    """Notices about the table as a whole."""
    notices = []
    if "speaker" not in fields:
        notices.append(
            "no speaker is known and every clip counts as a speaker of its own: the same voice may "
            "be in the training and the test part, and scores may be too good"
        )
    odd = Counter(cell for cell in fields.get("sex", []) if cell and cell.lower() not in _SEXES)
    if odd:
        listed = ", ".join(f"{cell!r} ({count} clips)" for cell, count in sorted(odd.items()))
        notices.append(f"sex {listed} counts as unknown: known are {', '.join(_SEXES)}")
    return [Problem(table, "notice", notice) for notice in notices]
