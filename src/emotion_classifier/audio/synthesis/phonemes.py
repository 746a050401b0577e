"""The sounds that toy sentences are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

TOY_SENTENCES = (
    "ka ri do se mu ta ne bo",
    "so li ba tu me ki na de",
    "mi ta go nu se la ki po",
    "de bo su ni ka le to ma",
)
"""Each syllable is a consonant and a vowel."""

Formants: TypeAlias = tuple[float, float, float, float]

# Peterson & Barney (1952), men; the fourth formant is taken to be the same for all vowels.
VOWEL_FORMANTS_HZ: dict[str, Formants] = {
    "a": (730.0, 1090.0, 2440.0, 3500.0),
    "e": (530.0, 1840.0, 2480.0, 3500.0),
    "i": (270.0, 2290.0, 3010.0, 3500.0),
    "o": (570.0, 840.0, 2410.0, 3500.0),
    "u": (300.0, 870.0, 2240.0, 3500.0),
}


@dataclass(frozen=True)
class Consonant:
    """Voicing and noise, both relative to the loudness of a vowel.

    Parameters
    ----------
    voice : during the whole consonant.
    noise : a short burst at the end (plosives), or a hiss all along (fricatives).
    noise_hz : centre of the noise.
    is_plosive : which of the two.
    """

    voice: float
    noise: float = 0.0
    noise_hz: float = 1000.0
    is_plosive: bool = False


CONSONANTS = {
    "p": Consonant(0.0, 0.25, 1000.0, is_plosive=True),
    "t": Consonant(0.0, 0.35, 4000.0, is_plosive=True),
    "k": Consonant(0.0, 0.35, 1900.0, is_plosive=True),
    "b": Consonant(0.06, 0.12, 900.0, is_plosive=True),
    "d": Consonant(0.06, 0.18, 3500.0, is_plosive=True),
    "g": Consonant(0.06, 0.18, 1800.0, is_plosive=True),
    "s": Consonant(0.0, 0.22, 5500.0),
    "f": Consonant(0.0, 0.10, 3500.0),
    "m": Consonant(0.25),
    "n": Consonant(0.25),
    "l": Consonant(0.4),
    "r": Consonant(0.35),
}


def read_syllables(sentence: str) -> list[tuple[Consonant, Formants]]:
    """The consonant and the formants of the vowel of each syllable of a sentence like ``"ka ri"``.

    Raises
    ------
    ValueError
        The sentence is empty, or a syllable is not one known consonant and one vowel.
    """
    syllables = []
    for word in sentence.split():
        if len(word) != 2 or word[0] not in CONSONANTS or word[1] not in VOWEL_FORMANTS_HZ:
            raise ValueError(
                f"{word!r} in {sentence!r} is no toy syllable: one of {''.join(CONSONANTS)}, "
                f"then one of {''.join(VOWEL_FORMANTS_HZ)}"
            )
        syllables.append((CONSONANTS[word[0]], VOWEL_FORMANTS_HZ[word[1]]))
    if not syllables:
        raise ValueError("a toy sentence needs at least one syllable, for example 'ka ri do'")
    return syllables
