from __future__ import annotations

import numpy as np

from emotion_classifier.config import parse_config
from emotion_classifier.experiments.studies.policy import InnerFolds, best_levels, policy_cell
from emotion_classifier.experiments.train.config import RunConfig

EMOTIONS = ("happy", "sad", "calm")


def test_each_emotion_takes_the_level_of_its_highest_score() -> None:
    none = np.array([[[8, 2, 0], [5, 5, 0], [0, 5, 5]]])
    noise = np.array([[[6, 4, 0], [1, 9, 0], [0, 5, 5]]])
    assert best_levels({"none": none, "noise": noise}, EMOTIONS, "recall") == {
        "happy": "none",
        "sad": "noise",
        "calm": "none",  # equal: the first
    }


def test_score_that_is_not_defined_never_wins() -> None:
    never = np.array([[[0, 0, 0], [0, 5, 0], [0, 0, 5]]])
    some = np.array([[[0, 0, 0], [1, 4, 0], [0, 0, 5]]])
    found = best_levels({"never": never, "some": some}, EMOTIONS, "f1")
    assert found["happy"] == "some"


def test_policy_keeps_the_options_of_the_candidates_that_hold_for_all_emotions() -> None:
    shared = {"copy_paste": {}, "views": 4}
    corpora = [{"kind": "toy", "path": "data/toy"}]
    outer = {
        level: parse_config(
            RunConfig, {"corpora": corpora, "augmentation": {"chain": chain, **shared}}
        )
        for level, chain in {"none": [], "noise": [{"kind": "gaussian_noise"}]}.items()
    }
    chosen = {"happy": "none", "sad": "noise", "calm": "none"}
    (config,) = policy_cell([InnerFolds(outer, ())], [chosen], 0).configs
    assert config.augmentation is not None and outer["noise"].augmentation is not None
    assert config.augmentation.copy_paste == outer["noise"].augmentation.copy_paste
    assert config.augmentation.views == 4
    assert config.augmentation.per_emotion["sad"] == outer["noise"].augmentation.chain
    assert config.augmentation.per_emotion["calm"] == ()
