"""Emotions of corpora become those of a model, votes included."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.emotions import LabelMap, LabelsConfig
from emotion_classifier.errors import LabelError


def label_map(*keep: str, **merge: str) -> LabelMap:
    found = ("neutral", "calm", "happy", "sad")
    return LabelsConfig(emotions=keep or None, merge=merge).build(found)


def test_votes_for_merged_emotions_add_up() -> None:
    shares = label_map(calm="neutral").shares({"neutral": 0.25, "calm": 0.5, "sad": 0.25})
    assert shares == {"neutral": 0.75, "sad": 0.25}


def test_votes_for_dropped_or_unknown_emotions_are_left_out() -> None:
    kept = label_map("neutral", "sad")
    assert kept.shares({"neutral": 0.5, "happy": 0.25, "envy": 0.25}) == {"neutral": 0.5}
    assert kept.shares({"happy": 1.0, "sad": 0.0}) is None
    assert kept.shares({}) is None


def test_votes_may_name_an_emotion_that_results_from_merging() -> None:
    shares = label_map(calm="relaxed").shares({"relaxed": 0.5, "calm": 0.25, "sad": 0.25})
    assert shares == {"relaxed": 0.75, "sad": 0.25}


@pytest.mark.parametrize("settings", [{"merge": {"clam": "sad"}}, {"emotions": ("clam", "sad")}])
def test_an_emotion_that_no_corpus_holds_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(
        LabelError, match=r"no corpus of this run has 'clam', .* did you mean 'calm'"
    ):
        LabelsConfig.model_validate(settings).build(("calm", "happy", "sad"))


def test_two_corpora_unite_their_emotions(shared_data: Path) -> None:
    from emotion_classifier.corpora.readers.crema_d import read_crema_d
    from emotion_classifier.corpora.readers.ravdess import read_ravdess

    corpora = read_ravdess(shared_data / "ravdess"), read_crema_d(shared_data / "crema-d")
    united = LabelsConfig().build(u.emotion for corpus in corpora for u in corpus.utterances)
    assert len(united.labels) == 8
    ravdess, crema_d = (united.account(c.name, (u.emotion for u in c.utterances)) for c in corpora)
    assert "ravdess: calm (192) kept" in ravdess
    assert len(ravdess) == 8 and len(crema_d) == 6
    levels = [{u.intensity for u in corpus.utterances} for corpus in corpora]
    assert levels == [{"normal", "strong"}, {"low", "medium", "high", "unspecified"}]


@pytest.mark.parametrize("name", ["uncertain", "no speech", "No_Speech"])
def test_an_emotion_may_not_be_named_as_a_result(name: str) -> None:
    with pytest.raises(LabelError, match="name of a result without emotion"):
        LabelsConfig().build(("happy", "sad", name))
    dropped = LabelsConfig(emotions=("happy", "sad")).build(("happy", "sad", name))
    assert dropped.labels.names == ("happy", "sad")
    with pytest.raises(LabelError, match="name of a result without emotion"):
        LabelsConfig(merge={"sad": name}).build(("happy", "sad"))
