from __future__ import annotations

import pytest

from emotion_classifier.model_folder.pretraining_data import (
    KNOWN_MODELS,
    encoder_name,
    encoder_text,
    known_model,
    seen_by_encoder,
)

CLASSIFIER = "ehcalabres/wav2vec2-lg-xlsr-en-speech-emotion-recognition"


def test_every_entry_names_its_page_and_stands_once() -> None:
    names = [model.name.lower() for model in KNOWN_MODELS]
    assert len(set(names)) == len(names)
    for model in KNOWN_MODELS:
        assert model.name.count("/") == 1
        assert model.page.startswith("https://")
        assert model.corpora or model.speech
        assert len(set(model.corpora)) == len(model.corpora)


@pytest.mark.parametrize("corpus", ["ravdess", "RAVDESS", "Ravdess"])
def test_a_corpus_that_the_encoder_was_trained_on_is_told(corpus: str) -> None:
    (warning,) = seen_by_encoder(CLASSIFIER, [corpus, "crema_d", corpus])
    assert corpus in warning and CLASSIFIER in warning
    assert f"https://huggingface.co/{CLASSIFIER}" in warning
    assert "too good" in warning


def test_names_of_the_readers_mean_the_published_corpora() -> None:
    readers = ["ravdess", "crema_d", "tess", "savee", "emodb"]
    assert len(seen_by_encoder("emotion2vec/emotion2vec_plus_large", readers)) == len(readers)


def test_the_name_of_another_corpus_is_not_taken_for_it() -> None:
    assert seen_by_encoder("harshit345/xlsr-wav2vec-speech-emotion-recognition", ["esd"]) == ()


def test_an_encoder_of_plain_speech_warns_of_nothing() -> None:
    assert seen_by_encoder("facebook/hubert-base-ls960", ["ravdess", "toy"]) == ()
    assert "LibriSpeech" in encoder_text("facebook/hubert-base-ls960")


@pytest.mark.parametrize("name", ["someone/my-encoder", "models/hubert", "/data/ravdess"])
def test_what_an_unknown_encoder_has_seen_is_said_to_be_unknown(name: str) -> None:
    assert known_model(name) is None
    (note,) = seen_by_encoder(name, ["ravdess"])
    assert f"the encoder {name} has seen is not known to this tool" in note
    assert "not known" in encoder_text(name)


def test_the_encoder_of_an_architecture() -> None:
    assert encoder_name({"frontend": {"kind": "encoder", "name": "a/b"}}) == "a/b"
    assert encoder_name({"frontend": {"kind": "log_mel"}}) is None
    assert encoder_name({"network": {"kind": "none"}}) is None
