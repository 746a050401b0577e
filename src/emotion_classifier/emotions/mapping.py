"""From the emotions that corpora hold to the `LabelSet` of one model, with an account."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emotion_classifier.config import StrictConfig
from emotion_classifier.emotions.labels import LabelSet
from emotion_classifier.errors import LabelError


class LabelsConfig(StrictConfig):
    """Which emotions a model knows, and what becomes of the others."""

    emotions: tuple[str, ...] | None = None
    """Emotions to keep; the others are dropped and counted. None keeps all that the corpora hold."""
    merge: dict[str, str] = {}
    """Emotions to count as another one, for example `{calm: neutral}`; done before `emotions`."""

    def build(self, found: Iterable[str]) -> LabelMap:
        """The mapping for corpora that hold the emotions `found`."""
        return LabelMap.from_corpora(found, keep=self.emotions, merge=self.merge)


@dataclass(frozen=True)
class LabelMap:
    """Where each emotion of the corpora goes; None means that its utterances are left out.

    Parameters
    ----------
    labels : the emotions of the model.
    targets : emotion in the corpora → emotion of the model, or None.
    """

    labels: LabelSet
    targets: dict[str, str | None]

    @classmethod
    def from_corpora(
        cls, found: Iterable[str], *, keep: tuple[str, ...] | None, merge: dict[str, str]
    ) -> LabelMap:
        """Mapping of the emotions `found`, merged first, then reduced to `keep`.

        Raises
        ------
        LabelError
            A name in `merge` or `keep` that no corpus holds, or fewer than two emotions left.
        """
        held = sorted(set(found))
        for name in merge:
            _require(name, held, "labels.merge")
        merged = {name: merge.get(name, name) for name in held}
        reached = sorted(set(merged.values()))
        for name in keep or ():
            _require(name, reached, "labels.emotions")
        labels = LabelSet(keep) if keep is not None else LabelSet.ordered(reached)
        return cls(labels, {name: t if t in labels else None for name, t in merged.items()})

    def shares(self, votes: Mapping[str, float]) -> dict[str, float] | None:
        """The shares of listeners' `votes` that fall on the labels; None where none does.

        Merged emotions add up, dropped ones are left out.
        """
        mapped: dict[str, float] = {}
        for name, share in votes.items():
            # Listeners may hear an emotion that no corpus intends.
            target = self.targets.get(name, name)
            if target is not None and target in self.labels and share > 0:
                mapped[target] = mapped.get(target, 0.0) + share
        return mapped or None

    def account(self, corpus: str, emotions: Iterable[str]) -> LabelAccount:
        """What the mapping does to the utterances of one corpus."""
        return LabelAccount(corpus, Counter(emotions), self.targets)


@dataclass(frozen=True)
class LabelAccount:
    """How many utterances of a corpus were kept, merged or dropped, emotion by emotion.

    Parameters
    ----------
    corpus : its name.
    counts : emotion in the corpus → utterances.
    targets : emotion in the corpus → emotion of the model, or None where it was dropped.
    """

    corpus: str
    counts: Counter[str]
    targets: dict[str, str | None]

    def lines(self) -> list[str]:
        """One sentence for each emotion of the corpus, in the order of `targets`."""
        return [self._line(name) for name in self.targets if self.counts[name]]

    def _line(self, name: str) -> str:
        target = self.targets[name]
        if target is None:
            return f"{self.corpus}: {name} ({self.counts[name]}) dropped"
        if target != name:
            return f"{self.corpus}: {name} ({self.counts[name]}) counted as {target}"
        return f"{self.corpus}: {name} ({self.counts[name]}) kept"


def _require(name: str, held: list[str], where: str) -> None:
    if name not in held:
        near = difflib.get_close_matches(name, held, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise LabelError(
            f"{where}: {name!r} is held by no corpus of this run, which hold {', '.join(held)}{hint}"
        )
