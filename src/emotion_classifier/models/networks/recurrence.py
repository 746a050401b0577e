"""Recurrent layers, exact under padding."""

from __future__ import annotations

import torch
from torch import nn

from emotion_classifier.models.lengths import reverse


class FrameLstm(nn.Module):
    """LSTM layers over the frames of each clip, in one or both directions.

    Hochreiter and Schmidhuber, 1997; Schuster and Paliwal, 1997. The backward direction starts at
    each clip's own last frame, so padding changes nothing, and the graph needs no packed sequences.

    Parameters
    ----------
    inputs : values in a frame.
    hidden : units of each direction.
    layers : number of layers.
    bidirectional : whether each layer has a backward direction too.
    dropout : between layers.
    """

    def __init__(
        self, inputs: int, hidden: int, *, layers: int, bidirectional: bool, dropout: float
    ) -> None:
        super().__init__()
        self.output_features = hidden * (2 if bidirectional else 1)
        widths = [inputs] + [self.output_features] * (layers - 1)
        self.forwards = nn.ModuleList(nn.LSTM(w, hidden, batch_first=True) for w in widths)
        self.backwards = nn.ModuleList(
            nn.LSTM(w, hidden, batch_first=True) for w in widths if bidirectional
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """States of the last layer (batch, frame, feature) of `sequences` (batch, frame, feature)."""
        for layer, forwards in enumerate(self.forwards):
            if layer:
                sequences = self.dropout(sequences)
            states = _run(forwards, sequences)
            if self.backwards:
                backwards = _run(self.backwards[layer], reverse(sequences, lengths))
                states = torch.cat([states, reverse(backwards, lengths)], 2)
            sequences = states
        return sequences


def _run(lstm: nn.Module, sequences: torch.Tensor) -> torch.Tensor:
    """The states (batch, frame, feature) of one LSTM."""
    assert isinstance(lstm, nn.LSTM)
    if torch.onnx.is_in_onnx_export():
        return _onnx_lstm(lstm, sequences)
    states: torch.Tensor = lstm(sequences)[0]
    return states


def _onnx_lstm(lstm: nn.LSTM, sequences: torch.Tensor) -> torch.Tensor:
    """The states (batch, frame, feature) of one LSTM, through the LSTM operator of ONNX.

    The exporter traces torch's own operator with a fixed number of frames, which the graph would
    then require of every clip. ONNX has the gates in another order, and time before batch.
    """
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    inputs, states, *biases = (_in_onnx_order(lstm.get_parameter(name)) for name in names)
    steps = sequences.transpose(0, 1)
    found = torch.onnx.ops.symbolic(
        "LSTM",
        [steps, inputs[None], states[None], torch.cat(biases)[None]],
        {"hidden_size": lstm.hidden_size},
        dtype=sequences.dtype,
        shape=[steps.shape[0], 1, steps.shape[1], lstm.hidden_size],
    )
    return found[:, 0].transpose(0, 1)


def _in_onnx_order(gates: torch.Tensor) -> torch.Tensor:
    """Weights of the input, output, forget and cell gate, which torch orders input, forget, cell, output."""
    input_gate, forget, cell, output = gates.chunk(4)
    return torch.cat([input_gate, output, forget, cell])
