"""Corpus readers, one per module; `CorpusConfig` is their registry."""

from typing import Annotated, TypeAlias

from pydantic import Field

from emotion_classifier.corpora.readers.crema_d import CremaDConfig
from emotion_classifier.corpora.readers.custom import CustomCorpusConfig
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
    | ToyConfig
    | CustomCorpusConfig,
    Field(discriminator="kind"),
]
"""Path and kind of a corpus; ``read()`` returns the `Corpus`."""

__all__ = [
    "CorpusConfig",
    "CremaDConfig",
    "CustomCorpusConfig",
    "EmodbConfig",
    "FoldersConfig",
    "RavdessConfig",
    "SaveeConfig",
    "TableConfig",
    "TessConfig",
    "ToyConfig",
]
