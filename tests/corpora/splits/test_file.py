from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.corpora.splits import FileConfig, SpeakersConfig, make_split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError

MakeUtterances = Callable[..., list[Utterance]]


def test_a_saved_split_of_two_corpora_is_read_back(
    make_utterances: MakeUtterances, tmp_path: Path
) -> None:
    corpora = [make_utterances(6, corpus=name) for name in ("a", "b")]
    split = make_split([(corpus, SpeakersConfig()) for corpus in corpora], seed=4)
    path = tmp_path / "split.csv"
    split.save(path, [u for corpus in corpora for u in corpus])
    assert make_split([(corpus, FileConfig(path=path)) for corpus in corpora], seed=9) == split


def test_utterances_of_only_the_file_or_the_corpus_is_reported(
    make_utterances: MakeUtterances, tmp_path: Path
) -> None:
    utterances = make_utterances(3, 1)
    path = tmp_path / "mine.csv"
    rows = [f"{utterances[0].id},train,", f"{utterances[1].id},,too noisy"]
    path.write_text("\n".join(["utterance,part,reason", *rows, "invented/gone,test,", "b/1,test,"]))
    split = FileConfig(path=path).assign(utterances, np.random.default_rng(0))
    assert split.parts == {utterances[0].id: "train"}
    assert split.left_out == {
        utterances[1].id: "too noisy",
        **{u.id: "not listed in mine.csv" for u in utterances[2:]},
    }
    assert split.notes == ("1 utterances of mine.csv are not in the corpus: invented/gone",)


def test_a_file_about_another_corpus_is_refused(
    make_utterances: MakeUtterances, tmp_path: Path
) -> None:
    path = tmp_path / "other.csv"
    path.write_text("utterance,part\nother/1,train\n")
    with pytest.raises(SplitError, match=r"lists none of the 9 utterances: .* other/1 in the file"):
        FileConfig(path=path).assign(make_utterances(3, 1), np.random.default_rng(0))
