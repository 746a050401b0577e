from __future__ import annotations

import torch

from emotion_classifier.models.networks.config import MlpConfig
from emotion_classifier.models.networks.mlp import RunningNormalisation
from emotion_classifier.models.pooling.config import MeanPoolingConfig


def two_corpora() -> tuple[torch.Tensor, torch.Tensor]:
    """Vectors (clip, 3) of two corpora with means of their own."""
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(64, 3, generator=generator) + mean for mean in (-2.0, 4.0))  # type: ignore[return-value]


def test_running_statistics_are_those_of_all_batches() -> None:
    normalisation = RunningNormalisation(3)
    batches = two_corpora()
    for batch in batches:
        normalisation(batch)
    together = torch.cat(batches)
    torch.testing.assert_close(normalisation.running_mean, together.mean(0))
    torch.testing.assert_close(normalisation.running_var, together.var(0, unbiased=False))


def test_batches_of_one_corpus_are_normalised_as_in_prediction() -> None:
    normalisation = RunningNormalisation(3)
    batches = two_corpora()
    for _ in range(50):
        for batch in batches:
            found = normalisation(batch)
    torch.testing.assert_close(found, normalisation.eval()(batches[1]), atol=0.02, rtol=0.0)
    assert float(found.detach().mean()) > 0.5


def test_without_layers_the_embedding_is_the_normalised_vector() -> None:
    network = (
        MlpConfig(hidden=(), pooling=MeanPoolingConfig(), normalisation="running").build(4).eval()
    )
    frames = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(1))
    found = network(frames, torch.tensor([5, 5]))
    assert network.embedding_features == 4
    torch.testing.assert_close(found, frames.mean(1), atol=1e-4, rtol=1e-4)
