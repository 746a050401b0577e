"""Pretrained speech encoders as front-ends: their layers' states, whatever stands behind a clip."""
