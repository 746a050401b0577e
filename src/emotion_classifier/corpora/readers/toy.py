"""The built-in corpus of synthetic voices, made on the first read.

It lets the demonstration and the tests run without a download. A name is speaker and sex,
emotion, sentence and take: ``01f_happy_s2_03.wav``. Its parameters are in ``toy.json``;
it is made again only if these differ or files are missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.config import StrictConfig
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.readers.naming import NamingRule, read_named_files
from emotion_classifier.corpora.utterance import Sex, Utterance
from emotion_classifier.emotions import CANONICAL_EMOTIONS
from emotion_classifier.errors import CorpusError, StorageError, storage_errors
from emotion_classifier.storage import expanded
from emotion_classifier.units import Hertz

SAMPLE_RATE: Hertz = 16_000
_RECIPE = "toy.json"
RULE = NamingRule(
    "the toy corpus",
    "speaker and sex, emotion, sentence, take",
    "01f_happy_s2_03.wav",
    companions=(_RECIPE,),
)
_NAME = re.compile(
    rf"(?P<speaker>\d{{2,}})(?P<sex>[fm])_(?P<emotion>{'|'.join(CANONICAL_EMOTIONS)})"
    rf"_s(?P<sentence>[1-{len(TOY_SENTENCES)}])_(?P<take>\d{{2,}})"
)
# Raise it when the synthesis changes, so that old folders are made again.
_VERSION = 1
_REMEDY = "Free some space, or set path to another folder."


@dataclass(frozen=True)
class ToyRecipe:
    """Parameters of a toy corpus: equal parameters give equal samples.

    Parameters
    ----------
    speakers : number of voices; every second voice is male.
    clips_per_emotion : of each speaker, for each emotion.
    emotions : canonical names.
    seed : of the voices and of the variation between clips.
    """

    speakers: int
    clips_per_emotion: int
    emotions: tuple[str, ...]
    seed: int

    def clips(self) -> list[_ToyClip]:
        """Every clip of the corpus."""
        return [
            _ToyClip(speaker, emotion, take)
            for speaker in range(1, self.speakers + 1)
            for emotion in self.emotions
            for take in range(1, self.clips_per_emotion + 1)
        ]


@dataclass(frozen=True)
class _ToyClip:
    speaker: int
    emotion: str
    take: int

    @property
    def sex(self) -> Sex:
        return "female" if self.speaker % 2 else "male"

    @property
    def sentence(self) -> int:
        """Its number, from 1: speakers go through the sentences in turn."""
        return (self.take - 1) % len(TOY_SENTENCES) + 1

    @property
    def file_name(self) -> str:
        voice = f"{self.speaker:02d}{self.sex[0]}"
        return f"{voice}_{self.emotion}_s{self.sentence}_{self.take:02d}.wav"


class ToyConfig(StrictConfig):
    """Synthetic voices that are made on the first read: needs no download."""

    licence: ClassVar[str] = "MIT, made by this package"
    language: ClassVar[None] = None
    speech: ClassVar[str] = "synthetic voices"
    kind: Literal["toy"] = "toy"
    """Kind of corpus."""
    path: Path
    """Folder to make it in; it may hold nothing else."""
    speakers: Annotated[int, Field(ge=1, le=1000)] = 20
    """Voices, half of them female."""
    clips_per_emotion: Annotated[int, Field(ge=1, le=1000)] = 4
    """Clips of each speaker for each emotion."""
    emotions: Annotated[tuple[str, ...], Field(min_length=1)] = CANONICAL_EMOTIONS
    """Canonical emotions that the voices express."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the voices; another one gives other speakers."""

    def read(self) -> Corpus:
        """The corpus, made in `path` if it is not there yet."""
        recipe = ToyRecipe(self.speakers, self.clips_per_emotion, self.emotions, self.seed)
        return read_toy(self.path, recipe)


def read_toy(root: Path, recipe: ToyRecipe) -> Corpus:
    """The toy corpus in the folder `root`, made there from `recipe` where it is not there yet.

    Raises
    ------
    CorpusError
        An emotion is not canonical or is listed twice, or `root` has other files.
    StorageError
        The disk is full or may not be written.
    """
    root = expanded(root)
    _check_emotions(recipe.emotions)
    if not _is_made(root, recipe):
        _check_replaceable(root)
        _make(root, recipe)
    return read_named_files(root, "toy", RULE, _describe)


def _describe(path: Path) -> Utterance | Problem:
    name = _NAME.fullmatch(path.stem)
    if name is None:
        return RULE.problem(path)
    return Utterance(
        id=f"toy/{path.stem}",
        path=path,
        corpus="toy",
        speaker=name["speaker"],
        emotion=name["emotion"],
        sex="female" if name["sex"] == "f" else "male",
        sentence=TOY_SENTENCES[int(name["sentence"]) - 1],
        attributes={"take": name["take"]},
    )


def _check_emotions(emotions: Sequence[str]) -> None:
    unknown = sorted(set(emotions) - set(CANONICAL_EMOTIONS))
    if unknown or len(set(emotions)) < len(emotions):
        fault = f"unknown {', '.join(unknown)}" if unknown else "a name is listed twice"
        raise CorpusError(
            f"the emotions of the toy corpus are {', '.join(emotions)}: {fault}; choose each once "
            f"from {', '.join(CANONICAL_EMOTIONS)}"
        )


def _written(recipe: ToyRecipe) -> str:
    return json.dumps({"version": _VERSION, "sample_rate": SAMPLE_RATE, **asdict(recipe)}, indent=2)


def _is_made(root: Path, recipe: ToyRecipe) -> bool:
    try:
        known = (root / _RECIPE).read_text(encoding="utf-8")
        present = {path.name for path in root.iterdir()}
    except (OSError, UnicodeDecodeError):
        return False
    return known == _written(recipe) and present.issuperset(one.file_name for one in recipe.clips())


def _check_replaceable(root: Path) -> None:
    """Raise if `root` has other files, because they would be lost."""
    if root.exists() and not root.is_dir():
        raise CorpusError(f"{root} is a file, but the toy corpus is made in a folder: name another")
    for path in sorted(root.iterdir()) if root.exists() else ():
        is_toy = path.suffix == ".wav" and _NAME.fullmatch(path.stem)
        if not is_toy and path.name != _RECIPE and not path.name.startswith("."):
            raise CorpusError(
                f"{root} holds {path.name}, but the toy corpus is made in a folder of its own: "
                "set path to a new folder"
            )


def _make(root: Path, recipe: ToyRecipe) -> None:
    """Make the corpus beside `root` and put it there as a whole."""
    try:
        with storage_errors(root, _REMEDY):
            root.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=f".{root.name}-", dir=root.parent) as temporary:
                fresh = Path(temporary, "new")
                fresh.mkdir()
                _write_clips(fresh, recipe)
                (fresh / _RECIPE).write_text(_written(recipe), encoding="utf-8")
                if root.exists():
                    root.rename(Path(temporary, "old"))
                fresh.rename(root)
    except (OSError, StorageError):
        if not _is_made(root, recipe):  # by another process in the meantime
            raise


def _write_clips(folder: Path, recipe: ToyRecipe) -> None:
    voices: dict[int, ToySpeaker] = {}
    for clip in recipe.clips():
        # Generators of their own, so that a voice stays the same in a larger corpus.
        if clip.speaker not in voices:
            drawn = np.random.default_rng((recipe.seed, clip.speaker))
            voices[clip.speaker] = ToySpeaker.draw(clip.sex, drawn)
        key = (clip.speaker, CANONICAL_EMOTIONS.index(clip.emotion), clip.take)
        generator = np.random.default_rng((recipe.seed, *key))
        sentence = TOY_SENTENCES[clip.sentence - 1]
        samples = synthesise(
            voices[clip.speaker], clip.emotion, sentence, generator, sample_rate=SAMPLE_RATE
        )
        write_wav(folder / clip.file_name, samples, SAMPLE_RATE)
