"""Facts of the corpora of a run for its report: sizes, speech, and a hash of the audio."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.evaluation.report.provenance import CorpusFacts
from emotion_classifier.experiments.data.load import RunData


def corpus_facts(data: RunData, splits: Sequence[Split] = ()) -> tuple[CorpusFacts, ...]:
    """The facts of each corpus, over all its usable clips, whatever their part.

    Parameters
    ----------
    splits : of the runs that are reported; clips that none of them lists are left aside, as they were
        added to the corpus later. Without a split there are none.
    """
    added = (
        set.intersection(*(set(data.not_listed(split)) for split in splits)) if splits else set()
    )
    by_corpus: dict[str, list[Utterance]] = {}
    for utterance in data.utterances:
        if utterance.id not in added:
            by_corpus.setdefault(utterance.corpus, []).append(utterance)
    return tuple(
        CorpusFacts(
            name=name,
            clips=len(utterances),
            speakers=len({u.speaker for u in utterances}),
            sha256=audio_hash(utterances, data.clips),
            licence=data.licences[name],
            language=data.languages[name],
            speech=data.speech[name],
            sentences=_sentences(utterances),
        )
        for name, utterances in by_corpus.items()
    )


def audio_hash(utterances: Sequence[Utterance], clips: Mapping[str, CachedClip]) -> str:
    """SHA-256 of the lines ``<id> <hash of the decoded samples>``, sorted by id.

    It depends on neither the paths nor the order of the files, nor on their lossless formats.
    """
    lines = sorted(f"{u.id} {clips[u.id].content_hash}\n" for u in utterances)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _sentences(utterances: Sequence[Utterance]) -> int | None:
    """Number of different sentences; None where that of a clip is unknown."""
    sentences = {u.sentence for u in utterances}
    return None if None in sentences else len(sentences)
