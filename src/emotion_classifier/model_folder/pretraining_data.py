"""Emotion corpora in the training data of public encoders and classifiers. Needs no torch.

A score on a corpus that the encoder was trained on, with its labels or without, is too high: the
speakers of the test part are not new to it. The registry follows the authors' own pages; a model that
is not in it may have been trained on any corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_EMOBOX = (
    "AESDD ASED ASVP-ESD CaFE CASIA CREMA-D EMNS EmoDB EmoV-DB EMOVO Emozionalmente eNTERFACE ESD "
    "IEMOCAP JL-Corpus M3ED MEAD MELD MER2023 MESD MSP-Podcast Oreau PAVOQUE Polish RAVDESS RESD "
    "SAVEE ShEMO SUBESCO TESS TurEV-DB URDU"
)
"""The 32 corpora of https://github.com/emo-box/EmoBox."""
_MSP = ("MSP-Podcast",)
_LIBRI_LIGHT_MIX = "Libri-Light, GigaSpeech and VoxPopuli"
_ROBUST = "Libri-Light, Common Voice, Switchboard and Fisher"
_EMOTION2VEC_PLUS = "https://huggingface.co/emotion2vec/emotion2vec_plus_seed"


@dataclass(frozen=True)
class PretrainedModel:
    """A public model and its training data.

    Parameters
    ----------
    name : on the hub.
    corpora : emotion corpora, by their published names.
    speech : other data.
    is_listed : whether the recordings in `speech` are known.
    source : URL of the page that lists them; empty for the model's own card.
    """

    name: str
    corpora: tuple[str, ...]
    speech: str
    source: str = ""
    is_listed: bool = True

    @property
    def page(self) -> str:
        """URL of the page that lists the training data."""
        return self.source or f"https://huggingface.co/{self.name}"


def pretrained_model(name: str) -> PretrainedModel | None:
    """The registry's entry for a hub name, or for a folder that has the second part of one; or None.

    >>> pretrained_model("../models/whisper-tiny.en").name
    'openai/whisper-tiny.en'
    """
    path = name.lower().replace("\\", "/")
    is_folder = path.count("/") != 1 or path.startswith((".", "/", "~"))
    return (_BY_FOLDER if is_folder else _BY_NAME).get(
        path.rpartition("/")[2] if is_folder else path
    )


def encoder_name(architecture: Mapping[str, Any]) -> str | None:
    """The pretrained encoder of a model, as in its settings; None where it has none."""
    frontend = architecture.get("frontend") or {}
    return str(frontend["name"]) if frontend.get("kind") == "encoder" else None


def seen_by_encoder(name: str, corpora: Iterable[str]) -> tuple[str, ...]:
    """Warnings about corpora that an encoder was itself trained on, for every report.

    Parameters
    ----------
    name : hub name or folder of the encoder.
    corpora : names of the corpora the model is trained or scored on; case and punctuation do not
        matter.
    """
    model = pretrained_model(name)
    if model is None:
        return (
            f"The training data of the encoder {name} is not known to this tool: if it holds speakers "
            "of the test part, the score is too high. See its model card.",
        )
    if not model.is_listed:
        named = ", ".join(sorted(set(corpora)))
        return (
            f"Pretraining data: the encoder {name} was trained on {model.speech}: whether speech of "
            f"{named} is in it is not known. It was trained without the labels of emotions.",
        )
    seen = {_plain(corpus) for corpus in model.corpora}
    return tuple(
        f"Pretraining data: the encoder {name} was itself trained on {corpus} ({model.page}), so "
        "speakers of the test part are not new to it, and the score is too high."
        for corpus in sorted(set(corpora))
        if _plain(corpus) in seen
    )


def licence_warnings(name: str, licence: str | None) -> tuple[str, ...]:
    """A warning about the encoder `name` for every report, unless its licence is known."""
    if licence is not None:
        return ()
    return (
        f"The licence of the encoder {name} is not stated: neither a licence file nor a README.md whose "
        "header names a licence is beside its weights. It binds this model too, so look it up before "
        "the model is passed on.",
    )


def encoder_text(name: str) -> str:
    """An encoder's name with its training data, in words."""
    model = pretrained_model(name)
    if model is None:
        return f"{name} (trained on data not known to this tool)"
    known_as = "" if model.name.lower() == name.lower() else f"by its name {model.name}: "
    training = f"trained on {model.speech}" if model.speech else "trained"
    corpora = f"emotion corpora: {', '.join(model.corpora)}"
    if not model.corpora:
        corpora = "no emotion corpus" if model.is_listed else "emotion corpora: not known"
    return f"{name} ({known_as}{training}; {corpora}; {model.page})"


def _plain(corpus: str) -> str:
    return re.sub(r"[^a-z0-9]", "", corpus.lower())


def _plain_encoders() -> list[PretrainedModel]:
    """Encoders that were trained on speech without emotion labels."""
    speech = {
        "LibriSpeech": (
            "facebook/wav2vec2-base",
            "facebook/wav2vec2-base-960h",
            "facebook/wav2vec2-large",
            "facebook/wav2vec2-large-960h",
            "facebook/hubert-base-ls960",
            "facebook/data2vec-audio-base",
            "facebook/data2vec-audio-base-960h",
            "microsoft/wavlm-base",
            "ntu-spml/distilhubert",
        ),
        "Libri-Light": (
            "facebook/wav2vec2-large-lv60",
            "facebook/hubert-large-ll60k",
            "facebook/hubert-xlarge-ll60k",
        ),
        "Libri-Light and LibriSpeech": (
            "facebook/hubert-large-ls960-ft",
            "facebook/wav2vec2-large-960h-lv60-self",
        ),
        _LIBRI_LIGHT_MIX: ("microsoft/wavlm-base-plus", "microsoft/wavlm-large"),
        _ROBUST: ("facebook/wav2vec2-large-robust",),
        f"{_ROBUST}, and LibriSpeech": ("facebook/wav2vec2-large-robust-ft-libri-960h",),
        "Common Voice, Multilingual LibriSpeech and BABEL": (
            "facebook/wav2vec2-large-xlsr-53",
            "jonatasgrosman/wav2vec2-large-xlsr-53-english",
        ),
        "VoxPopuli, Multilingual LibriSpeech, Common Voice, BABEL and VoxLingua107": (
            "facebook/wav2vec2-xls-r-300m",
            "facebook/wav2vec2-xls-r-1b",
        ),
    }
    return [PretrainedModel(name, (), data) for data, names in speech.items() for name in names]


def _whisper() -> list[PretrainedModel]:
    """Whisper, trained to transcribe recordings of the web."""
    sizes = ("tiny", "base", "small", "medium")
    hours = {
        "680,000": (*sizes, *(f"{size}.en" for size in sizes), "large", "large-v2"),
        "5 million": ("large-v3", "large-v3-turbo"),
    }
    return [
        PretrainedModel(
            f"openai/whisper-{name}",
            (),
            f"{number} hours of the web with transcripts, which are not listed",
            is_listed=False,
        )
        for number, names in hours.items()
        for name in names
    ]


def _emotion2vec() -> list[PretrainedModel]:
    """emotion2vec and its successors, each trained on data that the previous model labelled."""
    emobox = tuple(_EMOBOX.split())
    pretraining = ("IEMOCAP", "MELD", "MEAD", "CMU-MOSEI", "MSP-Podcast")
    everything = tuple(dict.fromkeys((*emobox, *pretraining)))
    pseudo = "pseudo-labelled speech that is not listed"
    return [
        PretrainedModel(f"{owner}/{name}", corpora, speech, source)
        for owner in ("emotion2vec", "iic")
        for name, corpora, speech, source in (
            ("emotion2vec_base", pretraining, "", "https://arxiv.org/abs/2312.15185"),
            ("emotion2vec_plus_seed", everything, "", _EMOTION2VEC_PLUS),
            ("emotion2vec_plus_base", everything, pseudo, _EMOTION2VEC_PLUS),
            ("emotion2vec_plus_large", everything, pseudo, _EMOTION2VEC_PLUS),
        )
    ]


def _classifiers() -> list[PretrainedModel]:
    """Models that were fine-tuned on emotion corpora."""
    english = "the data of wav2vec2-large-xlsr-53-english"
    return [
        PretrainedModel("audeering/wav2vec2-large-robust-12-ft-emotion-msp-dim", _MSP, _ROBUST),
        PretrainedModel("audeering/wav2vec2-large-robust-24-ft-emotion-msp-dim", _MSP, _ROBUST),
        PretrainedModel("3loi/SER-Odyssey-Baseline-WavLM-Categorical", _MSP, _LIBRI_LIGHT_MIX),
        PretrainedModel("3loi/SER-Odyssey-Baseline-WavLM-Multi-Attributes", _MSP, _LIBRI_LIGHT_MIX),
        PretrainedModel(
            "ehcalabres/wav2vec2-lg-xlsr-en-speech-emotion-recognition", ("RAVDESS",), english
        ),
        PretrainedModel(
            "r-f/wav2vec-english-speech-emotion-recognition", ("SAVEE", "RAVDESS", "TESS"), english
        ),
        PretrainedModel(
            "firdhokk/speech-emotion-recognition-with-openai-whisper-large-v3",
            ("RAVDESS", "SAVEE", "TESS", "URDU"),
            "the data of whisper-large-v3",
        ),
        PretrainedModel("harshit345/xlsr-wav2vec-speech-emotion-recognition", ("AESDD",), ""),
        PretrainedModel(
            "speechbrain/emotion-recognition-wav2vec2-IEMOCAP", ("IEMOCAP",), "LibriSpeech"
        ),
        PretrainedModel("superb/wav2vec2-base-superb-er", ("IEMOCAP",), "LibriSpeech"),
        PretrainedModel("superb/wav2vec2-large-superb-er", ("IEMOCAP",), "Libri-Light"),
        PretrainedModel("superb/hubert-base-superb-er", ("IEMOCAP",), "LibriSpeech"),
        PretrainedModel("superb/hubert-large-superb-er", ("IEMOCAP",), "Libri-Light"),
    ]


PRETRAINED_MODELS = (*_plain_encoders(), *_whisper(), *_emotion2vec(), *_classifiers())
"""The registry."""
_BY_NAME = {model.name.lower(): model for model in PRETRAINED_MODELS}
# emotion2vec is there twice, from two owners.
_BY_FOLDER = {name.partition("/")[2]: model for name, model in _BY_NAME.items()}
