from __future__ import annotations

import pytest

from emotion_classifier.audio.synthesis.phonemes import TOY_SENTENCES, read_syllables


def test_the_toy_sentences_can_be_read_and_are_equally_long() -> None:
    assert {len(read_syllables(sentence)) for sentence in TOY_SENTENCES} == {8}
    assert len(set(TOY_SENTENCES)) == len(TOY_SENTENCES)


def test_a_syllable_is_a_consonant_and_the_formants_of_a_vowel() -> None:
    ((consonant, formants_hz),) = read_syllables("si")
    assert consonant.noise > 0
    assert not consonant.is_plosive
    assert formants_hz[:2] == (270.0, 2290.0)


@pytest.mark.parametrize("sentence", ["", "ka x", "kaa", "ak", "ka ri zo"])
def test_what_is_no_sentence_is_refused(sentence: str) -> None:
    with pytest.raises(ValueError, match="toy"):
        read_syllables(sentence)
