"""One corpus, one file; `CorpusConfig` is the list of them."""

from typing import Annotated, TypeAlias

from pydantic import Field

from emotion_classifier.corpora.readers.crema_d import CremaDConfig
from emotion_classifier.corpora.readers.emodb import EmodbConfig
from emotion_classifier.corpora.readers.folders import FoldersConfig
from emotion_classifier.corpora.readers.ravdess import RavdessConfig
from emotion_classifier.corpora.readers.savee import SaveeConfig
from emotion_classifier.corpora.readers.table import TableConfig
from emotion_classifier.corpora.readers.tess import TessConfig
from emotion_classifier.corpora.readers.toy import ToyConfig

CorpusConfig: TypeAlias = Annotated[
    RavdessConfig
    | CremaDConfig
    | TessConfig
    | SaveeConfig
    | EmodbConfig
    | TableConfig
    | FoldersConfig
    | ToyConfig,
    Field(discriminator="kind"),
]
"""Where a corpus lies and of which kind it is: ``read()`` gives the `Corpus`."""

__all__ = [
    "CorpusConfig",
    "CremaDConfig",
    "EmodbConfig",
    "FoldersConfig",
    "RavdessConfig",
    "SaveeConfig",
    "TableConfig",
    "TessConfig",
    "ToyConfig",
]
