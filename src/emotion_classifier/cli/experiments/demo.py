"""`emotion demo`: training and prediction on synthetic voices."""

from __future__ import annotations

import sys
from pathlib import Path

from emotion_classifier.cli.experiments.train import RunsOption
from emotion_classifier.cli.inference.options import InferenceOptions
from emotion_classifier.cli.inference.predict import predict
from emotion_classifier.cli.terminal import make_console, report_progress

SETTINGS = Path(__file__).with_name("demo.yml")


def demo(runs: RunsOption = Path("runs")) -> None:
    """Train on synthetic voices, evaluate on unseen ones, predict: needs no data, takes minutes.

    The voices are written to data/toy; the rest is an ordinary run below --runs.
    """
    console = make_console()
    with console.status("loading torch"):
        from emotion_classifier.config import load_config
        from emotion_classifier.experiments.train.config import RunConfig
        from emotion_classifier.experiments.train.run import train
        from emotion_classifier.runs.predictions_file import read_predictions

    config = load_config(RunConfig, SETTINGS)
    (settings,) = config.corpora
    with console.status("making synthetic voices"):
        corpus = settings.read()
    console.print(f"voices: {len(corpus.utterances)} clips in {corpus.root}")
    with report_progress() as progress:
        run = train(config, root=runs, progress=progress)

    console.print("\none clip of each emotion, from speakers of the test part:")
    scored = read_predictions(run.predictions)
    by_emotion = dict(zip(scored.true.tolist(), scored.files, strict=True))
    clips = [by_emotion[emotion] for emotion in sorted(by_emotion)]
    predict(InferenceOptions(model=str(run.model)), clips)
    console.print(
        f"\nlisten:   {clips[0]} and the others in {corpus.root}\n"
        f"run:      {run.path}\n"
        f"report:   {run.path / 'report.html'}\n"
        f"model:    {run.model}\n"
        f"predict:  {sys.argv[0]} predict FILE --model {run.path}",
        highlight=False,
    )
