"""Audio classifiers of others, as predictors: ONNX graphs and classifiers of transformers."""
