"""The mapping from the emotions of corpora to the `LabelSet` of a model."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emotion_classifier.config import StrictConfig
from emotion_classifier.emotions.labels import LabelSet
from emotion_classifier.emotions.prediction import is_reserved
from emotion_classifier.errors import LabelError


class LabelsConfig(StrictConfig):
    """Emotions of a model, and the treatment of the others."""

    emotions: tuple[str, ...] | None = None
    """Emotions to keep; the others are dropped and counted. None keeps all emotions of the corpora."""
    merge: dict[str, str] = {}
    """Emotion → emotion that it counts as, for example `{calm: neutral}`; done before `emotions`."""

    def build(self, found: Iterable[str], known: Iterable[str] = ()) -> LabelMap:
        """Mapping of the emotions `found` in the corpora, merged first, then reduced to `emotions`.

        Parameters
        ----------
        found : in the corpora.
        known : emotions of a trained model, which the corpora need not have.

        Raises
        ------
        LabelError
            A name in the settings that no corpus has, fewer than two emotions left, or the name of an
        emotion is reserved for results.
        """
        present = sorted(set(found))
        for name in self.merge:
            _require(name, present, "labels.merge")
        merged = {name: self.merge.get(name, name) for name in present}
        reached = sorted(set(merged.values()))
        for name in self.emotions or ():
            _require(name, reached, "labels.emotions")
        labels = (
            LabelSet.ordered({*reached, *known})
            if self.emotions is None
            else LabelSet(self.emotions)
        )
        if reserved := [name for name in labels if is_reserved(name)]:
            raise LabelError(
                f"the emotion {reserved[0]!r} has the name of a result without emotion: give it another "
                f"with labels.merge={{{reserved[0]}: NAME}}, or leave it out of labels.emotions"
            )
        return LabelMap(labels, {name: t if t in labels else None for name, t in merged.items()})


@dataclass(frozen=True)
class LabelMap:
    """The target of each emotion of the corpora; None leaves its utterances out.

    Parameters
    ----------
    labels : the emotions of the model.
    targets : emotion in the corpora → emotion of the model, or None.
    """

    labels: LabelSet
    targets: dict[str, str | None]

    def shares(self, votes: Mapping[str, float]) -> dict[str, float] | None:
        """The shares of listeners' `votes` that fall on the labels; None if there are none.

        Merged emotions add up, dropped ones are left out.
        """
        mapped: dict[str, float] = {}
        for name, share in votes.items():
            # Listeners may choose an emotion that no corpus intends.
            target = self.targets.get(name, name)
            if target is not None and target in self.labels and share > 0:
                mapped[target] = mapped.get(target, 0.0) + share
        return mapped or None

    def account(self, corpus: str, emotions: Iterable[str]) -> list[str]:
        """A sentence for each emotion of a corpus: how many utterances are kept, merged or dropped."""
        counts = Counter(emotions)
        lines = []
        for name, target in self.targets.items():
            outcome = "kept" if target == name else f"counted as {target}" if target else "dropped"
            if counts[name]:
                lines.append(f"{corpus}: {name} ({counts[name]}) {outcome}")
        return lines


def _require(name: str, present: list[str], option: str) -> None:
    if name not in present:
        near = difflib.get_close_matches(name, present, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise LabelError(
            f"{option}: no corpus of this run has {name!r}, they have {', '.join(present)}{hint}"
        )
