"""The effect of the threshold of recordings of several windows on corpora that a model was not trained on.

    python -m benchmarks.recordings ../shared/data
    python -m benchmarks.recordings ../shared/data --model crema_d

`emotion bundle` fits the threshold on speakers of the training corpora.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.left_out import load_left_out

from emotion_classifier.emotions.prediction import UNCERTAIN
from emotion_classifier.experiments.release.recordings import (
    PredictedRecording,
    predict_recordings,
    score_recordings,
)
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import read_specification


def main() -> None:
    """Print a line for each corpus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("--model", help="a model folder, or the name of a bundled model")
    arguments = parser.parse_args()
    folder = model_folder(arguments.model)
    print_scores(folder, predict(folder, arguments.data))


def predict(folder: Path, data: Path) -> list[PredictedRecording]:
    """The joined recordings of all corpora that the model was not trained on."""
    predictor = Predictor.load(folder, threads=1)
    loaded, corpora = load_left_out(predictor.model, data)
    utterances = [one for own in corpora.values() for one in own]
    return predict_recordings(predictor, utterances, loaded.clips)


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
