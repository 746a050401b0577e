"""Readers from outside the package."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from emotion_classifier.corpora.corpus import Corpus
from emotion_classifier.corpora.readers import CorpusConfig
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import ConfigError, CorpusError
from emotion_classifier.testing.corpora import check_reader


def read_two_clips(*, name: str) -> Corpus:
    """A reader as a user would write it."""
    clips = [
        Utterance(f"{name}/{key}", Path(f"{key}.wav"), name, speaker=key, emotion=emotion)
        for key, emotion in (("a", "happy"), ("b", "sad"))
    ]
    return Corpus(name, Path(), tuple(clips))


def read_nothing() -> Corpus:
    return Corpus("empty", Path(), ())


def custom(target: str, **options: object) -> CorpusConfig:
    adapter: TypeAdapter[CorpusConfig] = TypeAdapter(CorpusConfig)
    return adapter.validate_python({"kind": "custom", "target": target, "options": options})


def test_a_custom_reader_passes_the_contract() -> None:
    corpus = check_reader(custom(f"{__name__}:read_two_clips", name="mine").read)
    assert [utterance.id for utterance in corpus.utterances] == ["mine/a", "mine/b"]


def test_a_reader_without_utterances_is_refused() -> None:
    with pytest.raises(CorpusError, match="no utterances"):
        custom(f"{__name__}:read_nothing").read()


def test_options_that_do_not_fit_name_the_target() -> None:
    with pytest.raises(ConfigError, match="read_two_clips"):
        custom(f"{__name__}:read_two_clips").read()
