"""A model is a function from waveforms to emotion logits; everything it needs is inside it.

``(batch, sample)`` float32 at the model's own rate, plus lengths in samples, in; ``(batch,
emotion)`` logits out. Only `specification` and `folder` can be imported without torch.
"""
