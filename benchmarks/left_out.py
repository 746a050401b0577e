"""The corpora of the recipe `corpora` that a model was not trained on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from emotion_classifier.config import parse_config, parse_yaml
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.data.load import DataConfig, RunData, load_corpora
from emotion_classifier.experiments.recipes import recipe_file
from emotion_classifier.inference.emotion_model import EmotionModel


def load_left_out(
    model: EmotionModel, folder: Path, names: Sequence[str] = ()
) -> tuple[RunData, dict[str, list[Utterance]]]:
    """The clips of all corpora, and the utterances of those that the model was not trained on, by corpus.

    Parameters
    ----------
    model : its training data names the corpora to leave out.
    folder : of the corpora.
    names : corpora to take instead.

    Raises
    ------
    ConfigError
        No corpus has one of these names.
    """
    text = recipe_file("corpora").read_text("utf-8").replace("path: data", f"path: {folder}")
    config = parse_config(DataConfig, parse_yaml(text, "corpora"), "corpora")
    data = load_corpora(config, model.input, known=model.labels)
    corpora = dict.fromkeys(utterance.corpus for utterance in data.utterances)
    if unknown := [name for name in names if name not in corpora]:
        raise ConfigError(f"no corpus is named {unknown[0]}: choose of {', '.join(corpora)}")
    trained = {one.corpus for one in model.specification.all_training_data}
    utterances: defaultdict[str, list[Utterance]] = defaultdict(list)
    for utterance in data.utterances:
        if utterance.corpus in names or (not names and utterance.corpus not in trained):
            utterances[utterance.corpus].append(utterance)
    return data, dict(utterances)
