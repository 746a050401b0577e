"""A corpus read by a function from outside the package."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from emotion_classifier.config import CustomPart
from emotion_classifier.corpora.corpus import Corpus
from emotion_classifier.errors import CorpusError


class CustomCorpusConfig(CustomPart):
    """A reader of your own: `target` is called with `options` and returns a `Corpus`.

    Its contract is `emotion_classifier.testing.corpora.check_reader`.
    """

    speech: ClassVar[None] = None
    licence: Annotated[str, Field(min_length=1)] = "unknown"
    """Licence of the corpus, which the model folder and the report repeat."""
    language: Annotated[str, Field(min_length=1)] | None = None
    """Language that is spoken in it, which the model folder repeats; null where it is not known."""

    def read(self) -> Corpus:
        """The corpus that the target returns.

        Raises
        ------
        ConfigError
            The target cannot be imported or called.
        CorpusError
            It returns something else than a corpus with utterances.
        """
        corpus = self.build()
        if not isinstance(corpus, Corpus) or not corpus.utterances:
            found = "no utterances" if isinstance(corpus, Corpus) else type(corpus).__name__
            raise CorpusError(
                f"{self.target} returned {found}: a reader returns a "
                f"{Corpus.__module__}.{Corpus.__name__} with at least one utterance"
            )
        return corpus
