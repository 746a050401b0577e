"""Whole runs: corpora in, model folder and report out."""
