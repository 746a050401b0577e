"""CREMA-D: 91 actors, twelve sentences, six emotions, with the votes of listeners.

Crowd-sourced Emotional Multimodal Actors Dataset,
https://github.com/CheyneyComputerScience/CREMA-D, Open Database License 1.0. Cao et al. (2014),
https://doi.org/10.1109/TAFFC.2014.2336244.

A name is actor, sentence, emotion and level, ``1001_DFA_ANG_XX.wav``; it is the intended
emotion. The votes of listeners often differ; `Utterance.perceived` has
the shares of the votes on the voice alone (rows whose number begins with 1 in
``tabulatedVotes.csv``; 2 is the face, 3 both).

Oddities: ``1040_ITH_SAD_X.wav`` is ``1040_ITH_SAD_XX`` in the tables and in the ids here;
``1076_MTI_SAD_XX.wav`` has no sound; some clips reach full scale. The archive holds every clip as
WAV, as MP3 (some of them defective) and as video: WAV is used.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from emotion_classifier.config import StrictConfig
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.readers.companions import find_companion, read_rows
from emotion_classifier.corpora.readers.naming import NamingRule, read_named_files
from emotion_classifier.corpora.utterance import Sex, Utterance
from emotion_classifier.errors import CorpusError

_DEMOGRAPHICS = "VideoDemographics.csv"
_VOTE_TABLES = ("tabulatedVotes.csv", "tabulatedVotes.csv.gz")
RULE = NamingRule(
    "CREMA-D",
    "actor_sentence_emotion_level with the emotions ANG DIS FEA HAP NEU SAD and the levels "
    "LO MD HI XX",
    "AudioWAV/1001_DFA_ANG_XX.wav",
    companions=(_DEMOGRAPHICS, *_VOTE_TABLES),
    preferred_folder="AudioWAV",
)
_SENTENCES = {
    "DFA": "Don't forget a jacket",
    "IEO": "It's eleven o'clock",
    "IOM": "I'm on my way to the meeting",
    "ITH": "I think I have a doctor's appointment",
    "ITS": "I think I've seen this before",
    "IWL": "I would like a new alarm clock",
    "IWW": "I wonder what this is about",
    "MTI": "Maybe tomorrow it will be cold",
    "TAI": "The airplane is almost full",
    "TIE": "That is exactly what happened",
    "TSI": "The surface is slick",
    "WSI": "We'll stop in a couple of minutes",
}
_EMOTIONS = {
    "ANG": "angry",
    "DIS": "disgust",
    "FEA": "fearful",
    "HAP": "happy",
    "NEU": "neutral",
    "SAD": "sad",
}
_LEVELS = {"LO": "low", "MD": "medium", "HI": "high", "XX": "unspecified", "X": "unspecified"}
_NAME = re.compile(
    rf"(?P<actor>1\d{{3}})_(?P<sentence>{'|'.join(_SENTENCES)})"
    rf"_(?P<emotion>{'|'.join(_EMOTIONS)})_(?P<level>{'|'.join(_LEVELS)})"
)
_VOTES = {
    "A": "angry",
    "D": "disgust",
    "F": "fearful",
    "H": "happy",
    "N": "neutral",
    "S": "sad",
}
_SEXES: dict[str, Sex] = {"Female": "female", "Male": "male"}
_SOURCE = "https://github.com/CheyneyComputerScience/CREMA-D"


class CremaDConfig(StrictConfig):
    """CREMA-D: 91 actors, six emotions, twelve sentences, with the votes of listeners."""

    licence: ClassVar[str] = "ODbL 1.0, contents DbCL 1.0"
    language: ClassVar[str] = "English"
    speech: ClassVar[str] = "acted"
    kind: Literal["crema_d"] = "crema_d"
    """Kind of corpus."""
    path: Path
    """Folder that holds AudioWAV, and the tables VideoDemographics.csv and processedResults."""

    def read(self) -> Corpus:
        """The corpus in the folder `path`."""
        return read_crema_d(self.path)


def read_crema_d(root: Path) -> Corpus:
    """CREMA-D in the folder `root`; a missing table becomes a notice.

    Raises
    ------
    CorpusError
        No such folder, no audio in it, no file named as CREMA-D names them, or a table that is
        there but cannot be read.
    """
    corpus = read_named_files(root, "crema_d", RULE, _describe)
    actors, no_actors = _demographics(corpus.root)
    votes, no_votes = _voice_votes(corpus.root)
    utterances = tuple(
        dataclasses.replace(
            utterance,
            sex=_SEXES.get(actors.get(utterance.speaker, {}).get("Sex", "")),
            perceived=votes.get(utterance.id.partition("/")[2]),
            speaker_attributes=_person(actors.get(utterance.speaker, {})),
        )
        for utterance in corpus.utterances
    )
    notices = [*no_actors, *no_votes, *_gaps(corpus.root, utterances, actors, votes)]
    return Corpus(corpus.name, corpus.root, utterances, (*notices, *corpus.problems))


def _gaps(
    root: Path,
    utterances: Sequence[Utterance],
    actors: Mapping[str, object],
    votes: Mapping[str, object],
) -> Iterator[Problem]:
    """Notices about clips that the tables lack."""
    missing = sum(u.speaker not in actors for u in utterances)
    if actors and missing:
        lacking = f"lacks the actors of {missing} clips, so their sex is unknown"
        yield Problem(root, "notice", f"VideoDemographics.csv {lacking}")
    without_votes = sum(u.perceived is None for u in utterances)
    if votes and without_votes:
        lacking = f"lacks {without_votes} clips, so their votes are unknown"
        yield Problem(root, "notice", f"tabulatedVotes.csv {lacking}")


def _describe(path: Path) -> Utterance | Problem:
    name = _NAME.fullmatch(path.stem)
    if name is None:
        return RULE.problem(path)
    stem = f"{path.stem}X" if name["level"] == "X" else path.stem
    return Utterance(
        id=f"crema_d/{stem}",
        path=path,
        corpus="crema_d",
        speaker=name["actor"],
        emotion=_EMOTIONS[name["emotion"]],
        intensity=_LEVELS[name["level"]],
        sentence=_SENTENCES[name["sentence"]],
        attributes={"sentence_code": name["sentence"]},
    )


def _person(row: Mapping[str, str]) -> dict[str, str]:
    return {key.lower(): row[key] for key in ("Age", "Race", "Ethnicity") if key in row}


def _demographics(root: Path) -> tuple[dict[str, dict[str, str]], list[Problem]]:
    """Row of each actor, and a notice where the table is missing."""
    table = find_companion(root, (_DEMOGRAPHICS,))
    if table is None:
        missing = f"VideoDemographics.csv is not there, so sex and age are unknown: see {_SOURCE}"
        return {}, [Problem(root, "notice", missing)]
    columns = ("ActorID", "Age", "Sex", "Race", "Ethnicity")
    return {row["ActorID"]: row for row in read_rows(table, columns)}, []


def _voice_votes(root: Path) -> tuple[dict[str, dict[str, float]], list[Problem]]:
    """Clip → emotion → share of its voice-only votes, and a notice where the table is missing."""
    table = find_companion(root, _VOTE_TABLES)
    if table is None:
        missing = (
            f"tabulatedVotes.csv is not there, so the votes of listeners are unknown: {_SOURCE}"
        )
        return {}, [Problem(root, "notice", missing)]
    rows = read_rows(table, ("", "fileName", *_VOTES))
    voice = [row for row in rows if row[""].startswith("1")]
    try:
        shares = {row["fileName"]: _shares(row) for row in voice}
    except ValueError as error:
        raise CorpusError(
            f"{table}: a count of votes is no number ({error}): fetch it again"
        ) from error
    return {clip: share for clip, share in shares.items() if share is not None}, []


def _shares(row: Mapping[str, str]) -> dict[str, float] | None:
    counts = {emotion: int(row[letter]) for letter, emotion in _VOTES.items()}
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()} if total else None
