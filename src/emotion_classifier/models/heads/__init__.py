"""Heads, from an embedding to logits."""
