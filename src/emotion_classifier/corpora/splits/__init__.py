"""Training, validation and test part: speaker-disjoint, checked, saved to a file."""

from typing import Annotated, TypeAlias

from pydantic import Field

from emotion_classifier.corpora.splits.file import FileConfig
from emotion_classifier.corpora.splits.k_fold import KFoldConfig
from emotion_classifier.corpora.splits.leaks import Leak, find_leaks
from emotion_classifier.corpora.splits.leave_one_speaker_out import LeaveOneSpeakerOutConfig
from emotion_classifier.corpora.splits.make import make_split
from emotion_classifier.corpora.splits.published import PublishedConfig
from emotion_classifier.corpora.splits.random_clips import RandomClipsConfig
from emotion_classifier.corpora.splits.sentences import SentencesConfig
from emotion_classifier.corpora.splits.settings import SplitSettings
from emotion_classifier.corpora.splits.speakers import SpeakersConfig
from emotion_classifier.corpora.splits.split import PARTS, Part, Split
from emotion_classifier.corpora.splits.thinning import thin_training
from emotion_classifier.corpora.splits.whole_corpus import WholeCorpusConfig

SplitConfig: TypeAlias = Annotated[
    SpeakersConfig
    | KFoldConfig
    | LeaveOneSpeakerOutConfig
    | SentencesConfig
    | PublishedConfig
    | WholeCorpusConfig
    | FileConfig
    | RandomClipsConfig,
    Field(discriminator="kind"),
]

__all__ = [
    "PARTS",
    "FileConfig",
    "KFoldConfig",
    "Leak",
    "LeaveOneSpeakerOutConfig",
    "Part",
    "PublishedConfig",
    "RandomClipsConfig",
    "SentencesConfig",
    "SpeakersConfig",
    "Split",
    "SplitConfig",
    "SplitSettings",
    "WholeCorpusConfig",
    "find_leaks",
    "make_split",
    "thin_training",
]
