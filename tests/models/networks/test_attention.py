from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from emotion_classifier.models.networks.config import AttentionConfig

EMOTIONS, FEATURES, FRAMES = 8, 20, 80


def clips(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise with a short pattern of the emotion somewhere in it: (clip, frame, feature), (clip,)."""
    patterns = torch.randn(EMOTIONS, FEATURES, generator=torch.Generator().manual_seed(1))
    emotions = torch.randint(EMOTIONS, (count,), generator=generator)
    features = torch.randn(count, FRAMES, FEATURES, generator=generator)
    for row, emotion in zip(features, emotions, strict=True):
        start = int(torch.randint(FRAMES - 12, (1,), generator=generator))
        row[start : start + 12] += 1.5 * patterns[emotion]
    return features, emotions


@pytest.mark.slow
def test_recognises_every_emotion() -> None:
    torch.manual_seed(0)
    network = AttentionConfig(width=32, layers=2, dropout=0.1).build(FEATURES)
    head = nn.Linear(network.embedding_features, EMOTIONS)
    parameters = [*network.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=2e-3)
    generator = torch.Generator().manual_seed(2)
    for _ in range(250):
        features, emotions = clips(32, generator)
        logits = head(network(features, torch.full((32,), FRAMES)))
        optimiser.zero_grad()
        F.cross_entropy(logits, emotions).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    network.eval()
    features, emotions = clips(400, generator)
    with torch.no_grad():
        predicted = head(network(features, torch.full((400,), FRAMES))).argmax(1)
    recalls = [float((predicted[emotions == e] == e).float().mean()) for e in range(EMOTIONS)]
    assert min(recalls) > 0.6, f"an emotion is all but never found: {recalls}"
