"""A published checkpoint: Whisper tiny.en, where it is beside the repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.conftest import SHARED_DATA
from tests.encoder_models import RATE, encoder_config, encoder_of, trained

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.models.export.onnx import write_graph
from emotion_classifier.testing.encoders import check_encoder

CHECKPOINT = SHARED_DATA.parent / "models" / "whisper-tiny.en"

pytestmark = pytest.mark.skipif(
    not CHECKPOINT.is_dir(), reason="needs ../shared/models/whisper-tiny.en"
)


@pytest.mark.slow
def test_passes_the_contract() -> None:
    classifier = trained(encoder_config(CHECKPOINT, context="clip"))
    encoder = encoder_of(classifier)
    assert (encoder.features, len(encoder.layers)) == (384, 4)
    check_encoder(encoder)


@pytest.mark.slow
def test_graph_gives_the_logits_of_torch(voices: list[Samples], tmp_path: Path) -> None:
    classifier = trained(encoder_config(CHECKPOINT))
    write_graph(tmp_path / "model.onnx", classifier, RATE)
    runtime = OnnxRuntime(tmp_path / "model.onnx", threads=1)
    for voice in voices[:2]:
        waveforms, lengths = voice[None], np.array([len(voice)], np.int64)
        with torch.no_grad():
            expected = classifier(torch.from_numpy(waveforms), torch.from_numpy(lengths)).numpy()
        np.testing.assert_allclose(runtime.logits(waveforms, lengths), expected, atol=1e-3)
