from __future__ import annotations

from typing import Any

import torch

from emotion_classifier.models.classifier import EmotionClassifier, ModelConfig
from emotion_classifier.models.warm_start import LOADED, transfer

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


def test_the_same_classifier_answers_as_the_earlier_one() -> None:
    earlier, new = classifier(1), classifier(2)
    account = transfer(new, earlier.state_dict(), same_emotions=True, same_features=True)
    assert torch.equal(logits(new), logits(earlier))
    assert {row.outcome for row in account.rows} == {LOADED}
    assert len(account.loaded) == len(new.state_dict())
    assert any(row.changed for row in account.loaded)
    again = transfer(new, earlier.state_dict(), same_emotions=True, same_features=True)
    assert not any(row.changed for row in again.loaded)


def test_other_emotions_leave_the_head_fresh_also_where_it_would_fit() -> None:
    earlier, new = classifier(1), classifier(2)
    before = new.head.output.weight.clone()
    account = transfer(new, earlier.state_dict(), same_emotions=False, same_features=True)
    assert torch.equal(new.head.output.weight, before)
    assert {row.name for row in account.fresh} == {"head.output.weight", "head.output.bias"}
    assert {row.outcome for row in account.fresh} == {
        "the emotions differ, so the head starts fresh"
    }
    assert torch.equal(new.standardisation.mean, earlier.standardisation.mean)


def test_statistics_of_other_features_are_not_taken_over() -> None:
    new = classifier(2)
    transfer(new, classifier(1).state_dict(), same_emotions=True, same_features=False)
    assert torch.equal(new.standardisation.mean, torch.full((16,), 2.0))


def test_what_does_not_fit_or_is_on_one_side_only_is_told_with_its_shapes() -> None:
    earlier, new = classifier(1, embedding=8), classifier(2, embedding=6)
    weights = {**earlier.state_dict(), "network.extra": torch.zeros(2, 5)}
    del weights["head.output.bias"]
    before = {name: value.clone() for name, value in new.state_dict().items()}
    account = transfer(new, weights, same_emotions=True, same_features=True)
    rows = {row.name: row for row in account.rows}
    assert rows["head.output.weight"].outcome == "the shapes differ"
    assert rows["head.output.weight"].shape == (3, 12)
    assert rows["head.output.weight"].earlier_shape == (3, 16)
    assert rows["head.output.bias"].outcome == "the earlier classifier has no such weight"
    assert rows["network.extra"].outcome == "the new classifier has no such weight"
    assert rows["network.extra"] not in account.fresh
    assert rows["network.extra"].shape is None
    for row in account.fresh:
        assert torch.equal(new.state_dict()[row.name], before[row.name])


def test_a_bias_is_not_taken_over_without_its_weights() -> None:
    earlier, new = classifier(1, embedding=8), classifier(2, embedding=6)
    before = new.head.output.bias.clone()
    account = transfer(new, earlier.state_dict(), same_emotions=True, same_features=True)
    rows = {row.name: row.outcome for row in account.rows}
    assert rows["head.output.bias"] == "the rest of its layer does not fit"
    assert torch.equal(new.head.output.bias, before)


def test_the_account_tells_how_much_was_loaded_and_each_reason_once() -> None:
    new = classifier(2, emotions=4)
    account = transfer(new, classifier(1).state_dict(), same_emotions=False, same_features=True)
    first, second = account.lines()
    total = len(new.state_dict())
    assert first == f"loaded {total - 2} of {total} weights"
    assert second == (
        "not loaded: head.output.weight, head.output.bias: the emotions differ, so the head starts "
        "fresh"
    )
