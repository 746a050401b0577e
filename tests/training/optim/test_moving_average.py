from __future__ import annotations

import pytest
import torch
from torch import nn

from emotion_classifier.training.optim.moving_average import MovingAverage


def averaged(decay: float = 0.5) -> tuple[nn.Linear, MovingAverage]:
    """A weight of 1, its average, and a frozen bias."""
    module = nn.Linear(1, 1)
    nn.init.ones_(module.weight)
    average = MovingAverage(module, {"bias"}, decay=decay)
    average.start()
    return module, average


def set_weight(module: nn.Linear, value: float) -> None:
    nn.init.constant_(module.weight, value)


def test_the_average_follows_the_weights_by_its_decay() -> None:
    module, average = averaged()
    for step, value in ((100, 3.0), (101, 4.0)):
        set_weight(module, value)
        average.update(step)
    assert average.values.keys() == {"weight"}
    assert float(average.values["weight"]) == 3.0  # 1, then 2, then 3
    assert module.weight.item() == 4.0


def test_early_weights_are_soon_forgotten() -> None:
    module, average = averaged(decay=0.999)
    set_weight(module, 2.0)
    average.update(1)
    assert float(average.values["weight"]) == pytest.approx(2.0 - 2 / 11)


def test_weights_and_average_are_exchanged_and_back() -> None:
    module, average = averaged()
    set_weight(module, 5.0)
    with torch.inference_mode():
        average.swap()
        found = module.weight.item(), float(average.values["weight"])
        average.swap()
    assert found == (1.0, 5.0)
    assert (module.weight.item(), float(average.values["weight"])) == (5.0, 1.0)
    average.update(100)
    assert float(average.values["weight"]) == 3.0


def test_an_average_from_a_checkpoint_is_continued() -> None:
    _, average = averaged()
    average.values = {"weight": torch.tensor([[7.0]])}
    average.start()
    assert float(average.values["weight"]) == 7.0
