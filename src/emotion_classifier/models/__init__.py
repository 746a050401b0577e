"""Models: functions from waveforms (batch, sample) and lengths (batch,) to logits (batch, emotion).

Waveforms are float32 at the model's own rate. Front-end, standardisation, network and head are all
inside the model.
"""
