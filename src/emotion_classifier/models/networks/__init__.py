"""Networks, from features to one embedding of a clip: one architecture per file."""
