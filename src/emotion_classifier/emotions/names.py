"""Common names of the emotions in corpora, folders and tables."""

from __future__ import annotations

from emotion_classifier.emotions.labels import CANONICAL_EMOTIONS

_ALIASES = {
    "anger": "angry",
    "ang": "angry",
    "fear": "fearful",
    "fea": "fearful",
    "happiness": "happy",
    "hap": "happy",
    "joy": "happy",
    "sadness": "sad",
    "neu": "neutral",
    "calmness": "calm",
    "dis": "disgust",
    "disgusted": "disgust",
    "surprise": "surprised",
    "sur": "surprised",
    "ps": "surprised",  # TESS: pleasant surprise
    "pleasant_surprise": "surprised",
    "pleasant_surprised": "surprised",
    "boredom": "bored",
}


def canonical_name(native: str) -> str | None:
    """The canonical emotion that `native` (any case) is a common name of, or None.

    >>> canonical_name("Anger")
    'angry'
    """
    name = native.strip().lower().replace(" ", "_").replace("-", "_")
    if name in CANONICAL_EMOTIONS:
        return name
    return _ALIASES.get(name)
