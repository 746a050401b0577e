"""The rule for recordings of several windows: its threshold, fitted and written, and its effect.

    python benchmarks/recordings.py ../shared/data                              # the effect as it is
    python benchmarks/recordings.py ../shared/data --model crema_d --write      # fit, write, and the effect

Corpora that the model was trained on are left out. `make bundled-model` does it for both models.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from emotion_classifier.config import parse_config
from emotion_classifier.emotions.prediction import UNCERTAIN
from emotion_classifier.experiments.data.load import DataConfig, load_corpora
from emotion_classifier.experiments.release.recordings import (
    PredictedRecording,
    predict_recordings,
    recording_threshold,
    score_recordings,
)
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import read_specification, write_specification

CORPORA = {
    "ravdess": {"kind": "ravdess", "path": "ravdess"},
    "crema_d": {"kind": "crema_d", "path": "crema-d"},
    "emodb": {"kind": "emodb", "path": "emodb"},
    "tess": {"kind": "tess", "path": "tess"},
    "nemo": {"kind": "table", "name": "nemo", "path": "nemo/nemo.csv"},
    "emovo": {"kind": "table", "name": "emovo", "path": "emovo/emovo.csv"},
}


def main() -> None:
    """Print a line for each corpus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("--model", help="a model folder, or the name of a bundled model")
    parser.add_argument("--write", action="store_true", help="fit the threshold and write it")
    arguments = parser.parse_args()
    folder = model_folder(arguments.model)
    predicted = predict(folder, arguments.data)
    specification = read_specification(folder)
    if arguments.write:
        threshold = round(recording_threshold(predicted), 4)
        update = {"recording_uncertain_below": threshold}
        write_specification(folder, specification.model_copy(update=update))
        predicted = [one.with_threshold(threshold) for one in predicted]
    print_scores(folder, predicted)


def predict(folder: Path, data: Path) -> list[PredictedRecording]:
    """The joined recordings of all corpora that the model was not trained on."""
    predictor = Predictor.load(folder, threads=1)
    trained = {one.corpus for one in predictor.specification.all_training_data}
    corpora = [
        {**corpus, "path": str(data / corpus["path"])}
        for name, corpus in CORPORA.items()
        if name not in trained
    ]
    config = parse_config(DataConfig, {"corpora": corpora}, "benchmarks/recordings.py")
    return predict_recordings(predictor, load_corpora(config, predictor.model.input))


def print_scores(folder: Path, predicted: list[PredictedRecording]) -> None:
    """Print the threshold and its effect on each corpus."""
    threshold = read_specification(folder).recording_uncertain_below
    print(f"{folder.name}: confidence from which a recording has an emotion: {threshold}")
    print("| corpus | recordings | with an emotion | of these correct | mixed, with an emotion |")
    print("|---|---|---|---|---|")
    for score in score_recordings(predicted):
        shares = (f"{share:.0%}" for share in score[2:])
        print(f"| {score.corpus} | {score.recordings} | {' | '.join(shares)} |")
    uncertain = sum(one.prediction.answer == UNCERTAIN for one in predicted)
    print(f"\n{len(predicted)} recordings, {uncertain} of them uncertain.")


if __name__ == "__main__":
    main()
