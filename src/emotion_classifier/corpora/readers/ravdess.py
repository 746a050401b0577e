"""RAVDESS: 24 actors, two sentences, eight emotions, spoken and sung.

Ryerson Audio-Visual Database of Emotional Speech and Song, https://zenodo.org/records/1188976,
CC BY-NC-SA 4.0. Livingstone and Russo (2018), https://doi.org/10.1371/journal.pone.0196391.

A name has seven fields of two digits, ``03-01-06-01-02-01-12.wav``: modality, vocal channel,
emotion, intensity, statement, repetition, actor. Speech has 1,440 clips (60 for each actor, neutral
half as often as the others because it has no strong intensity), song 1,012 (no disgust, no
surprise, nothing of actor 18).

Oddities: ``03-01-03-01-02-01-07`` and ``03-01-03-01-02-02-07`` are the same recording; five clips of
speech are stereo with equal channels.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.readers.naming import NamingRule, read_named_files
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import CorpusError

VocalChannel: TypeAlias = Literal["speech", "song"]

RULE = NamingRule(
    "RAVDESS",
    "modality-channel-emotion-intensity-statement-repetition-actor, two digits each",
    "Actor_12/03-01-06-01-02-01-12.wav",
)
_NAME = re.compile(
    r"(?P<modality>0[1-3])-(?P<channel>0[12])-(?P<emotion>0[1-8])-(?P<intensity>0[12])"
    r"-(?P<statement>0[12])-0(?P<repetition>[12])-(?P<actor>0[1-9]|1\d|2[0-4])"
)
_MODALITIES = {"01": "audio and video", "02": "video only"}
_CHANNELS = {"01": "speech", "02": "song"}
_EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
_INTENSITIES = {"01": "normal", "02": "strong"}
_STATEMENTS = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}


class RavdessConfig(StrictConfig):
    """RAVDESS: 24 actors, eight emotions, two sentences, spoken and sung."""

    licence: ClassVar[str] = "CC BY-NC-SA 4.0"
    language: ClassVar[str] = "English"
    speech: ClassVar[str] = "acted by professional actors in a studio"
    kind: Literal["ravdess"] = "ravdess"
    """Kind of corpus."""
    path: Path
    """Folder that holds Actor_01 to Actor_24, at any depth."""
    vocal_channels: Annotated[tuple[VocalChannel, ...], Field(min_length=1)] = ("speech",)
    """Which recordings to use: speech, song or both."""

    def read(self) -> Corpus:
        """The corpus in the folder `path`."""
        return read_ravdess(self.path, vocal_channels=self.vocal_channels)


def read_ravdess(root: Path, *, vocal_channels: tuple[VocalChannel, ...] = ("speech",)) -> Corpus:
    """RAVDESS in the folder `root`; recordings of other vocal channels are counted and left out.

    Raises
    ------
    CorpusError
        No such folder, no audio in it, no file name of RAVDESS, or no recording of
        `vocal_channels`.
    """
    corpus = read_named_files(root, "ravdess", RULE, _describe)
    channels = Counter(one.attributes["vocal_channel"] for one in corpus.utterances)
    kept = tuple(u for u in corpus.utterances if u.attributes["vocal_channel"] in vocal_channels)
    if not kept:
        found = ", ".join(f"{count} of {channel}" for channel, count in channels.items())
        raise CorpusError(
            f"{corpus.root} holds no recording of {' or '.join(vocal_channels)}, only {found}: "
            f"set vocal_channels to one of {', '.join(channels)}, or add the other archive"
        )
    notices = [
        Problem(
            corpus.root,
            "notice",
            f"{count} recordings of {channel} are left out: add {channel} to vocal_channels "
            "to use them",
        )
        for channel, count in sorted(channels.items())
        if channel not in vocal_channels
    ]
    return Corpus(corpus.name, corpus.root, kept, (*notices, *corpus.problems))


def _describe(path: Path) -> Utterance | Problem:
    name = _NAME.fullmatch(path.stem)
    if name is None:
        return RULE.problem(path)
    if name["modality"] in _MODALITIES:
        return Problem(
            path,
            "modality",
            f"is {_MODALITIES[name['modality']]} (modality {name['modality']}), only 03 (audio "
            "only) is used: the sound of a video is a copy of the same recording",
        )
    return Utterance(
        id=f"ravdess/{path.stem}",
        path=path,
        corpus="ravdess",
        speaker=name["actor"],
        emotion=_EMOTIONS[name["emotion"]],
        sex="male" if int(name["actor"]) % 2 else "female",
        intensity=_INTENSITIES[name["intensity"]],
        sentence=_STATEMENTS[name["statement"]],
        attributes={
            "modality": "audio only",
            "vocal_channel": _CHANNELS[name["channel"]],
            "repetition": name["repetition"],
        },
    )
