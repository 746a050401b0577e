"""EmoDB: ten actors, ten German sentences, seven emotions.

Berlin Database of Emotional Speech, http://emodb.bilderbar.info, free for research. Burkhardt et
al. (2005), https://doi.org/10.21437/Interspeech.2005-446. 535 clips.

A name is speaker, sentence, emotion and version, ``03a01Fa.wav``; the letter of an emotion comes
from its German word: Wut, Langeweile, Ekel, Angst, Freude, Trauer, neutral.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Literal

from emotion_classifier.config import StrictConfig
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.readers.naming import NamingRule, read_named_files
from emotion_classifier.corpora.utterance import Sex, Utterance

RULE = NamingRule(
    "EmoDB",
    "speaker, sentence, emotion (W L E A F T N) and version",
    "wav/03a01Fa.wav",
)
_EMOTIONS = {
    "W": "angry",
    "L": "bored",
    "E": "disgust",
    "A": "fearful",
    "F": "happy",
    "T": "sad",
    "N": "neutral",
}
_SPEAKERS: dict[str, tuple[Sex, str]] = {
    "03": ("male", "31"),
    "08": ("female", "34"),
    "09": ("female", "21"),
    "10": ("male", "32"),
    "11": ("male", "26"),
    "12": ("male", "30"),
    "13": ("female", "32"),
    "14": ("female", "35"),
    "15": ("male", "25"),
    "16": ("female", "31"),
}
_SENTENCES = {
    "a01": "Der Lappen liegt auf dem Eisschrank",
    "a02": "Das will sie am Mittwoch abgeben",
    "a04": "Heute abend könnte ich es ihm sagen",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück",
    "a07": "In sieben Stunden wird es soweit sein",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen",
}
_NAME = re.compile(
    rf"(?P<speaker>{'|'.join(_SPEAKERS)})(?P<sentence>{'|'.join(_SENTENCES)})"
    rf"(?P<emotion>[{''.join(_EMOTIONS)}])(?P<version>[a-z]?)"
)


class EmodbConfig(StrictConfig):
    """EmoDB: ten actors, ten German sentences, seven emotions."""

    licence: ClassVar[str] = "free to use, no licence stated"
    language: ClassVar[str] = "German"
    speech: ClassVar[str] = "acted in an anechoic chamber"
    kind: Literal["emodb"] = "emodb"
    """Kind of corpus."""
    path: Path
    """Folder that holds the folder wav, or the recordings themselves."""

    def read(self) -> Corpus:
        """The corpus in the folder `path`."""
        return read_emodb(self.path)


def read_emodb(root: Path) -> Corpus:
    """EmoDB in the folder `root`.

    Raises
    ------
    CorpusError
        No such folder, no audio in it, or no file name of EmoDB.
    """
    return read_named_files(root, "emodb", RULE, _describe)


def _describe(path: Path) -> Utterance | Problem:
    name = _NAME.fullmatch(path.stem)
    if name is None:
        return RULE.problem(path)
    sex, age = _SPEAKERS[name["speaker"]]
    return Utterance(
        id=f"emodb/{path.stem}",
        path=path,
        corpus="emodb",
        speaker=name["speaker"],
        emotion=_EMOTIONS[name["emotion"]],
        sex=sex,
        sentence=_SENTENCES[name["sentence"]],
        attributes={"sentence_code": name["sentence"], "version": name["version"]},
        speaker_attributes={"age": age},
    )
