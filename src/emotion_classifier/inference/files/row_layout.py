"""Layout of result rows: the columns of a table, and the record of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

Row = TypeVar("Row")
Cell: TypeAlias = str | int | float | None
"""Value of a cell; None is an empty cell."""

PREFIXES: Mapping[str, str] = {
    "probabilities": "p_",
    "shares": "share_",
    "channels": "channel_",
    "quarters": "quarter_",
}
"""Nested field of a record → start of the names of its columns, such as ``p_happy``."""


class Column(NamedTuple):
    """Column of a table; ``decimals`` are those of its numbers, None for text and counts."""

    name: str
    decimals: int | None = None


@dataclass(frozen=True)
class RowLayout(Generic[Row]):
    """How rows of a kind are written.

    Parameters
    ----------
    columns : of a table; ``file`` is among them, and ``error`` where a row may be a failure.
    record : the JSON object of a row, whose nested fields are named in `PREFIXES`.
    line : a row as one line of text, for reading.
    head : the line above these.
    """

    columns: tuple[Column, ...]
    record: Callable[[Row], Mapping[str, object]]
    line: Callable[[Row], str]
    head: str

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    def cells(self, row: Row) -> list[Cell]:
        """The cells of a row, numbers rounded to the decimals of their columns."""
        values = flat(self.record(row))
        return [_rounded(values.get(column.name), column.decimals) for column in self.columns]


def flat(record: Mapping[str, object]) -> dict[str, Any]:
    """Name of the column → value, for a record with nested fields.

    >>> flat({"file": "a.wav", "probabilities": {"happy": 0.7}, "quarters": [{"answer": "sad"}]})
    {'file': 'a.wav', 'p_happy': 0.7, 'quarter_1_answer': 'sad'}
    """
    return dict(_flat(record, ""))


def _flat(record: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _flat(value, prefix + PREFIXES[name])
        elif isinstance(value, list | tuple):
            for number, item in enumerate(value, start=1):
                yield from _flat(item, f"{prefix}{PREFIXES[name]}{number}_")
        elif value is not None or name not in PREFIXES:
            yield prefix + name, value


def _rounded(value: Cell, decimals: int | None) -> Cell:
    return round(value, decimals) if isinstance(value, float) and decimals is not None else value
