from __future__ import annotations

from typing import Any

import torch

from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.warm_start import LOADED, load_pretrained

RATE = 16_000


def classifier(seed: int, emotions: int = 3, **settings: Any) -> EmotionClassifier:
    torch.manual_seed(seed)
    network = {"kind": "cnn", "channels": [4, 8], "embedding": 8, **settings}
    config = {"frontend": {"kind": "log_mel", "mels": 16}, "network": network}
    made = ModelConfig.model_validate(config).build(RATE, emotions)
    made.standardisation.mean.fill_(float(seed))
    return made.eval()


def logits(made: EmotionClassifier) -> torch.Tensor:
    waveforms = torch.randn(2, RATE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found: torch.Tensor = made(waveforms, torch.tensor([RATE, RATE // 2]))
    return found


def test_same_classifier_gives_the_logits_of_the_pretrained_one() -> None:
    pretrained, new = classifier(1), classifier(2)
    report = load_pretrained(new, pretrained.state_dict(), same_emotions=True, same_features=True)
    assert torch.equal(logits(new), logits(pretrained))
    assert {row.outcome for row in report.rows} == {LOADED}
    assert len(report.loaded) == len(new.state_dict())
    assert any(row.changed for row in report.loaded)
    again = load_pretrained(new, pretrained.state_dict(), same_emotions=True, same_features=True)
    assert not any(row.changed for row in again.loaded)


def test_head_stays_fresh_for_other_emotions() -> None:
    pretrained, new = classifier(1), classifier(2)
    before = new.head.output.weight.clone()
    report = load_pretrained(new, pretrained.state_dict(), same_emotions=False, same_features=True)
    assert torch.equal(new.head.output.weight, before)
    assert {row.name for row in report.fresh} == {"head.output.weight", "head.output.bias"}
    assert {row.outcome for row in report.fresh} == {
        "the emotions differ, so the head starts fresh"
    }
    assert torch.equal(new.standardisation.mean, pretrained.standardisation.mean)


def test_statistics_of_other_features_are_not_loaded() -> None:
    new = classifier(2)
    load_pretrained(new, classifier(1).state_dict(), same_emotions=True, same_features=False)
    assert torch.equal(new.standardisation.mean, torch.full((16,), 2.0))


def test_report_has_the_shapes_of_weights_that_do_not_fit() -> None:
    pretrained, new = classifier(1, embedding=8), classifier(2, embedding=6)
    weights = {**pretrained.state_dict(), "network.extra": torch.zeros(2, 5)}
    del weights["head.output.bias"]
    before = {name: value.clone() for name, value in new.state_dict().items()}
    report = load_pretrained(new, weights, same_emotions=True, same_features=True)
    rows = {row.name: row for row in report.rows}
    assert rows["head.output.weight"].outcome == "the shapes differ"
    assert rows["head.output.weight"].shape == (3, 12)
    assert rows["head.output.weight"].pretrained_shape == (3, 16)
    assert rows["head.output.bias"].outcome == "the pretrained classifier has no such weight"
    assert rows["network.extra"].outcome == "the new classifier has no such weight"
    assert rows["network.extra"] not in report.fresh
    assert rows["network.extra"].shape is None
    for row in report.fresh:
        assert torch.equal(new.state_dict()[row.name], before[row.name])


def test_bias_is_not_loaded_without_its_weights() -> None:
    pretrained, new = classifier(1, embedding=8), classifier(2, embedding=6)
    before = new.head.output.bias.clone()
    report = load_pretrained(new, pretrained.state_dict(), same_emotions=True, same_features=True)
    rows = {row.name: row.outcome for row in report.rows}
    assert rows["head.output.bias"] == "the rest of its layer does not fit"
    assert torch.equal(new.head.output.bias, before)


def test_report_counts_loaded_weights_and_names_each_reason_once() -> None:
    new = classifier(2, emotions=4)
    report = load_pretrained(
        new, classifier(1).state_dict(), same_emotions=False, same_features=True
    )
    first, second = report.lines()
    total = len(new.state_dict())
    assert first == f"loaded {total - 2} of {total} weights"
    assert second == (
        "not loaded: head.output.weight, head.output.bias: the emotions differ, so the head starts "
        "fresh"
    )
