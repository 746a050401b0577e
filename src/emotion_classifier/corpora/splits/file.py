"""A split from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from emotion_classifier.corpora.splits.settings import SplitSettings
from emotion_classifier.corpora.splits.split import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError, abridged


class FileConfig(SplitSettings):
    """Parts as a file lists them."""

    kind: Literal["file"] = "file"
    """From a CSV file with the columns utterance and part."""
    path: Path
    """The file, as `emotion corpus split` or a run saves it."""

    def assign(self, utterances: Sequence[Utterance], generator: np.random.Generator) -> Split:
        """The split of a corpus; not random."""
        return split_as_saved(utterances, self.path)


def split_as_saved(utterances: Sequence[Utterance], path: Path) -> Split:
    """The parts that the file at `path` gives to these utterances.

    An utterance that the file does not list is left out with that reason. Utterances of the same
    corpora that only the file lists are counted in a note: a smaller corpus may be intended, but
    a report must mention it.

    Raises
    ------
    SplitError
        The file cannot be read, or lists none of the utterances.
    """
    saved = Split.load(path)
    listed = saved.parts.keys() | saved.left_out.keys()
    ids = {u.id for u in utterances}
    if not ids & listed:
        raise SplitError(
            f"{path} lists none of the {len(ids)} utterances: the first are {abridged(sorted(ids), 2)} "
            f"here and {abridged(sorted(listed), 2) or '(none)'} in the file. Give the corpus the "
            "same name as when the split was saved"
        )
    reasons = {
        i: saved.left_out.get(i, f"not listed in {path.name}") for i in ids - saved.parts.keys()
    }
    corpora = {u.corpus for u in utterances}
    absent = sorted(i for i in saved.parts.keys() - ids if i.partition("/")[0] in corpora)
    notes = (
        f"{len(absent)} utterances of {path.name} are not in the corpus: {abridged(absent, 10)}",
    )
    return Split(
        {u.id: saved.parts[u.id] for u in utterances if u.id in saved.parts},
        {u.id: reasons[u.id] for u in utterances if u.id in reasons},
        notes=notes if absent else (),
    )
