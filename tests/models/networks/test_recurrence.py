from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from emotion_classifier.models.networks.recurrence import FrameLstm


def test_equals_torch_on_packed_sequences() -> None:
    torch.manual_seed(0)
    ours = FrameLstm(5, 7, layers=2, bidirectional=True, dropout=0.0)
    theirs = nn.LSTM(5, 7, num_layers=2, bidirectional=True, batch_first=True)
    for layer in range(2):
        for direction, suffix in ((ours.forwards, ""), (ours.backwards, "_reverse")):
            for name, weight in direction[layer].named_parameters():
                target = name.replace("_l0", f"_l{layer}{suffix}")
                theirs.get_parameter(target).data.copy_(weight.data)
    sequences, lengths = torch.randn(3, 11, 5), torch.tensor([11, 4, 1])
    with torch.no_grad():
        packed = theirs(pack_padded_sequence(sequences, lengths, batch_first=True))[0]
        expected, _ = pad_packed_sequence(packed, batch_first=True)
        found = ours(sequences, lengths)
    inside = (torch.arange(11) < lengths[:, None])[:, :, None]
    assert (torch.where(inside, found, 0.0) - expected).abs().max() < 1e-6


def test_one_direction_has_half_the_width() -> None:
    recurrence = FrameLstm(5, 7, layers=3, bidirectional=False, dropout=0.0)
    assert recurrence.output_features == 7 and not recurrence.backwards
    assert recurrence(torch.randn(2, 4, 5), torch.tensor([4, 2])).shape == (2, 4, 7)
