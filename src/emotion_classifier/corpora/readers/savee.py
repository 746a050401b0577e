"""SAVEE: four men, seven emotions, British English.

Surrey Audio-Visual Expressed Emotion, http://kahlan.eps.surrey.ac.uk/savee/, free for research.
Haq and Jackson (2010), in: Machine Audition, https://doi.org/10.4018/978-1-61520-919-4.ch017.
480 clips: 15 of each emotion by each speaker, and 30 neutral ones.

A name is ``DC/a01.wav`` in the original archive and ``DC_a01.wav`` in copies without folders:
speaker, emotion, number. The number counts within the emotion, so it does not identify the
sentence; `Utterance.sentence` therefore stays unknown,
and the number is an attribute.
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
    "SAVEE",
    "speaker/emotion and number, or speaker_emotion and number, with the speakers DC JE JK KL and "
    "the emotions a d f h n sa su",
    "DC/a01.wav",
)
_EMOTIONS = {
    "a": "angry",
    "d": "disgust",
    "f": "fearful",
    "h": "happy",
    "n": "neutral",
    "sa": "sad",
    "su": "surprised",
}
_NAME = re.compile(
    rf"(?P<speaker>DC|JE|JK|KL)[/_](?P<emotion>{'|'.join(_EMOTIONS)})(?P<number>[0-3]\d)"
)


class SaveeConfig(StrictConfig):
    """SAVEE: four men, seven emotions."""

    licence: ClassVar[str] = "free for research, not commercial"
    language: ClassVar[str] = "English"
    speech: ClassVar[str] = "acted in a laboratory"
    kind: Literal["savee"] = "savee"
    """Kind of corpus."""
    path: Path
    """Folder that holds DC, JE, JK and KL (AudioData), or all files without folders (ALL)."""

    def read(self) -> Corpus:
        """The corpus in the folder `path`."""
        return read_savee(self.path)


def read_savee(root: Path) -> Corpus:
    """SAVEE in the folder `root`.

    Raises
    ------
    CorpusError
        No such folder, no audio in it, or no file name of SAVEE.
    """
    return read_named_files(root, "savee", RULE, _describe)


def _describe(path: Path) -> Utterance | Problem:
    name = _NAME.fullmatch(path.stem) or _NAME.fullmatch(f"{path.parent.name}/{path.stem}")
    if name is None:
        return RULE.problem(path)
    return Utterance(
        id=f"savee/{name['speaker']}_{name['emotion']}{name['number']}",
        path=path,
        corpus="savee",
        speaker=name["speaker"],
        emotion=_EMOTIONS[name["emotion"]],
        sex="male",
        attributes={"number": name["number"]},
    )
