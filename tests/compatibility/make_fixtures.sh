#!/usr/bin/env bash
# Make the folder data/: the files that commit 839fff1 writes. Run by that commit only:
#
#   git worktree add ../before 839fff1
#   PYTHONPATH=../before/src tests/compatibility/make_fixtures.sh EMPTY_FOLDER
#
# Everything is written with relative paths, so no path of the machine is in the files. The toy
# corpus is synthetic and not kept: the tests make it again.
set -eu
mkdir -p "$1" && cd "$1"
export EMOTION_CACHE=cache OMP_NUM_THREADS=1
emotion() { python -c 'import sys; sys.argv[0] = "emotion"; from emotion_classifier.cli import main; main()' "$@"; }

mkdir -p settings
cat > settings/tiny.yml <<'YAML'
experiment: toy
label: tiny
corpora:
  - {kind: toy, path: corpus, speakers: 6, clips_per_emotion: 1, emotions: [angry, happy, sad]}
split: {kind: k_fold, folds: 3, fold: 1}
input: {sample_rate: 8000, seconds: 3.0}
model:
  frontend: {kind: log_mel, mels: 8, n_fft: 256, hop_length: 128}
  standardisation: {kind: per_bin}
  spec_augment: {}
  network: {kind: cnn, channels: [4, 4], embedding: 4, dropout: 0.0}
training: {epochs: 12, batch_size: 4, learning_rate: 0.05, label_smoothing: 0.0, precision: fp32, keep: last}
keep_misclassified: 0
YAML

# A finished fold; a model with statistics of speakers; one of 8 bits.
emotion cross-validate settings/tiny.yml --fold 1
emotion train settings/tiny.yml label=speakers model.standardisation.kind=per_speaker
mkdir -p models && cp -r runs/toy/speakers/model models/per_speaker
emotion export runs/toy/tiny-fold1 --int8 -o models/int8

# A run that is killed before it writes the checkpoint of its sixth epoch.
cat > stopped.py <<'PYTHON'
import os, re, signal, sys

pattern, left = re.compile(sys.argv.pop(1)), int(sys.argv.pop(1))


def hook(event, details):
    global left
    if event in ("os.rename", "os.mkdir") and pattern.search(str(details[event == "os.rename"])):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


sys.addaudithook(hook)
sys.argv[0] = "emotion"
from emotion_classifier.cli import main

main()
PYTHON
python stopped.py 'last\.ckpt$' 6 train settings/tiny.yml label=interrupted || true

# A model with a tiny pretrained encoder, included and left out.
python - <<'PYTHON'
from pathlib import Path

from emotion_classifier.testing import encoders

encoders._WIDTH = 8
encoders.tiny_checkpoint(Path("encoder"), "hubert", layers=1)
PYTHON
emotion train settings/tiny.yml label=encoder input.sample_rate=16000 \
  "model={frontend: {kind: encoder, name: ./encoder}, network: {kind: mlp, hidden: [4]}}" \
  training.epochs=4
cp -r runs/toy/encoder/model models/encoder
emotion export models/encoder --without-encoder -o models/without_encoder

# Rows of a prediction, whole, and as an interruption leaves them: the third row is torn.
mkdir rows rows_interrupted
for form in csv jsonl; do
  emotion predict corpus/04m_*.wav --model runs/toy/tiny-fold1 --no-activity -o rows/rows.$form
  cp rows/rows.$form.origin.json rows_interrupted
  head -c -40 rows/rows.$form > rows_interrupted/rows.$form
done

# Settings: a split, every option of inference, and every kind of part of a run with every option.
emotion corpus split settings/tiny.yml -o settings/split.csv
python - <<'PYTHON'
from pathlib import Path
from typing import get_args

from emotion_classifier import InferenceConfig
from emotion_classifier.config import StrictConfig, dump_config
from emotion_classifier.experiments.config import RunConfig

stream = {"window_seconds": 2.0, "hop_seconds": 0.5, "onset": None, "tone_seconds": 20.0}
stream |= {"uncertain_below": 1.0, "smoothing": {"kind": "exponential", "newest_share": 0.25}}
settings = {"model": "runs/toy/tiny-fold1", "maximum_seconds": 30.0, "stream": stream}
file = Path("settings/inference_config.yml")
file.write_text(dump_config(InferenceConfig.model_validate(settings)))

REQUIRED = {"path": "data/x", "speaker_pattern": "/(.+)_", "fold": 1, "speaker": "toy/01"}
WITHIN = {
    "corpora": "corpora=[%s]",
    "augmentation.chain": "augmentation={chain: [%s]}",
    "model.frontend": "model={frontend: %s}",
    "model.frontend.tuning": "model={frontend: {kind: encoder, name: x/y, tuning: %s}}",
    "model.network": "model={network: %s}",
    "model.network.pooling": "model={network: {kind: cnn, pooling: %s}}",
}


def classes(annotation):
    if isinstance(annotation, type) and issubclass(annotation, StrictConfig):
        return [annotation]
    return [found for part in get_args(annotation) for found in classes(part)]


def collect(config, path):
    for name, field in config.model_fields.items():
        here = f"{path}.{name}".lstrip(".")
        for found in classes(field.annotation):
            if "kind" in found.model_fields or type(None) in get_args(field.annotation):
                yield here, found
            yield from collect(found, here)


def default(path, found):
    """Settings of a class, all written out."""
    values = {n: REQUIRED.get(n) for n, f in found.model_fields.items() if f.is_required()}
    if "name" in values:
        values["name"] = "x/y" if path == "model.frontend" else "cremad_emobox"
    return found.model_validate(values).model_dump_json()


lines = {
    f"{WITHIN.get(path, path + '=%s') % default(path, found)}\n"
    for path, found in collect(RunConfig, "")
    if not path.startswith(("corpus_splits", "augmentation.per_emotion", "augmentation.chain."))
}
Path("settings/parts.txt").write_text("".join(sorted(lines)))
PYTHON

# What the models answer to two waveforms that are shorter than their clips; see conftest.py.
mkdir expected
python - <<'PYTHON'
import json
import wave
from pathlib import Path

import numpy as np

from emotion_classifier import load

MODELS = ["runs/toy/tiny-fold1", "models/int8", "models/per_speaker", "models/encoder"]
generator = np.random.default_rng(0)
noise = generator.integers(-4000, 4000, 16_000)
signals = {"noise.wav": noise, "rumble.wav": np.cumsum(noise[::-1]) // 64}
for name, samples in signals.items():
    with wave.open(name, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples.clip(-30_000, 30_000).astype("<i2").tobytes())
found = {
    model: {n: list(map(float, load(model).predict(n).probabilities)) for n in signals}
    for model in MODELS
}
Path("expected/probabilities.json").write_text(json.dumps(found, indent=2) + "\n")
PYTHON
emotion evaluate models/per_speaker settings/tiny.yml --part all -o evaluated
cp evaluated/predictions.csv expected/per_speaker_predictions.csv
cp runs/toy/encoder/history.csv expected/encoder_history.csv
emotion train settings/tiny.yml label=later training.epochs=1 \
  pretrained_weights.path=runs/toy/tiny-fold1
cp runs/toy/later/history.csv expected/later_history.csv

# Keep what commands read again: no corpus, no pictures and pages, nothing of the machine.
rm -r corpus evaluated runs/toy/{speakers,later} *.wav stopped.py
rm -r runs/toy/*/tensorboard
rm -r runs/toy/encoder/{model,checkpoints,history.csv,predictions.csv,report.*} cache/v1/{paths,16000hz*}
rm runs/toy/*/{environment.json,confusion.gif,report.html} runs/toy/*/checkpoints/.*.tmp || true
rm runs/toy/tiny-fold1/checkpoints/*.ckpt
ls -S $(find cache -name '*.f32') | head -n -2 | while read -r file; do rm "$file" "${file%.f32}.json"; done
ls -S $(find cache -name '*.states') | head -n -3 | xargs rm
find . -type d -empty -delete
