from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import TypeAdapter

from emotion_classifier.config import parse_config
from emotion_classifier.corpora.splits import Split, make_split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError, SplitError
from emotion_classifier.experiments.cross_validation.folds import (
    clips_added_later,
    is_by_speaker,
    numbered_folds,
    require_splits,
    run_name,
    speaker_folds,
    with_a_fold,
    with_one_speaker_left_out,
)
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.runs.run_folder import RunName

K_FOLD = {"kind": "k_fold", "folds": 2, "validation_fraction": 0.3}
ONE_SPEAKER = {"kind": "leave_one_speaker_out", "validation_fraction": 0.3}
EMOTIONS = ("happy", "sad")


def config(**settings: Any) -> RunConfig:
    written = {"corpora": [{"kind": "toy", "path": "corpus"}], "label": "x", **settings}
    return parse_config(RunConfig, written, "test")


def data(**speakers: str) -> RunData:
    """Corpora by name, a clip of each emotion by each speaker."""
    utterances = tuple(
        Utterance(f"{corpus}/{speaker}-{emotion}", Path(emotion), corpus, speaker, emotion)
        for corpus, names in speakers.items()
        for speaker in names
        for emotion in EMOTIONS
    )
    return cast(RunData, SimpleNamespace(utterances=utterances, clips={}))


def test_names_of_runs_stay_different_and_within_the_limit() -> None:
    assert run_name("speaker-a b") == "speaker-a-b"
    names = ["speaker-Анна", "speaker-Иван", *("x" * 98 + end for end in ("-fold1", "-folds"))]
    found = [run_name(name) for name in names]
    assert len(set(found)) == 4
    for name in found:
        assert TypeAdapter(RunName).validate_python(name) == name


@pytest.mark.parametrize("fold", [{"fold": 2}, {}])
def test_numbered_folds_differ_in_number_and_label(fold: dict[str, int]) -> None:
    folds = numbered_folds(config(split={"kind": "k_fold", "folds": 2, **fold}), None)
    assert [fold.key for fold in folds] == ["1", "2"]
    assert [fold.config.label for fold in folds] == ["x-fold1", "x-fold2"]
    assert [cast(Any, fold.config.split).fold for fold in folds] == [1, 2]


def test_a_single_run_has_the_first_of_folds_that_are_left_open() -> None:
    open_folds = {"kind": "published", "name": "ravdess_luna5"}
    settings = with_a_fold(config(split={**K_FOLD, "fold": 2}, corpus_splits={"toy": open_folds}))
    assert cast(Any, settings.split).fold == 2
    assert cast(Any, settings.corpus_splits["toy"]).fold == 0
    with pytest.raises(SplitError, match="needs the speaker to test"):
        with_a_fold(config(split=ONE_SPEAKER))


def test_published_folds_need_no_number() -> None:
    split = {"kind": "published", "name": "ravdess_emobox"}
    assert len(numbered_folds(config(split=split), None)) == 6
    with pytest.raises(ConfigError, match="published has no folds"):
        numbered_folds(config(split={"kind": "published", "name": "cremad_tfds"}), None)


def test_each_speaker_is_tested_once_by_a_model_that_neither_trained_nor_chose_with_it() -> None:
    settings = with_one_speaker_left_out(config(split=K_FOLD))
    own = data(toy="abcd")
    assert is_by_speaker(settings)
    folds = speaker_folds(settings, own, None)
    assert [fold.config.label for fold in folds] == [f"x-speaker-{name}" for name in "abcd"]
    for fold, speaker in zip(folds, "abcd", strict=True):
        assert cast(Any, fold.config.split).validation_fraction == 0.3
        split = make_split([(own.utterances, fold.config.split)], seed=0)
        parts: dict[str, set[str]] = {}
        for u in own.utterances:
            parts.setdefault(split.parts[u.id], set()).add(u.speaker)
        assert parts["test"] == {speaker}
        assert not parts["validation"] & parts["train"]


def test_speakers_of_several_corpora_are_left_out_one_by_one() -> None:
    settings = with_one_speaker_left_out(
        config(split=K_FOLD, corpus_splits={"big": {"kind": "all", "part": "train"}})
    )
    folds = speaker_folds(settings, data(own="abc", other="ade", big="xy"), None)
    assert [fold.key for fold in folds] == [
        "other/a", "other/d", "other/e", "own/a", "own/b", "own/c",
    ]  # fmt: skip
    splits = folds[0].config.corpus_splits
    assert splits["other"].model_dump()["speaker"] == "a"
    assert splits["own"].model_dump()["part"] == "train"
    assert splits["own"].model_dump()["validation_fraction"] == 0.3
    assert splits["big"].model_dump()["validation_fraction"] is None
    require_splits(folds[:0], data())


@pytest.mark.parametrize(
    "splits",
    [
        {"split": K_FOLD, "corpus_splits": {"other": {"kind": "all", "part": "test"}}},
        {"split": {"kind": "all", "part": "test"}, "corpus_splits": {"toy": K_FOLD}},
    ],
)
def test_a_corpus_that_is_only_tested_is_never_trained_on(splits: dict[str, Any]) -> None:
    settings = with_one_speaker_left_out(config(**splits))
    assert is_by_speaker(settings)
    with pytest.raises(ConfigError, match="other has a split of kind all, part: test"):
        speaker_folds(settings, data(toy="abcd", other="abcd"), None)


def test_own_splits_of_corpora_by_speaker_are_replaced_and_others_kept() -> None:
    by_speaker = {"toy": {"kind": "speakers"}, "more": {"kind": "k_fold", "fold": 1}}
    sentences = {"kind": "sentences"}
    settings = with_one_speaker_left_out(
        config(split=K_FOLD, corpus_splits={**by_speaker, "other": sentences})
    )
    assert settings.corpus_splits.keys() == {"other"}
    whole = {"kind": "all", "part": "train"}
    settings = with_one_speaker_left_out(config(split=whole, corpus_splits={"toy": K_FOLD}))
    folds = speaker_folds(settings, data(toy="abcd", other="xy"), None)
    assert [fold.key for fold in folds] == list("abcd")
    assert folds[0].config.split == settings.split
    assert cast(Any, folds[0].config.corpus_splits["toy"]).validation_fraction == 0.3


def test_chosen_speakers_are_taken_and_unknown_ones_refused() -> None:
    settings = config(split=ONE_SPEAKER)
    (fold,) = speaker_folds(settings, data(toy="abcd"), ["c"])
    assert fold.name == "speaker c"
    with pytest.raises(ConfigError, match="fold z is not one of a, b, c, d"):
        speaker_folds(settings, data(toy="abcd"), ["z"])


def test_leaving_speakers_out_beside_another_split_is_refused() -> None:
    settings = config(split=ONE_SPEAKER, corpus_splits={"other": K_FOLD})
    with pytest.raises(ConfigError, match="other has a split of kind k_fold"):
        speaker_folds(settings, data(toy="abcd", other="abcd"), None)
    none = config(split={"kind": "all", "part": "train"}, corpus_splits={"toy": ONE_SPEAKER})
    with pytest.raises(ConfigError, match="no corpus has the split leave_one_speaker_out"):
        speaker_folds(none, data(other="abcd"), None)


def test_a_fold_that_tests_an_untrained_emotion_is_named_before_any_training() -> None:
    own = data(toy="abc")
    rare = Utterance("toy/c-bored", Path("c"), "toy", "c", "bored")
    one_bored = cast(RunData, SimpleNamespace(utterances=(*own.utterances, rare), clips=own.clips))
    folds = speaker_folds(config(split=ONE_SPEAKER), one_bored, None)
    with pytest.raises(SplitError, match="speaker c: bored would be tested but not trained"):
        require_splits(folds, one_bored)


def test_a_warning_counts_clips_that_were_added_after_folds_had_been_split() -> None:
    clips: dict[str, Any] = {"toy/a": None, "toy/b": None}
    own = RunData(LabelSet(EMOTIONS), (), clips, (), (), {}, {})
    everything = Split({"toy/a": "train"}, left_out={"toy/b": "rare"})
    assert clips_added_later([own, own], [everything, everything]) == ()
    (warning,) = clips_added_later([own, own], [everything, Split({"toy/b": "test"})])
    assert warning.startswith("1 clips are not used by 1 of 2 runs") and "toy/a" in warning
