"""A report made again from the files of its folder: without audio, without the model, without torch.

The predictions are scored anew. What needs audio or the evaluation itself (baselines fitted on the training
part, hashes of the audio, speed) is taken from the earlier ``report.json``, where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from emotion_classifier.config import read_yaml
from emotion_classifier.emotions import Target
from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.baselines import DURATION_ONLY, MAJORITY, Baseline
from emotion_classifier.evaluation.report.earlier import EarlierReport, read_earlier
from emotion_classifier.evaluation.report.page import write_report
from emotion_classifier.evaluation.report.provenance import CorpusFacts, Efficiency, Provenance
from emotion_classifier.evaluation.report.report import Report, doubts, is_doubt, make_report
from emotion_classifier.evaluation.report.robustness import read_robustness
from emotion_classifier.experiments.data.load import saved_data_config
from emotion_classifier.experiments.evaluate.report_facts import (
    corpus_temperature,
    file_hashes,
    model_facts,
    report_origin,
    selection_text,
)
from emotion_classifier.model_folder.folder import GRAPH, SPECIFICATION, read_unchecked
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder

_TRIVIAL = (MAJORITY, DURATION_ONLY)


def rebuild_report(path: Path) -> Report:
    """The report of a folder, written into it anew; `Provenance.not_rebuilt` names what is not new.

    Parameters
    ----------
    path : of a run, a cross-validation (``LABEL-folds``) or the output of `emotion evaluate`.

    Raises
    ------
    RunError
        The folder is missing or has no predictions, or a file in it is damaged.
    EvaluationError
        The predictions or the earlier report cannot be read.
    """
    run = RunFolder(path)
    _require_predictions(run)
    sources = _Sources(run, read_earlier(run.report))
    report = _with_trivial_baselines(_score(sources), sources.earlier)
    report = replace(report, robustness=read_robustness(path))
    write_report(report, path)
    return report


@dataclass(frozen=True)
class _Sources:
    """The files of a folder; `earlier` is its ``report.json``, None where there is none."""

    run: RunFolder
    earlier: EarlierReport | None

    @cached_property
    def model(self) -> ModelSpecification | None:
        """The specification of the model; None where the folder holds no model."""
        folder = self.run.model
        return read_unchecked(folder) if (folder / SPECIFICATION).is_file() else None

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """The settings of the run; empty where the folder has none."""
        return read_yaml(self.run.config).data if self.run.config.is_file() else {}

    @property
    def history(self) -> Sequence[Mapping[str, Any]]:
        """The epochs, from the history or else from the earlier report."""
        if self.run.history.is_file():
            return [row.record for row in read_history(self.run.history)]
        return self.earlier.history if self.earlier else ()

    @cached_property
    def origin(self) -> dict[str, str]:
        """Date, command, versions, machine, split and seed."""
        earlier = dict(self.earlier.origin) if self.earlier else {}
        if not self.settings:
            return earlier
        return earlier | report_origin(saved_data_config(self.run), self.run.read_origin())

    @property
    def target(self) -> Target | None:
        """The labels that the model was trained on; None where unknown."""
        if self.model is not None:
            return self.model.target
        return self.earlier.target if self.earlier else None

    @property
    def title(self) -> str:
        """The title of the report."""
        folder = self.run.path.absolute()
        return self.earlier.title if self.earlier else f"{folder.parent.name} / {folder.name}"


def _score(sources: _Sources) -> Report:
    """The report without the baselines that are fitted on the training part."""
    model, earlier = sources.model, sources.earlier
    threshold = earlier.rejection.threshold if earlier else 0.0
    if model:
        threshold = model.uncertain_below
    clips = read_predictions(sources.run.predictions)
    report = make_report(
        clips,
        title=sources.title,
        target=sources.target,
        facts={**(earlier.facts if earlier else {}), **(model_facts(model) if model else {})},
        warnings=tuple(_kept_warnings(earlier, model)),
        origin=sources.origin,
        history=sources.history,
        kept_epoch=earlier.kept_epoch if earlier else None,
        uncertain_below=threshold or 0.0,
        temperature=model.temperature if model else None,
        corpus_temperature=corpus_temperature(model, clips) if model else None,
        provenance=_provenance(sources),
        folds=earlier.folds if earlier else None,
        seed=int(sources.origin.get("seed", 0)),
    )
    if threshold is None and earlier:  # each fold has its own
        return replace(report, rejection=earlier.rejection)
    return report


def _kept_warnings(
    earlier: EarlierReport | None, model: ModelSpecification | None
) -> Iterator[str]:
    """The warnings of the earlier report that are not derived from scores, or else the model's notes."""
    if earlier:
        yield from (text for text in earlier.warnings if not is_doubt(text))
    elif model:
        yield from model.notes


def _with_trivial_baselines(report: Report, earlier: EarlierReport | None) -> Report:
    """The report with the baselines of the earlier one that were fitted on the training part."""
    if earlier is None:
        return report
    beside, of_corpora = _inserted(report.baselines, earlier.baselines), earlier.baselines_by_corpus
    if len(report.corpora) == 1:  # earlier versions wrote the scores of several corpora only
        of_corpora = {report.corpora[0].name: earlier.baselines}
    return replace(
        report,
        baselines=beside,
        corpora=tuple(
            replace(one, baselines=_inserted(one.baselines, of_corpora.get(one.name, ())))
            for one in report.corpora
        ),
        warnings=(*report.warnings, *doubts(report.overall, beside)),
    )


def _inserted(own: Sequence[Baseline], earlier: Sequence[Baseline]) -> tuple[Baseline, ...]:
    """The baselines with the trivial ones of `earlier` after the first, which is chance."""
    trivial = [one for one in earlier if one.score.name in _TRIVIAL]
    return (*own[:1], *trivial, *own[1:])


def _provenance(sources: _Sources) -> Provenance:
    """The provenance of the earlier report, with the facts that the files of the folder hold."""
    run, model, earlier = sources.run, sources.model, sources.earlier
    known = earlier.provenance if earlier else Provenance()
    selection = selection_text(sources.settings) if sources.settings else known.selection
    trained = tuple(one.corpus for one in model.all_training_data) if model else known.trained_on
    return replace(
        known,
        corpora=known.corpora or _stated_corpora(sources),
        trained_on=trained,
        efficiency=_efficiency(run, model, known.efficiency),
        files=file_hashes(run, model) or known.files,
        selection=selection,
        rebuilt=datetime.now(UTC).isoformat(timespec="seconds"),
        not_rebuilt=tuple(_not_rebuilt(earlier, known)),
    )


def _efficiency(run: RunFolder, model: ModelSpecification | None, known: Efficiency) -> Efficiency:
    if model is None:
        return known
    graph = run.model / GRAPH
    files = [file for file in (graph, graph.with_name(f"{GRAPH}.data")) if file.is_file()]
    size = sum(file.stat().st_size for file in files) or known.size_bytes
    return replace(known, parameters=model.parameters, size_bytes=size)


def _stated_corpora(sources: _Sources) -> tuple[CorpusFacts, ...]:
    """The corpora as the settings of a run state them: earlier versions recorded no more."""
    if not sources.settings:
        return ()
    return tuple(
        CorpusFacts(
            name=getattr(corpus, "name", None) or corpus.kind,
            licence=corpus.licence,
            language=corpus.language,
            speech=corpus.speech,
        )
        for corpus in saved_data_config(sources.run).corpora
    )


def _not_rebuilt(earlier: EarlierReport | None, known: Provenance) -> Iterator[str]:
    """Sentences on content that was kept, or that is missing."""
    rules = " and ".join(_TRIVIAL)
    if earlier and any(one.score.name in _TRIVIAL for one in earlier.baselines):
        yield f"Kept from the earlier report: the baselines {rules}, which need the training clips."
    else:
        yield f"Missing: the baselines {rules}, which need the training clips."
    if any(corpus.sha256 for corpus in known.corpora):
        yield "Kept from the earlier report: the hashes of the audio."
    else:
        yield "Missing, since the evaluation did not record them: the hashes of the audio."
    if known.efficiency.seconds_per_second is None:
        yield "Missing, since the evaluation did not record it: the speed of the model."
    if earlier and earlier.rejection.threshold is None:
        yield "Kept from the earlier report: the rejection by the thresholds of the folds."
    if earlier and earlier.folds:
        yield "Kept from the earlier report: the scores of each fold."
        yield (
            "Missing, since each fold has its own: the calibration before and after the temperature. "
            "`emotion cross-validate` with the same settings repeats no training and writes it."
        )


def _require_predictions(run: RunFolder) -> None:
    if not run.path.is_dir():
        raise RunError(f"{run.path} is not a folder: give runs/<experiment>/<label>")
    if run.predictions.is_file():
        return
    remedy = "give a run, a cross-validation or the output of `emotion evaluate`"
    if (run.path / "corpus_matrix.json").is_file():
        remedy = (
            "the report of left-out corpora is written anew by the same command, `emotion "
            "cross-validate --leave-one-corpus-out`, which repeats no finished training"
        )
    elif run.config.is_file():
        remedy = f"finish the run first, with `emotion train --resume {run.path}`"
    raise RunError(f"{run.path} has no {run.predictions.name}: {remedy}")
