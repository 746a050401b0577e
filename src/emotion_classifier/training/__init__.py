"""From a split of cached clips to trained weights, on Lightning."""
