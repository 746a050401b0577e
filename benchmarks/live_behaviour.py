"""How a stream behaves on audio without emotion, and when emotions follow each other.

    python benchmarks/live_behaviour.py ../shared/data/noise
    python benchmarks/live_behaviour.py ../shared/data/noise --run runs/bundled/default-fold1
    python benchmarks/live_behaviour.py ../shared/data/noise --minutes 1 --speakers 1 --run RUN

First, emotions per hour on noise, music, silence and read speech, as in the model card; the limit on
the first three is 5 per hour. The folder is in MUSAN layout.

Then, with the model of a run, the speakers of its test part, who are unseen by it: of each emotion in
random order some of a speaker's utterances, one after the other. The answer should change when the
emotion does, soon, and not in between: smoothing trades the one for the other.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.experiments.data.load import load_corpora, saved_data_config
from emotion_classifier.experiments.stress.false_emotions import (
    RATE,
    measure_false_emotions,
    mono,
)
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.smoothing import (
    ExponentialSmoothingConfig,
    MeanSmoothingConfig,
    SmoothingConfig,
)
from emotion_classifier.inference.streaming.stream import Stream, StreamConfig
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.units import Seconds, to_seconds

SMOOTHINGS: Mapping[str, SmoothingConfig] = {
    "none": MeanSmoothingConfig(windows=1),
    "exponential, newest 0.5 (the default)": ExponentialSmoothingConfig(newest_share=0.5),
    "exponential, newest 0.2": ExponentialSmoothingConfig(newest_share=0.2),
}


def main() -> None:
    """Print one table, and with a run a second one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sounds", type=Path, help="folder in MUSAN layout")
    parser.add_argument("--model", help="a model folder, a run, or the name of a bundled model")
    parser.add_argument("--minutes", type=float, default=60.0, help="of each kind of sound")
    parser.add_argument("--run", type=Path, help="whose model predicts its test speakers")
    parser.add_argument("--speakers", type=int, default=8, help="of the test part, at most")
    parser.add_argument("--utterances", type=int, default=5, help="of each emotion at a time")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    seconds, seed = 60 * arguments.minutes, arguments.seed
    print_emotions(Predictor.load(arguments.model), arguments.sounds, seconds, seed)
    if arguments.run is not None:
        talks = talks_of(arguments.run, arguments.speakers, arguments.utterances, seed)
        print_smoothings(Predictor.load(arguments.run), talks)


def print_emotions(predictor: Predictor, folder: Path, seconds: Seconds, seed: int) -> None:
    """Print the answers to audio without emotion; reading is there for comparison."""
    print("| sound | emotions per hour | share of the time | uncertain | no speech |")
    print("|---|---|---|---|---|")
    for one in measure_false_emotions(predictor, folder, seconds, seed):
        shares = (one.emotion_share, one.uncertain_share, one.no_speech_share)
        cells = " | ".join(f"{share:.1%}" for share in shares)
        print(f"| {one.sound} | {one.emotions_per_hour:.1f} | {cells} |", flush=True)


@dataclass(frozen=True, eq=False)
class Talk:
    """Utterances of one speaker, one after the other.

    Parameters
    ----------
    samples : (sample,) at `RATE`.
    emotions : when each begins, in order, and its name.
    """

    samples: Samples
    emotions: tuple[tuple[Seconds, str], ...]

    def emotion_at(self, seconds: Seconds) -> str:
        """The acted emotion at a time."""
        return next(name for start, name in reversed(self.emotions) if start <= seconds)


@dataclass(frozen=True)
class Behaviour:
    """Answers of a stream to talks, counted.

    Parameters
    ----------
    flips : changes of the answer.
    right : windows whose answer is the emotion that is shown at their end.
    delays : from each change of emotion that was followed before the next one, to its answer.
    changes : of emotion.
    """

    windows: int
    flips: int
    right: int
    delays: tuple[Seconds, ...]
    changes: int


def talks_of(run: Path, speakers: int, utterances: int, seed: int) -> list[Talk]:
    """A talk of each speaker of the test part of a run."""
    folder = RunFolder(run)
    model_input = Predictor.load(run).model.input
    data = load_corpora(saved_data_config(folder), model_input)
    by_speaker: defaultdict[str, list[Utterance]] = defaultdict(list)
    for one in data.part(Split.load(folder.split), "test"):
        by_speaker[one.speaker_id].append(one)
    generator = np.random.default_rng(seed)
    chosen = generator.permutation(sorted(by_speaker))[:speakers]
    return [talk_of(by_speaker[str(speaker)], utterances, generator) for speaker in chosen]


def talk_of(spoken: Sequence[Utterance], most: int, generator: np.random.Generator) -> Talk:
    """Some utterances of each emotion, the emotions in random order."""
    pieces: list[Samples] = []
    emotions: list[tuple[Seconds, str]] = []
    for emotion in generator.permutation(sorted({one.emotion for one in spoken})):
        emotions.append((to_seconds(sum(map(len, pieces)), RATE), str(emotion)))
        paths = [one.path for one in spoken if one.emotion == emotion]
        pieces += [mono(paths[index]) for index in generator.permutation(len(paths))[:most]]
    return Talk(np.concatenate(pieces), tuple(emotions))


def print_smoothings(predictor: Predictor, talks: Sequence[Talk]) -> None:
    """Print what each smoothing makes of the talks."""
    minutes = sum(to_seconds(len(talk.samples), RATE) for talk in talks) / 60
    print("\n| smoothing | flips per minute | delay, median | changes followed | windows right |")
    print("|---|---|---|---|---|")
    for name, smoothing in SMOOTHINGS.items():
        config = StreamConfig(smoothing=smoothing)
        every = [
            behaviour_of(Predictor(predictor.model, config).stream(RATE), talk) for talk in talks
        ]
        delays = [delay for one in every for delay in one.delays]
        changes = sum(one.changes for one in every)
        print(f"| {name} | {sum(one.flips for one in every) / minutes:.1f} | ", end="")
        print(f"{median(delays):.1f} s | " if delays else "none | ", end="")
        right = sum(one.right for one in every) / sum(one.windows for one in every)
        print(f"{len(delays) / changes:.0%} | {right:.0%} |", flush=True)
    print(
        f"\n{minutes:.1f} minutes of {len(talks)} speakers, in which the emotion changes", end=" "
    )
    print(f"{changes / minutes:.1f} times a minute.")


def behaviour_of(stream: Stream, talk: Talk) -> Behaviour:
    """Counts of the answers of a stream to a talk."""
    windows = stream.feed(talk.samples) + stream.flush()
    answers = [(one.end_seconds, one.smoothed.answer) for one in windows]
    starts = [start for start, _ in talk.emotions[1:]]
    delays = []
    for (start, name), end in zip(talk.emotions[1:], [*starts[1:], np.inf], strict=True):
        found = [when for when, answer in answers if start < when <= end and answer == name]
        delays += [found[0] - start] if found else []
    return Behaviour(
        windows=len(answers),
        flips=sum(one != other for (_, one), (_, other) in pairwise(answers)),
        right=sum(answer == talk.emotion_at(when) for when, answer in answers),
        delays=tuple(delays),
        changes=len(starts),
    )


if __name__ == "__main__":
    main()
