"""Corpora whose file names hold all labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.corpora.corpus import Corpus, Problem, assemble
from emotion_classifier.corpora.readers.tree import read_folder
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import CorpusError


@dataclass(frozen=True)
class NamingRule:
    """The naming of files in a corpus, for messages.

    Parameters
    ----------
    corpus : name as its authors write it.
    rule : the parts of a name in words.
    example : a file of the corpus with its usual folder.
    companions : names of the tables beside the recordings.
    preferred_folder : of two recordings with equal names, that in a folder of this name is used.
    """

    corpus: str
    rule: str
    example: str
    companions: tuple[str, ...] = ()
    preferred_folder: str = ""

    def problem(self, path: Path) -> Problem:
        """The problem of a file with another name."""
        return Problem(
            path,
            "name",
            f"is not named as {self.corpus} names its files ({self.rule}, for example "
            f"{Path(self.example).name}): correct the name, or move the file out of the corpus",
        )


def read_named_files(
    root: Path, name: str, rule: NamingRule, describe: Callable[[Path], Utterance | Problem]
) -> Corpus:
    """Corpus of the audio files anywhere under `root`.

    Parameters
    ----------
    root : folder of the corpus.
    name : of the corpus.
    rule : how files are named there.
    describe : from a path to its utterance, or to the problem of its name.

    Raises
    ------
    CorpusError
        No such folder, no audio in it, no file that follows the rule, or one with two emotions.
    """
    folder = read_folder(root, rule.example)
    root, files = folder.root, folder.audio

    def emotions(path: Path) -> list[str]:
        described = describe(path)
        return [described.emotion] if isinstance(described, Utterance) else []

    described = [describe(path) for path in files]
    utterances = [item for item in described if isinstance(item, Utterance)]
    problems = [item for item in described if isinstance(item, Problem)]
    if not utterances:
        raise CorpusError(
            f"{root}: none of its {len(files)} audio files belongs to {rule.corpus}, which "
            f"names them {rule.rule}, for example {rule.example}; the first here is "
            f"{files[0].relative_to(root)}: {problems[0].message}. Is this the folder of "
            f"{rule.corpus}? For other names use the corpus kinds `table` or `folders`"
        )
    folder.require_one_emotion(emotions)
    return assemble(
        name,
        root,
        utterances,
        [*problems, *folder.problems(rule.companions)],
        preferred_folder=rule.preferred_folder,
    )
