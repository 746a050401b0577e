from __future__ import annotations

import numpy as np

from emotion_classifier.training.objectives.emotion_counts import counts_by_corpus, counts_of_all
from emotion_classifier.training.sampling import Weighted, group_indices

# Of five emotions, a has 0, 1, 2, b has 1, 2 and votes for 3, single has 1; none has 4.
CORPORA = ["a", "a", "a", "a", "b", "b", "b", "single"]
TRUE = [0, 0, 1, 2, 1, 1, 2, 1]
TARGETS = np.eye(5, dtype=np.float32)[TRUE]
TARGETS[6] = [0.0, 0.0, 0.75, 0.25, 0.0]
ONCE = np.ones(8)


def test_without_corpora_all_clips_are_one_row_in_which_all_emotions_compete() -> None:
    found = counts_of_all(TARGETS, ONCE)
    assert found.counts.tolist() == [[2.0, 4.0, 1.75, 0.25, 0.0]]
    assert found.competing.tolist() == [[True] * 5]
    assert found.corpora.tolist() == [0] * 8


def test_emotions_with_clips_or_votes_in_a_corpus_compete_in_it() -> None:
    found = counts_by_corpus(TARGETS, ONCE, CORPORA)
    assert found.counts.tolist()[:2] == [[2, 1, 1, 0, 0], [0, 2, 0.75, 0.25, 0]]
    assert found.corpora.tolist() == [0, 0, 0, 0, 1, 1, 1, 2]
    assert found.competing[:2, :4].tolist() == [
        [True, True, True, False],
        [False, True, True, True],
    ]


def test_an_emotion_without_clips_competes_everywhere() -> None:
    assert counts_by_corpus(TARGETS, ONCE, CORPORA).competing[:, 4].all()


def test_in_a_corpus_of_one_emotion_all_compete() -> None:
    found = counts_by_corpus(TARGETS, ONCE, CORPORA)
    assert found.competing[2].all()
    assert found.negatives == ("single",)


def test_counts_are_those_of_the_sampled_epoch() -> None:
    sampling = Weighted(group_indices(8, TRUE, CORPORA))
    found = counts_by_corpus(np.eye(5, dtype=np.float32)[TRUE], sampling.expected, CORPORA)
    share = 8 / 6
    assert np.allclose(found.counts[:, :3], share * np.array([[1, 1, 1], [0, 1, 1], [0, 1, 0]]))
