"""Settings of corpora, emotions and parts. Needs no torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.config import StrictConfig, parse_config, read_yaml
from emotion_classifier.corpora.readers import CorpusConfig
from emotion_classifier.corpora.splits import SpeakersConfig, SplitConfig
from emotion_classifier.emotions import LabelsConfig, Target
from emotion_classifier.runs.run_folder import RunFolder


class DataConfig(StrictConfig):
    """Corpora, emotions and parts."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Seed of everything random: split, weights, order, crops, dropout, bootstrap."""
    corpora: Annotated[tuple[CorpusConfig, ...], Field(min_length=1)]
    """Corpora to use together."""
    labels: LabelsConfig = LabelsConfig()
    """Emotions of the model."""
    target: Target = "intended"
    """Training target: the intended emotion, or the shares of the listeners' votes."""
    split: SplitConfig = SpeakersConfig()
    """Training, validation and test part of each corpus."""
    corpus_splits: dict[str, SplitConfig] = {}
    """Splits of single corpora by their name, instead of `split`."""


def saved_data_config(folder: RunFolder) -> DataConfig:
    """Corpora, emotions and parts of a run; its other settings are not read.

    Raises
    ------
    ConfigError
        The settings were altered and are wrong now.
    """
    written = read_yaml(folder.config).data
    chosen = {name: written[name] for name in DataConfig.model_fields if name in written}
    return parse_config(DataConfig, chosen, str(folder.config))
