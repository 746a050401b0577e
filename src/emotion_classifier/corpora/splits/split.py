"""The part of each utterance, or the reason why it has none."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError, abridged
from emotion_classifier.storage import write_csv

Part: TypeAlias = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)

_COLUMNS = ("utterance", "part", "reason", "corpus", "speaker", "sex", "emotion")
_LEAK, _NOTE = "leak: ", "note: "


@dataclass(frozen=True)
class Split:
    """A part for each utterance, or the reason why it has none.

    Parameters
    ----------
    parts : id of an utterance → its part.
    left_out : id of an utterance that has no part → why.
    leaks : speakers and recordings that stand in two parts, as sentences; reports must print them.
    notes : further remarks for reports, for example absent speakers.
    """

    parts: Mapping[str, Part]
    left_out: Mapping[str, str] = field(default_factory=dict)
    leaks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def select(self, utterances: Iterable[Utterance], part: Part) -> list[Utterance]:
        """The utterances of one part, in the order given."""
        return [u for u in utterances if self.parts.get(u.id) == part]

    def counts(
        self, utterances: Iterable[Utterance], by: Literal["speaker", "sex", "emotion"]
    ) -> dict[str, dict[Part, int]]:
        """Value → utterances in each part, sorted by value: the rows of a table.

        Speakers are named by `Utterance.speaker_id`; an unknown sex is ``unknown``. Utterances
        without a part are not counted.
        """
        rows: dict[str, dict[Part, int]] = {}
        for utterance in utterances:
            part = self.parts.get(utterance.id)
            if part is not None:
                value = _value(utterance, by)
                rows.setdefault(value, dict.fromkeys(PARTS, 0))[part] += 1
        return dict(sorted(rows.items()))

    def save(self, path: Path, utterances: Iterable[Utterance]) -> None:
        """Write the split as CSV: one row for each utterance, in the order given.

        Leaks and notes come first, as rows without an utterance, so that they are read with
        the file and seen first.
        """
        remarks = [_LEAK + leak for leak in self.leaks] + [_NOTE + note for note in self.notes]
        rows: list[tuple[str, ...]] = [_COLUMNS]
        rows += (("", "", remark, "", "", "", "") for remark in remarks)
        rows += map(self._row, utterances)
        write_csv(path, rows, "Free some space or choose another folder.")

    def _row(self, utterance: Utterance) -> tuple[str, ...]:
        return (
            utterance.id,
            self.parts.get(utterance.id, ""),
            self.left_out.get(utterance.id, ""),
            utterance.corpus,
            utterance.speaker,
            utterance.sex or "",
            utterance.emotion,
        )

    @classmethod
    def load(cls, path: Path) -> Split:
        """The split that `save` wrote, or any CSV with the columns ``utterance`` and ``part``.

        Raises
        ------
        SplitError
            The file is missing or no CSV, lacks a column, or has bad rows: all are named.
        """
        try:
            with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as stream:
                return cls._from_rows(path, csv.DictReader(stream))
        except (OSError, csv.Error) as error:
            raise SplitError(
                f"cannot read the split {path}: {error}. A split is a CSV file with the columns "
                "utterance and part, as `emotion corpus split` writes it"
            ) from error

    @classmethod
    def _from_rows(cls, path: Path, reader: csv.DictReader[str]) -> Split:
        found = reader.fieldnames or ()
        if missing := [name for name in _COLUMNS[:2] if name not in found]:
            raise SplitError(
                f"{path} has the columns {abridged(found) or '(none)'}, but a split needs "
                f"{' and '.join(missing)}: rename or add the column"
            )
        parts: dict[str, Part] = {}
        left_out: dict[str, str] = {}
        remarks: list[str] = []
        bad: list[str] = []
        for row in reader:
            name, part, reason = row["utterance"], row["part"], row.get("reason") or ""
            if name in parts or name in left_out:
                bad.append(f"line {reader.line_num}: {name} a second time")
            elif part is None:
                bad.append(f"line {reader.line_num}: {name} without a part, as if cut off")
            elif not name:
                remarks.append(reason)
            elif part in PARTS:
                parts[name] = part
            elif part:
                bad.append(f"line {reader.line_num}: part {part!r}")
            else:
                left_out[name] = reason or f"no part in {path.name}"
        _refuse(path, bad)
        return cls(parts, left_out, _remarks(remarks, _LEAK), _remarks(remarks, _NOTE))


def merged(splits: Sequence[Split]) -> Split:
    """One split of several corpora, from a split of each."""
    return Split(
        {name: part for split in splits for name, part in split.parts.items()},
        {name: reason for split in splits for name, reason in split.left_out.items()},
        tuple(leak for split in splits for leak in split.leaks),
        tuple(note for split in splits for note in split.notes),
    )


def _value(utterance: Utterance, by: Literal["speaker", "sex", "emotion"]) -> str:
    if by == "speaker":
        return utterance.speaker_id
    return utterance.emotion if by == "emotion" else utterance.sex or "unknown"


def _remarks(remarks: Iterable[str], mark: str) -> tuple[str, ...]:
    return tuple(remark.removeprefix(mark) for remark in remarks if remark.startswith(mark))


def _refuse(path: Path, bad: Sequence[str]) -> None:
    if bad:
        raise SplitError(
            f"{path} has {len(bad)} bad rows ({abridged(bad)}): each utterance has one row, and its "
            f"part is {', '.join(PARTS)} or empty (left out). Correct these rows"
        )
