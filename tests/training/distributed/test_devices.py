from __future__ import annotations

import pytest
import torch

from emotion_classifier.errors import ConfigError
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.devices import on_gpu, processes_here


def test_a_cpu_trains_in_the_configured_number_of_processes() -> None:
    assert processes_here(TrainingConfig(device="cpu")) == 1
    assert processes_here(TrainingConfig(device="cpu", devices="auto")) == 1
    assert processes_here(TrainingConfig(device="cpu", devices=4)) == 4


def test_a_batch_must_be_divisible_by_the_processes() -> None:
    with pytest.raises(
        ConfigError, match=r"training\.batch_size: 32 .* among 6 processes .* to 36"
    ):
        processes_here(TrainingConfig(device="cpu", devices=3, nodes=2))
    assert processes_here(TrainingConfig(device="cpu", devices=3, nodes=2, batch_size=36)) == 3


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces the capabilities that torch reports; no test machine has such devices."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("two_gpus")
def test_each_process_needs_a_gpu() -> None:
    assert processes_here(TrainingConfig(devices="auto")) == 2
    assert processes_here(TrainingConfig(devices=2)) == 2
    assert processes_here(TrainingConfig(device="cpu", devices=4)) == 4
    with pytest.raises(ConfigError, match=r"training\.devices: 4, but torch sees 2 GPUs here"):
        processes_here(TrainingConfig(devices=4))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_an_error() -> None:
    assert not on_gpu("auto")
    with pytest.raises(ConfigError, match=r"training\.device: gpu, but torch sees no GPU"):
        on_gpu("gpu")
