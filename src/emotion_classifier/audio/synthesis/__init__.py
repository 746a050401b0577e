"""Toy voices: synthetic sentences with known emotion.

They let the demonstration and the tests run without a download. The sentences mean nothing; the
emotions are caricatures in pitch, tempo, loudness and voice quality.
"""

from emotion_classifier.audio.synthesis.prosody import ToySpeaker
from emotion_classifier.audio.synthesis.voice import TOY_SENTENCES, synthesise

__all__ = ["TOY_SENTENCES", "ToySpeaker", "synthesise"]
