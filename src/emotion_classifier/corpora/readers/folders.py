"""A corpus that has a folder for each emotion."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.corpora.corpus import Corpus, Problem, assemble, without_suffix
from emotion_classifier.corpora.readers.labels import emotion_of_label, resolve_labels
from emotion_classifier.corpora.readers.tree import read_folder
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import CorpusError

_EXAMPLE = "angry/anna_01.wav"


def _checked_pattern(pattern: str | None) -> str | None:
    """`pattern` where it is a regular expression with a group."""
    if pattern is not None:
        try:
            _compile(pattern)
        except CorpusError as error:
            raise ValueError(str(error)) from error
    return pattern


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise CorpusError(
            f"speaker_pattern {pattern!r} is no regular expression: {error}"
        ) from error
    if not compiled.groups:
        raise CorpusError(
            f"speaker_pattern {pattern!r} has no group: put the part that names the speaker in parentheses, "
            r"for example ^[^/]+/([a-z]+)_\d+"
        )
    return compiled


class FoldersConfig(StrictConfig):
    """A folder for each emotion."""

    speech: ClassVar[None] = None
    kind: Literal["folders"] = "folders"
    """Kind of corpus."""
    path: Path
    """Folder that holds the folders of the emotions, at any depth."""
    name: Annotated[str, Field(min_length=1, pattern=r"^[^/]+$")] = "folders"
    """Name of the corpus, which begins the id of each clip."""
    licence: Annotated[str, Field(min_length=1)] = "unknown"
    """Licence of the corpus, which the model folder and the report repeat."""
    language: Annotated[str, Field(min_length=1)] | None = None
    """Language that is spoken in it, which the model folder repeats; null where it is not known."""
    speaker_pattern: Annotated[str | None, AfterValidator(_checked_pattern)]
    r"""Regular expression, searched in a clip's path below `path`, whose first group is the speaker:
    `^[^/]+/([a-z]+)_\d+` finds anna in angry/anna_01.wav. None counts every clip as a speaker of its
    own, so that speakers may leak."""
    emotions: dict[str, str] = {}
    """Folder → emotion, for folders without a common meaning, for example `{excited: happy}`."""

    def read(self) -> Corpus:
        """The corpus in the folder `path`."""
        return read_folders(
            self.path,
            name=self.name,
            speaker_pattern=self.speaker_pattern,
            emotions=self.emotions,
        )


def read_folders(
    root: Path,
    *,
    speaker_pattern: str | None,
    name: str = "folders",
    emotions: Mapping[str, str] | None = None,
) -> Corpus:
    """Corpus of the audio files in folders that are named by emotions.

    The emotion of a clip is the folder between `root` and the clip that names an emotion; other
    folders (speakers, sessions) are allowed. So are links, unless they give a clip a second emotion.

    Parameters
    ----------
    root : folder of the corpus.
    speaker_pattern : regular expression whose first group, searched in the path below `root`, is
        the speaker; None counts every clip as a speaker of its own.
    name : of the corpus.
    emotions : folder → emotion, for folders without a common meaning.

    Raises
    ------
    CorpusError
        A pattern that is no regular expression with a group, no such folder, no audio in it,
        folders that name no emotion, no file that can be used, or one in folders of two emotions.
    """
    pattern = _compile(speaker_pattern) if speaker_pattern is not None else None
    folder = read_folder(root, _EXAMPLE)
    root = folder.root
    mapping = emotions or {}
    relative = {path: path.relative_to(root) for path in folder.audio}
    labels = {path: _labels(below.parts[:-1], mapping) for path, below in relative.items()}
    counts = Counter(label for names in labels.values() for label in names)
    meanings = resolve_labels(counts, mapping, str(root))
    clips = [
        _clip(path, relative[path].as_posix(), name, {meanings[label] for label in names}, pattern)
        for path, names in labels.items()
    ]
    utterances = [clip for clip in clips if isinstance(clip, Utterance)]
    problems = [clip for clip in clips if isinstance(clip, Problem)]
    if not utterances:
        raise CorpusError(
            f"{root}: none of its {len(clips)} audio files can be used, expected such as "
            f"{_EXAMPLE}; {relative[problems[0].path]} {problems[0].message}"
        )
    folder.require_one_emotion(lambda path: _emotions(path.relative_to(root), mapping))
    notices = [] if pattern else [_speakers_unknown(root)]
    return assemble(name, root, utterances, [*notices, *problems, *folder.problems()])


def _labels(folders: tuple[str, ...], mapping: Mapping[str, str]) -> list[str]:
    """The folders that name an emotion; else the first folder, which is then reported as unknown."""
    known = [folder for folder in folders if emotion_of_label(folder, mapping) is not None]
    return known or list(folders[:1])


def _emotions(relative: Path, mapping: Mapping[str, str]) -> set[str]:
    found = (emotion_of_label(name, mapping) for name in relative.parts)
    return {emotion for emotion in found if emotion is not None}


def _clip(
    path: Path, relative: str, name: str, emotions: set[str], pattern: re.Pattern[str] | None
) -> Utterance | Problem:
    if len(emotions) != 1:
        fault = (
            f"is in folders of {' and '.join(sorted(emotions))}" if emotions else "is in no folder"
        )
        return Problem(
            path, "label", f"{fault}, but exactly one folder must name its emotion: move it"
        )
    key = without_suffix(relative)
    speaker = key
    if pattern is not None:
        match = pattern.search(relative)
        if match is None or not match[1]:
            return Problem(
                path,
                "speaker",
                f"speaker_pattern {pattern.pattern!r} finds no speaker in {relative!r}: "
                "correct the pattern or the name",
            )
        speaker = match[1]
    (emotion,) = emotions
    return Utterance(id=f"{name}/{key}", path=path, corpus=name, speaker=speaker, emotion=emotion)


def _speakers_unknown(root: Path) -> Problem:
    return Problem(
        root,
        "notice",
        "speaker_pattern is null and every clip counts as a speaker of its own: the same voice may "
        "be in the training and the test part, and scores may be too good",
    )
