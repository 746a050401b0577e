"""Which emotion corpora public encoders and classifiers have seen. Needs no torch.

A score on a corpus that the encoder was trained on, with its labels or without, is too good: the
speakers of the test part are not new to it. The registry says what the authors' own pages say; a name
that is not in it is not known to be clean.
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
class KnownModel:
    """A public model and what it was trained on.

    Parameters
    ----------
    name : on the hub.
    corpora : emotion corpora, by their published names.
    speech : other data.
    source : the page that says so; empty for the model's own card.
    """

    name: str
    corpora: tuple[str, ...]
    speech: str
    source: str = ""

    @property
    def page(self) -> str:
        """Where it can be read."""
        return self.source or f"https://huggingface.co/{self.name}"


def known_model(name: str) -> KnownModel | None:
    """What the registry says of a hub name; None for one that it does not hold, or a folder."""
    return _BY_NAME.get(name.lower())


def encoder_name(architecture: Mapping[str, Any]) -> str | None:
    """The pretrained encoder of a model, as in its settings; None where it has none."""
    frontend = architecture.get("frontend") or {}
    return str(frontend["name"]) if frontend.get("kind") == "encoder" else None


def seen_by_encoder(name: str, corpora: Iterable[str]) -> tuple[str, ...]:
    """What a report must say of an encoder and the corpora that it is trained or scored on.

    Parameters
    ----------
    name : of the encoder: hub name or folder.
    corpora : by the names they have here; `RAVDESS` and `crema-d` are ravdess and crema_d.
    """
    model = known_model(name)
    if model is None:
        return (
            f"What data the encoder {name} has seen is not known to this tool: if speakers of the "
            "test part are among it, the score is too good. Look at its model card.",
        )
    seen = {_plain(corpus) for corpus in model.corpora}
    return tuple(
        f"Known data: the encoder {name} was itself trained on {corpus} ({model.page}), so speakers "
        "of the test part are not new to it, and the score is too good."
        for corpus in sorted(set(corpora))
        if _plain(corpus) in seen
    )


def encoder_text(name: str) -> str:
    """An encoder with the data it was trained on, for a reader."""
    model = known_model(name)
    if model is None:
        return f"{name} (trained on data not known to this tool)"
    heard = f"trained on {model.speech}" if model.speech else "trained"
    if not model.corpora:
        return f"{name} ({heard}; on no emotion corpus that is known; {model.page})"
    return f"{name} ({heard}; emotion corpora: {', '.join(model.corpora)}; {model.page})"


def _plain(corpus: str) -> str:
    return re.sub(r"[^a-z0-9]", "", corpus.lower())


def _plain_encoders() -> list[KnownModel]:
    """Encoders that were trained on speech without emotions."""
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
        "680,000 hours of the web, which are not listed": tuple(
            f"openai/whisper-{size}"
            for size in ("tiny", "base", "small", "medium", "large", "large-v2")
        ),
        "5 million hours of the web, which are not listed": (
            "openai/whisper-large-v3",
            "openai/whisper-large-v3-turbo",
        ),
    }
    return [KnownModel(name, (), data) for data, names in speech.items() for name in names]


def _emotion2vec() -> list[KnownModel]:
    """emotion2vec and its successors, each derived from the data of the one before."""
    emobox = tuple(_EMOBOX.split())
    pretraining = ("IEMOCAP", "MELD", "MEAD", "CMU-MOSEI", "MSP-Podcast")
    everything = tuple(dict.fromkeys((*emobox, *pretraining)))
    pseudo = "pseudo-labelled speech that is not listed"
    return [
        KnownModel(f"{owner}/{name}", corpora, speech, source)
        for owner in ("emotion2vec", "iic")
        for name, corpora, speech, source in (
            ("emotion2vec_base", pretraining, "", "https://arxiv.org/abs/2312.15185"),
            ("emotion2vec_plus_seed", everything, "", _EMOTION2VEC_PLUS),
            ("emotion2vec_plus_base", everything, pseudo, _EMOTION2VEC_PLUS),
            ("emotion2vec_plus_large", everything, pseudo, _EMOTION2VEC_PLUS),
        )
    ]


def _classifiers() -> list[KnownModel]:
    """Models that were fine-tuned on emotions."""
    english = "the data of wav2vec2-large-xlsr-53-english"
    return [
        KnownModel("audeering/wav2vec2-large-robust-12-ft-emotion-msp-dim", _MSP, _ROBUST),
        KnownModel("audeering/wav2vec2-large-robust-24-ft-emotion-msp-dim", _MSP, _ROBUST),
        KnownModel("3loi/SER-Odyssey-Baseline-WavLM-Categorical", _MSP, _LIBRI_LIGHT_MIX),
        KnownModel("3loi/SER-Odyssey-Baseline-WavLM-Multi-Attributes", _MSP, _LIBRI_LIGHT_MIX),
        KnownModel(
            "ehcalabres/wav2vec2-lg-xlsr-en-speech-emotion-recognition", ("RAVDESS",), english
        ),
        KnownModel(
            "r-f/wav2vec-english-speech-emotion-recognition", ("SAVEE", "RAVDESS", "TESS"), english
        ),
        KnownModel(
            "firdhokk/speech-emotion-recognition-with-openai-whisper-large-v3",
            ("RAVDESS", "SAVEE", "TESS", "URDU"),
            "the data of whisper-large-v3",
        ),
        KnownModel("harshit345/xlsr-wav2vec-speech-emotion-recognition", ("AESDD",), ""),
        KnownModel("speechbrain/emotion-recognition-wav2vec2-IEMOCAP", ("IEMOCAP",), "LibriSpeech"),
        KnownModel("superb/wav2vec2-base-superb-er", ("IEMOCAP",), "LibriSpeech"),
        KnownModel("superb/wav2vec2-large-superb-er", ("IEMOCAP",), "Libri-Light"),
        KnownModel("superb/hubert-base-superb-er", ("IEMOCAP",), "LibriSpeech"),
        KnownModel("superb/hubert-large-superb-er", ("IEMOCAP",), "Libri-Light"),
    ]


KNOWN_MODELS = (*_plain_encoders(), *_emotion2vec(), *_classifiers())
"""The registry."""
_BY_NAME = {model.name.lower(): model for model in KNOWN_MODELS}
