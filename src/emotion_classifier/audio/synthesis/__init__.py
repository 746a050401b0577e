"""Toy voices: audible sentences with known emotion, made on the spot.

They let the demonstration and the tests run without a download. The sentences mean nothing; the
emotions are caricatures in pitch, tempo, loudness and voice quality.
"""

from emotion_classifier.audio.synthesis.phonemes import TOY_SENTENCES
from emotion_classifier.audio.synthesis.speaker import ToySpeaker
from emotion_classifier.audio.synthesis.voice import synthesise

__all__ = ["TOY_SENTENCES", "ToySpeaker", "synthesise"]
