from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.training.conftest import PITCHES_HZ, RATE

from emotion_classifier.audio.augmentation.chain import Chain, Policy, Step
from emotion_classifier.audio.augmentation.copy_paste import CopyPasteConfig
from emotion_classifier.audio.augmentation.level import GainConfig
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.training.data.augmentation import TrainingAugmentation
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Key

EMOTIONS = ("neutral", "happy", "sad")  # in the order of `PITCHES_HZ`
UNCHANGED = Policy(Chain(), {})
WINDOWS = ModelInput(Preparation(RATE, None), seconds=2.0, mask_padding=True, minimum_seconds=0.1)


@pytest.fixture
def utterances(tones: list[CachedClip]) -> list[Utterance]:
    """Two speakers, each with five clips of each emotion."""
    return [
        Utterance(
            id=f"{number}",
            path=Path(f"{number}.wav"),
            corpus="tones",
            speaker=f"s{number // 15}",
            emotion=EMOTIONS[number % 3],
        )
        for number in range(len(tones))
    ]


def test_clips_are_joined_with_those_of_the_same_speaker_and_emotion(
    tones: list[CachedClip], utterances: list[Utterance]
) -> None:
    augmentation = TrainingAugmentation.of(
        utterances, tones, UNCHANGED, CopyPasteConfig(probability=1.0), WINDOWS
    )
    for number, partners in enumerate(augmentation.partners):
        own = utterances[number]
        assert tones[number] in partners and len(partners) == 5
        assert {clip.content_hash for clip in partners} == {
            tones[index].content_hash
            for index, other in enumerate(utterances)
            if (other.speaker, other.emotion) == (own.speaker, own.emotion)
        }
        joined = augmentation(tones[number].samples(), number, np.random.default_rng(number))
        assert len(joined) == WINDOWS.seconds * RATE
        spectrum = np.abs(np.fft.rfft(joined))
        levels = [spectrum[round(hertz * WINDOWS.seconds)] for hertz in PITCHES_HZ]
        assert int(np.argmax(levels)) == EMOTIONS.index(own.emotion)
        assert sorted(levels)[1] < 0.1 * max(levels)


def test_the_chain_of_the_emotion_comes_behind(
    tones: list[CachedClip], utterances: list[Utterance]
) -> None:
    quieter = GainConfig(minimum_db=-20.0, maximum_db=-20.0)
    policy = Policy(Chain(), {"happy": Chain([Step("gain", 1.0, quieter.build())])})
    plain, changed = (
        TrainingAugmentation.of(utterances, tones, one, CopyPasteConfig(probability=1.0), WINDOWS)
        for one in (UNCHANGED, policy)
    )
    for number, factor in ((0, 1.0), (1, 0.1)):
        samples = tones[number].samples()
        before, after = (one(samples, number, np.random.default_rng(0)) for one in (plain, changed))
        np.testing.assert_allclose(after, factor * before, rtol=1e-5)


def test_without_copy_paste_nothing_is_drawn(
    tones: list[CachedClip], utterances: list[Utterance]
) -> None:
    augmentation = TrainingAugmentation.of(utterances, tones, UNCHANGED, None, WINDOWS)
    generator = np.random.default_rng(0)
    samples = tones[0].samples()
    assert np.array_equal(augmentation(samples, 0, generator), samples)
    assert generator.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("views", [None, 2])
def test_the_length_is_known_without_the_samples(
    tones: list[CachedClip], utterances: list[Utterance], views: int | None
) -> None:
    augmentation = TrainingAugmentation.of(
        utterances, tones, UNCHANGED, CopyPasteConfig(probability=0.5), WINDOWS
    )
    dataset = ClipDataset(
        tones,
        np.eye(3, dtype=np.float32)[[number % 3 for number in range(len(tones))]],
        WINDOWS,
        0,
        speakers=[one.speaker for one in utterances],
        corpora=[one.corpus for one in utterances],
        speaker_order=["s0", "s1"],
        augment=augmentation,
        augmented_length=augmentation.length,
        views=views,
    )
    keys = [Key(epoch, clip) for epoch in (-1, 0, 1, 2) for clip in range(len(tones))]
    lengths = [dataset.length(key) for key in keys]
    assert lengths == [len(dataset[key].samples) for key in keys]
    window = round(WINDOWS.seconds * RATE)
    assert 0.3 < np.mean(np.equal(lengths[len(tones) :], window)) < 0.7
    assert window not in lengths[: len(tones)]
