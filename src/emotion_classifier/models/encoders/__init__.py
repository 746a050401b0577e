"""Pretrained speech encoders as front-ends: hidden states that do not depend on padding."""
