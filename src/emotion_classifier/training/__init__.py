"""Training of classifiers on cached clips, with Lightning."""
