"""From recordings to predictions, on onnxruntime alone."""
