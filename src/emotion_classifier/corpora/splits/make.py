"""The checked split of all corpora of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from emotion_classifier.corpora.splits.leaks import Leak, find_leaks
from emotion_classifier.corpora.splits.settings import SplitSettings
from emotion_classifier.corpora.splits.split import PARTS, Split, merged
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import LeakError, SplitError, abridged


def make_split(
    corpora: Sequence[tuple[Sequence[Utterance], SplitSettings]],
    seed: int,
    content_hashes: Mapping[str, str] | None = None,
) -> Split:
    """The split of each corpus by its own settings, merged and checked.

    Parameters
    ----------
    corpora : utterances and settings of each corpus. The split of one corpus depends on its
        utterances (not on their order), its settings and the seed, not on the other corpora.
    seed : of the run.
    content_hashes : id → hash of the samples, to find identical recordings in two parts.

    Raises
    ------
    SplitError
        Parts that cannot be made, an empty part, an id of two utterances, or an
        emotion that is tested but not trained.
    LeakError
        A speaker or recording in two parts, unless all corpora concerned have `allow_leak`.
    """
    everything = [u for utterances, _ in corpora for u in utterances]
    _require_unique_ids(everything)
    split = merged(
        [
            settings.assign(sorted(utterances, key=lambda u: u.id), np.random.default_rng(seed))
            for utterances, settings in corpora
        ]
    )
    _require_parts(split, everything)
    leaks = find_leaks(split, everything, content_hashes)
    allowed = {u.corpus for utterances, s in corpora if s.allow_leak for u in utterances}
    _refuse([leak for leak in leaks if not leak.corpora <= allowed])
    return replace(split, leaks=tuple(leak.message for leak in leaks))


def _require_unique_ids(utterances: Sequence[Utterance]) -> None:
    if len({u.id for u in utterances}) < len(utterances):
        counts = Counter(u.id for u in utterances)
        doubled = sorted(name for name, count in counts.items() if count > 1)
        raise SplitError(
            f"{len(doubled)} ids belong to two utterances ({abridged(doubled)}), but a split lists "
            "utterances by id: give each corpus a name of its own, and list it once"
        )


def _require_parts(split: Split, utterances: Sequence[Utterance]) -> None:
    emotions = {part: {u.emotion for u in split.select(utterances, part)} for part in PARTS}
    if empty := [part for part in PARTS if not emotions[part]]:
        reasons = [
            f"{reason} ({n})" for reason, n in Counter(split.left_out.values()).most_common()
        ]
        raise SplitError(
            f"of {len(utterances)} utterances none is in {' and '.join(empty)}, and each of "
            f"{', '.join(PARTS)} needs some: change the fractions or the kind of the split, or add "
            f"speakers. Left out: {abridged([*reasons, *split.notes]) or 'nothing'}"
        )
    if unseen := sorted(emotions["test"] - emotions["train"]):
        raise SplitError(
            f"{', '.join(unseen)} would be tested but not trained: a model learns only the emotions of "
            "its training part. Drop these with labels.emotions, merge them with labels.merge, or "
            "use another seed or kind of split"
        )


def _refuse(leaks: Sequence[Leak]) -> None:
    if leaks:
        raise LeakError(
            f"{len(leaks)} leaks between the parts: {abridged(leak.message for leak in leaks)}. "
            "A speaker or recording may be in one part only, or the score does not hold for new "
            "speakers: split by speakers, remove the second copy of a recording, or set "
            "split.allow_leak: true, which marks every report of the run"
        )
