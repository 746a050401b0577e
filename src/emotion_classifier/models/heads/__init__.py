"""From an embedding to the answer."""
