"""Models for publication: evaluated by folds of unseen speakers, then trained on all speakers.

On the training corpora the published weights are not evaluated themselves: no unseen speaker is left.
Their card has the scores of the same settings on unseen speakers. On corpora that are left out of the
training the published file itself is evaluated. Nothing is chosen after that.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import ConfigError, ModelFolderError, storage_errors
from emotion_classifier.evaluation.comparison import compare
from emotion_classifier.evaluation.report.tables import change_text
from emotion_classifier.experiments.cross_validation.cross_validation import cross_validate
from emotion_classifier.experiments.cross_validation.folds import with_a_fold
from emotion_classifier.experiments.cross_validation.left_out_corpora import leave_one_corpus_out
from emotion_classifier.experiments.data.load import DataConfig, RunData
from emotion_classifier.experiments.release.card import folds_card, with_left_out, with_turns
from emotion_classifier.experiments.release.compress import Weights, write_graph
from emotion_classifier.experiments.release.left_out import LeftOutPredictions, load_left_out
from emotion_classifier.experiments.release.train_on_all import train_on_all
from emotion_classifier.experiments.release.unseen_clips import (
    UnseenClips,
    clips_of_left_out_corpora,
    fit_clips,
    fit_recordings,
    validation_clips,
)
from emotion_classifier.experiments.train.calibration import Calibration
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import (
    ENCODER_LICENCE,
    GRAPH,
    SPECIFICATION,
    WEIGHTS,
    read_specification,
    write_specification,
)
from emotion_classifier.model_folder.pretraining_data import encoder_name, licence_warnings
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.models.encoders.licence import licence_name
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.storage import write_atomically
from emotion_classifier.training.fit import require_last_epoch


@dataclass(frozen=True)
class Publication:
    """The choices of a publication beside the settings of its training.

    Parameters
    ----------
    left_out : corpora on which the published file is evaluated; those of the training are skipped.
    weights : of the published file; None for 32 bits.
    encoder_licence : text that must travel with a pretrained encoder, which needs one.
    leave_one_corpus_out : whether temperature and thresholds are fitted on the training corpora, each
        predicted by a model that is trained on the others, instead of on the validation speakers. Where
        a split leaves its fold open, these models have the first.
    """

    left_out: DataConfig | None = None
    weights: Weights | None = None
    encoder_licence: Path | None = None
    leave_one_corpus_out: bool = False


def bundle(
    config: RunConfig,
    output: Path,
    publication: Publication = Publication(),
    *,
    root: Path = Path("runs"),
    progress: Report = ignore,
) -> Path:
    """Evaluate by folds, train on all speakers, and write a model folder for prediction with a card.

    Trainings of an earlier call with the same settings are not repeated; the measurements are.

    Parameters
    ----------
    config : its split has folds; its training keeps the last epoch.
    output : folder of the model, which is returned; a bundled model in it is replaced.
    publication : calibration, weights, licence and left-out corpora.
    root : of the runs: the folds are ``root/experiment/label-fold1`` and so on, the training on all
        speakers is ``root/experiment/label-all``.
    progress : receives progress, messages and the tables of scores.

    Raises
    ------
    ConfigError
        Settings that need a validation part, or statistics of speakers; no left-out corpus remains; a
        pretrained encoder without a licence; one corpus where each is to be left out.
    SplitError
        Each corpus is to be left out, and a split leaves open which speaker is tested.
    ModelFolderError
        `output` is the model folder of a run.
    """
    _require_suitable(config, output, publication)
    others, turns = None, None
    single = with_a_fold(config) if publication.leave_one_corpus_out else None
    if publication.left_out is not None:
        others = load_left_out(publication.left_out, config, config.input.build(), progress)
    validated = cross_validate(config, root=root, progress=progress)
    runs, data = validated.runs, validated.data
    unseen = validation_clips(runs, data)
    if single is not None:
        turns = leave_one_corpus_out(single, root=root, progress=progress)
        unseen = clips_of_left_out_corpora(turns, data)
    calibration = fit_clips(unseen, data, config.training.risk)
    for note in calibration.notes:
        progress(Progress(f"warning: {note}"))
    split = Split({utterance.id: "train" for utterance in data.utterances})
    final = train_on_all(_config_of_all(config), data, split, calibration, root, progress)
    specification = with_licence(
        _specification(config, final, calibration, unseen, data, progress),
        publication.encoder_licence,
    )
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _write_files(folder, final.model, publication)
        write_specification(folder, specification)
        published, found = Predictor.load(folder), None
        card = folds_card(config, runs, data, published, progress)
        if others is not None:
            found = others.predict(published, progress)
            card = with_left_out(card, found, config.seed)
        if turns is not None:
            card = with_turns(card, turns, data, config.seed)
        if publication.weights is not None:
            change = _weights_change(publication.weights, final.model, folder, found, progress)
            card = card.model_copy(update={"changes": (change,)})
        write_specification(folder, specification.model_copy(update={"card": card}))
        _publish(folder, output)
    return output


def _require_suitable(config: RunConfig, output: Path, publication: Publication) -> None:
    require_last_epoch(config.training)
    if config.model.standardisation.kind == "per_speaker":
        raise ConfigError(
            "model.standardisation.kind: per_speaker needs several clips of each speaker, which users "
            "do not have: choose per_bin"
        )
    encoder, licence = encoder_name(config.model.model_dump()), publication.encoder_licence
    if encoder is not None and licence is None:
        raise ConfigError(
            f"the encoder {encoder} is published with the model, and so must its licence be: name the "
            "file of its text with --encoder-licence"
        )
    if licence is not None and not licence.is_file():
        raise ConfigError(f"--encoder-licence: there is no file {licence}: name a text file")
    if publication.leave_one_corpus_out and len(config.corpora) < 2:
        raise ConfigError(
            "--leave-one-corpus-out needs at least two training corpora: leave the option out, and "
            "temperature and thresholds are fitted on the validation speakers"
        )
    if (output / WEIGHTS).exists():
        raise ModelFolderError(
            f"{output} is the model folder of a run: choose another one with --output"
        )


def _config_of_all(config: RunConfig) -> RunConfig:
    """The settings of the training on all speakers."""
    return config.of_fold("all").model_copy(update={"label": f"{config.label}-all"})


def _specification(
    config: RunConfig,
    final: RunFolder,
    calibration: Calibration,
    unseen: list[UnseenClips],
    data: RunData,
    progress: Report,
) -> ModelSpecification:
    """The specification of the published model, without a card."""
    progress(Progress("fitting the threshold of recordings"))
    threshold = fit_recordings(unseen, data, calibration.temperature)
    if threshold is None:
        message = (
            "no joined recording is predicted correctly: recordings get the threshold of clips"
        )
        progress(Progress(f"warning: {message}"))
    update = {
        "name": f"{config.experiment}-{config.label}",
        **calibration.fields,
        "recording_uncertain_below": threshold,
    }
    return without_folders(read_specification(final.model)).model_copy(update=update)


def _write_files(folder: Path, source: Path, publication: Publication) -> None:
    """Write the graph of a model folder with other weights, and the licence of its encoder."""
    write_graph(source / GRAPH, folder / GRAPH, publication.weights)
    if publication.encoder_licence is not None:
        shutil.copyfile(publication.encoder_licence, folder / ENCODER_LICENCE)


def _weights_change(
    weights: Weights, before: Path, after: Path, found: LeftOutPredictions | None, progress: Report
) -> str:
    """The sentence for the card about smaller weights: size, and score on the left-out corpora.

    Parameters
    ----------
    before, after : model folders.
    found : predictions of the smaller weights.
    """
    old, new = ((folder / GRAPH).stat().st_size / 1e6 for folder in (before, after))
    text = f"Weights of {weights}: {new:.2f} MB instead of {old:.2f}."
    if found is not None:
        unreduced = found.corpora.predict(Predictor.load(before), progress).predictions
        compared = compare({"fp32": unreduced, weights: found.predictions})
        change = change_text(compared.differences[0].estimates["uar"])
        text += f" UAR {change} points on {len(unreduced):,} clips of left-out corpora."
    return f"{text} Scores of folds and robustness are of weights of 32 bits."


def _publish(folder: Path, output: Path) -> None:
    """Put the files of a complete model folder into `output`, ``model.yaml`` last."""
    with storage_errors(output, "Choose another folder with --output."):
        output.mkdir(parents=True, exist_ok=True)
    for file in sorted(folder.iterdir(), key=lambda file: file.name == SPECIFICATION):
        write_atomically(output / file.name, file.read_bytes(), "Free some space and run again.")


def without_folders(specification: ModelSpecification) -> ModelSpecification:
    """The specification without the folder that its encoder was loaded from, which users lack."""
    encoder = specification.encoder
    if encoder is None or not Path(encoder.name).is_dir():
        return specification
    name = Path(encoder.name).absolute().name  # of a link the name that it has here
    frontend = {**specification.architecture["frontend"], "name": name}
    update = {
        "encoder": encoder.model_copy(update={"name": name}),
        "architecture": {**specification.architecture, "frontend": frontend},
        "notes": tuple(note.replace(encoder.name, name) for note in specification.notes),
    }
    return specification.model_copy(update=update)


def with_licence(specification: ModelSpecification, text: Path | None) -> ModelSpecification:
    """The specification with the name of the licence that is published, where its encoder stated none."""
    encoder = specification.encoder
    if text is None or encoder is None or encoder.licence is not None:
        return specification
    unknown = licence_warnings(encoder.name, None)
    update = {
        "encoder": encoder.model_copy(update={"licence": licence_name(text.read_text("utf-8"))}),
        "notes": tuple(note for note in specification.notes if note not in unknown),
    }
    return specification.model_copy(update=update)
