from __future__ import annotations

import warnings

import pytest
import torch

from emotion_classifier.models.power_spectrum import PowerSpectrum


@pytest.mark.parametrize(
    ("n_fft", "hop_length"), [(1024, 512), (400, 160), (441, 147), (37, 10), (1000, 333), (16, 1)]
)
@pytest.mark.parametrize("samples", [3000, 3001, 600])
def test_matrix_products_are_the_fourier_transform(
    n_fft: int, hop_length: int, samples: int
) -> None:
    waveforms = torch.randn(2, samples, generator=torch.Generator().manual_seed(0))
    spectrum = PowerSpectrum(n_fft, hop_length)
    expected = spectrum(waveforms)
    found = spectrum.by_products(waveforms)
    assert found.shape == expected.shape
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=2e-6 * float(expected.max()))


@pytest.mark.slow
def test_a_graph_has_no_short_time_fourier_transform() -> None:
    waveforms = torch.zeros(1, 2000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own deprecations
        program = torch.onnx.export(
            PowerSpectrum(256, 64), (waveforms,), dynamo=True, verbose=False
        )
    assert program is not None
    operators = {node.op_type for node in program.model.graph}
    assert "MatMul" in operators and not operators & {"STFT", "DFT"}


def test_a_large_prime_length_has_no_matrices() -> None:
    spectrum = PowerSpectrum(1021, 100)
    assert not hasattr(spectrum, "outer")
    assert spectrum(torch.zeros(1, 3000)).shape == (1, 30, 511)
