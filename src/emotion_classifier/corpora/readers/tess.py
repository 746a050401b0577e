"""TESS: two women, 200 words in one carrier phrase, seven emotions.

Toronto Emotional Speech Set, https://doi.org/10.5683/SP2/E8H2MF, CC BY-NC-ND 4.0. Pichora-Fuller
and Dupuis (2020). 2,800 clips of "Say the word ..." by an older and a younger woman.

A name is speaker, word and emotion, ``OAF_back_angry.wav``; ``ps`` is pleasant surprise.

Oddities: ``OAF_neutral/OA_bite_neutral.wav`` lacks an F, here and in the ids it is speaker OAF;
the archive on Kaggle has every file twice. With two speakers no speaker-independent split into
three parts is possible: use TESS to train beside other corpora, or as a test of another model.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Literal

from emotion_classifier.config import StrictConfig
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.readers.naming import NamingRule, read_named_files
from emotion_classifier.corpora.utterance import Utterance

RULE = NamingRule(
    "TESS",
    "speaker_word_emotion with the speakers OAF YAF and the emotions angry disgust fear happy "
    "neutral ps sad",
    "OAF_angry/OAF_back_angry.wav",
)
_EMOTIONS = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": "fearful",
    "happy": "happy",
    "neutral": "neutral",
    "ps": "surprised",
    "sad": "sad",
}
_NAME = re.compile(
    rf"(?P<speaker>[OY]A)F?_(?P<word>[a-z]+)_(?P<emotion>{'|'.join(_EMOTIONS)})", re.I
)
_AGES = {"OAF": "64", "YAF": "26"}


class TessConfig(StrictConfig):
    """TESS: two women, 200 words, seven emotions."""

    licence: ClassVar[str] = "CC BY-NC-ND 4.0"
    language: ClassVar[str] = "English"
    speech: ClassVar[str] = "acted"
    kind: Literal["tess"] = "tess"
    """Kind of corpus."""
    path: Path
    """Folder that holds the folders OAF_angry to YAF_sad, at any depth."""

    def read(self) -> Corpus:
        """The corpus in the folder `path`."""
        return read_tess(self.path)


def read_tess(root: Path) -> Corpus:
    """TESS in the folder `root`.

    Raises
    ------
    CorpusError
        No such folder, no audio in it, or no file name of TESS.
    """
    return read_named_files(root, "tess", RULE, _describe)


def _describe(path: Path) -> Utterance | Problem:
    name = _NAME.fullmatch(path.stem)
    if name is None:
        return RULE.problem(path)
    speaker = f"{name['speaker'].upper()}F"
    word, emotion = name["word"].lower(), name["emotion"].lower()
    return Utterance(
        id=f"tess/{speaker}_{word}_{emotion}",
        path=path,
        corpus="tess",
        speaker=speaker,
        emotion=_EMOTIONS[emotion],
        sex="female",
        sentence=f"Say the word {word}",
        speaker_attributes={"age": _AGES[speaker]},
    )
