"""From waveforms to features: modules inside the model, exported with it."""
