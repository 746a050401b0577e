"""From the labels of a table or of folders to emotions."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from emotion_classifier.emotions import CANONICAL_EMOTIONS, canonical_name
from emotion_classifier.emotions.prediction import is_reserved
from emotion_classifier.errors import CorpusError, abridged


def emotion_of_label(label: str, mapping: Mapping[str, str]) -> str | None:
    """The emotion of `label` by `mapping`, else by its common name; None if it is unknown."""
    target = mapping.get(label)
    if target is not None:
        return canonical_name(target) or target
    return canonical_name(label)


def resolve_labels(
    counts: Mapping[str, int], mapping: Mapping[str, str], source: str
) -> dict[str, str]:
    """Emotion of each label in `counts`.

    Parameters
    ----------
    counts : label → number of clips that have it.
    mapping : label → emotion, for labels without a common meaning or with another meaning here.
    source : the folder or table, for the message.

    Raises
    ------
    CorpusError
        Unknown labels, names in `mapping` that are no label, or emotions whose names are reserved for
        results.
    """
    meanings = {label: emotion_of_label(label, mapping) for label in counts}
    unknown = [label for label, emotion in meanings.items() if emotion is None]
    absent = [label for label in mapping if label not in counts]
    faults = []
    if unknown:
        listed = abridged(
            (f"{name!r} ({counts[name]} clips)" for name in sorted(unknown)), limit=20
        )
        faults.append(
            f"unknown emotions {listed}. Known are {', '.join(CANONICAL_EMOTIONS)} and their common "
            f"names: map the others with the option emotions, for example {{{sorted(unknown)[0]}: "
            f"{_nearest(sorted(unknown)[0])}}}; an emotion beyond these maps to its own name"
        )
    if absent:
        faults.append(
            f"emotions maps {abridged(map(repr, absent), limit=20)}, which no clip has: the labels here "
            f"are {abridged(map(repr, sorted(counts)), limit=20)}"
        )
    reserved = [label for label, emotion in meanings.items() if emotion and is_reserved(emotion)]
    if reserved:
        faults.append(
            f"the label {reserved[0]!r} maps to the name of a result without emotion: map it to another, "
            f"for example {{{reserved[0]}: unsure}}"
        )
    if faults:
        raise CorpusError(f"{source}: {'; '.join(faults)}")
    return {label: emotion for label, emotion in meanings.items() if emotion is not None}


def _nearest(label: str) -> str:
    near = difflib.get_close_matches(label.lower(), CANONICAL_EMOTIONS, n=1, cutoff=0.4)
    return near[0] if near else CANONICAL_EMOTIONS[0]
