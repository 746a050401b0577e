from __future__ import annotations

import pytest

from emotion_classifier.model_folder.pretraining_data import (
    PRETRAINED_MODELS,
    encoder_name,
    encoder_text,
    licence_warnings,
    pretrained_model,
    seen_by_encoder,
)

CLASSIFIER = "ehcalabres/wav2vec2-lg-xlsr-en-speech-emotion-recognition"


def test_registry_entries_are_unique_and_name_their_page() -> None:
    names = [model.name.lower() for model in PRETRAINED_MODELS]
    assert len(set(names)) == len(names)
    for model in PRETRAINED_MODELS:
        assert model.name.count("/") == 1
        assert model.page.startswith("https://")
        assert model.corpora or model.speech
        assert len(set(model.corpora)) == len(model.corpora)


@pytest.mark.parametrize("corpus", ["ravdess", "RAVDESS", "Ravdess"])
def test_warns_of_a_corpus_the_encoder_was_trained_on(corpus: str) -> None:
    (warning,) = seen_by_encoder(CLASSIFIER, [corpus, "crema_d", corpus])
    assert corpus in warning and CLASSIFIER in warning
    assert f"https://huggingface.co/{CLASSIFIER}" in warning
    assert "too high" in warning


def test_reader_names_match_published_corpora() -> None:
    readers = ["ravdess", "crema_d", "tess", "savee", "emodb"]
    assert len(seen_by_encoder("emotion2vec/emotion2vec_plus_large", readers)) == len(readers)


def test_similar_corpus_name_does_not_match() -> None:
    assert seen_by_encoder("harshit345/xlsr-wav2vec-speech-emotion-recognition", ["esd"]) == ()


def test_no_warning_for_an_encoder_without_emotion_corpora() -> None:
    assert seen_by_encoder("facebook/hubert-base-ls960", ["ravdess", "toy"]) == ()
    assert "LibriSpeech" in encoder_text("facebook/hubert-base-ls960")


@pytest.mark.parametrize(
    "name", ["openai/whisper-tiny.en", "../models/whisper-tiny.en", "whisper-tiny.en"]
)
def test_whether_unlisted_training_data_has_a_corpus_is_not_known(name: str) -> None:
    (note,) = seen_by_encoder(name, ["ravdess", "crema_d", "ravdess"])
    assert "whether speech of crema_d, ravdess is in it is not known" in note
    assert "emotion corpora: not known" in encoder_text(name)
    assert ("by its name openai/whisper-tiny.en" in encoder_text(name)) == (name[:6] != "openai")


def test_an_unstated_licence_of_an_encoder_is_a_warning() -> None:
    (warning,) = licence_warnings("../models/whisper-tiny.en", None)
    assert "licence of the encoder ../models/whisper-tiny.en is not stated" in warning
    assert licence_warnings("../models/whisper-tiny.en", "MIT License") == ()


def test_a_model_of_another_owner_is_not_recognised_by_its_name() -> None:
    assert pretrained_model("someone/whisper-tiny.en") is None


@pytest.mark.parametrize("name", ["someone/my-encoder", "models/hubert", "/data/ravdess"])
def test_warns_that_training_data_of_an_unknown_encoder_is_unknown(name: str) -> None:
    assert pretrained_model(name) is None
    (note,) = seen_by_encoder(name, ["ravdess"])
    assert f"training data of the encoder {name} is not known to this tool" in note
    assert "not known" in encoder_text(name)


def test_encoder_name_of_an_architecture() -> None:
    assert encoder_name({"frontend": {"kind": "encoder", "name": "a/b"}}) == "a/b"
    assert encoder_name({"frontend": {"kind": "log_mel"}}) is None
    assert encoder_name({"network": {"kind": "none"}}) is None
