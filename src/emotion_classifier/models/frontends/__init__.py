"""Front-ends, from waveforms to features: modules of the model, exported with it."""
