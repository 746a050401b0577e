"""The model card in Markdown: data, scores, operating range, uses. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emotion_classifier.model_folder.folder import ENCODER_LICENCE
from emotion_classifier.model_folder.pretraining_data import encoder_name, encoder_text
from emotion_classifier.model_folder.specification import (
    CardFacts,
    ConditionFacts,
    ModelSpecification,
    ScoreFacts,
    SoundFacts,
)

NOT_MEASURED = "Not measured."
UNKNOWN = "not known"
LAW = """\
This is an emotion recognition system in the sense of Article 3(39) of Regulation (EU) 2024/1689, the
Artificial Intelligence Act: it infers emotions from biometric data, the voice.

- **Prohibited at work and in education.** Article 5(1)(f) prohibits placing on the market, putting
  into service for this purpose, or using AI systems to infer emotions of a natural person in the areas
  of workplace and education institutions, except where the use is intended for medical or safety
  reasons. It applies since 2 February 2025.
- **High-risk elsewhere.** Annex III, point 1(c), with Article 6(2), lists AI systems intended to be
  used for emotion recognition, as far as their use is permitted by law at all, as high-risk: the
  duties of Chapter III bind who provides them and who deploys them.
- **People must be told.** Article 50(3) obliges who deploys such a system to inform the people
  exposed to it, and to process their personal data as Regulation (EU) 2016/679 (GDPR) and the other
  data protection law says; systems that law permits for detecting, preventing or investigating
  criminal offences are excepted from the information.

Other countries have rules of their own. This is information, not legal advice.
"""


def to_markdown(specification: ModelSpecification) -> str:
    """The card of a model as Markdown."""
    sections = {
        "Data and licences": _data(specification),
        "What to expect on strangers": _left_out(specification.card),
        "Scores on unseen speakers of its own corpora": _scores(specification),
        "Confidence": _confidence(specification),
        "Robustness": _robustness(specification.card.robustness),
        "Sound without emotion": _false_emotions(specification.card.false_emotions),
        "Groups": _groups(specification),
        "Operating range": _operating_range(specification),
        "Intended uses": _list(specification.card.intended_uses),
        "Excluded uses": _list(specification.card.excluded_uses),
        "Law in the European Union": LAW,
    }
    parts = [f"# Model card: {specification.name}", _summary(specification)]
    parts += [f"## {title}\n\n{text.strip()}" for title, text in sections.items()]
    return "\n\n".join(parts) + "\n"


def _summary(specification: ModelSpecification) -> str:
    network = specification.architecture.get("network", {}).get("kind", "unknown")
    labels = {"intended": "intended by the speaker", "perceived": "perceived by listeners"}
    text = (
        f"Predicts one of {len(specification.emotions)} emotions for a recording of speech: "
        f"{', '.join(specification.emotions)}. It was trained on the emotions "
        f"{labels[specification.target]}. Network: {network}, {specification.parameters:,} "
        f"parameters; the front-end is part of the model. It analyses the voice, not the words."
    )
    adaptation = specification.adaptation
    adapted = [] if adaptation is None else [adaptation.description]
    notes = [*specification.card.changes, *adapted, *specification.notes]
    return f"{text}\n\n{_list(notes)}" if notes else text


def _data(specification: ModelSpecification) -> str:
    rows = [
        (one.corpus, one.language or UNKNOWN, f"{one.clips:,}", f"{one.speakers:,}", one.licence)
        for one in specification.all_training_data
    ]
    if not rows:
        return "Not known."
    remark = (
        "Licences of the corpora may bind what is done with the model; non-commercial ones are "
        "commonly read so. Actors play emotions: real ones are fainter, mixed, and rarer."
    )
    table = _table(("corpus", "language", "clips", "speakers", "licence"), rows)
    return "\n\n".join([table, *_pretraining(specification), remark])


def _pretraining(specification: ModelSpecification) -> Iterator[str]:
    """The pretrained models that its training started from or learned from."""
    if (encoder := encoder_name(specification.architecture)) is not None:
        licence = _encoder_licence(specification)
        yield f"Pretrained encoder: {encoder_text(encoder)}. Its licence: {licence}."
    if (origin := specification.origin) is not None:
        kept = f", of which a share of {origin.kept_share:g} is kept" if origin.kept_share else ""
        yield f"Started from the weights of {origin.name}, whose data is listed too{kept}."
    if (distillation := specification.distillation) is not None:
        names = ", ".join(teacher.name for teacher in distillation.teachers)
        yield (
            f"Learned from the predictions of {names} (distillation; weight {distillation.weight:g}, "
            f"temperature {distillation.temperature:g}), whose data is listed too."
        )


def _encoder_licence(specification: ModelSpecification) -> str:
    """Name of its file where the folder has its text, else the licence that its checkpoint stated."""
    if ENCODER_LICENCE in specification.files:
        return ENCODER_LICENCE
    facts = specification.encoder
    return (facts.licence if facts is not None else None) or "not stated"


def _left_out(card: CardFacts) -> str:
    if not card.left_out:
        return NOT_MEASURED
    rows = [
        (*_corpus_row(one), one.language or UNKNOWN, _weights(one.published))
        for one in card.left_out
    ]
    columns = (*_CORPUS_COLUMNS, "language", "weights")
    remark = (
        "Corpora that the scored weights were not trained on: other speakers, microphones and sentences, "
        "often other languages. Expect scores of this size on new recordings. A corpus that lacks some "
        "of the model's emotions has a second row, in which predictions are restricted to its own "
        f"emotions. {_MEASURES}"
    )
    parts = (card.left_out_procedure, _table(columns, rows), remark, _languages(card))
    return "\n\n".join(filter(None, parts))


def _weights(published: bool) -> str:
    return "published" if published else "of the other corpora"


def _languages(card: CardFacts) -> str:
    """The languages in which the scores on left-out corpora were measured."""
    languages = sorted({one.language for one in card.left_out if one.language is not None})
    return f"Languages measured: {', '.join(languages)}." if languages else ""


def _scores(specification: ModelSpecification) -> str:
    card = specification.card
    if not card.scores:
        if specification.validation_uar is None:
            return NOT_MEASURED
        return (
            f"UAR {_percent(specification.validation_uar)} on the validation part, by which the "
            "weights were chosen, so it is too high. The report of the run has the test part."
        )
    table = _table(_CORPUS_COLUMNS, [_corpus_row(one) for one in card.scores])
    return (
        f"{card.procedure}\n\n{table}\n\n{_MEASURES} Guessing gives a UAR of "
        f"{_percent(1 / len(specification.emotions))}."
    ).strip()


def _confidence(specification: ModelSpecification) -> str:
    card = specification.card
    lines = [f"Logits are divided by a temperature of {specification.temperature:.3f}."]
    if card.calibration_error is not None:
        lines.append(f"Expected calibration error: {_percent(card.calibration_error)}.")
    if not specification.uncertain_below:
        return " ".join(
            [*lines, 'No confidence is too low for a prediction: it is never "uncertain".']
        )
    lines.append(
        f'Below a confidence of {specification.uncertain_below:.3f} the prediction is "uncertain": '
        "nine tenths of the clips that it was fitted on are above that threshold."
    )
    if card.coverage is not None and card.accuracy_when_sure is not None:
        lines.append(
            f"On unseen speakers {_percent(card.coverage)} of the clips get an emotion, "
            f"{_percent(card.accuracy_when_sure)} of these the right one."
        )
    return " ".join(lines)


def _robustness(rows: Sequence[ConditionFacts]) -> str:
    if not rows:
        return NOT_MEASURED
    cells = [
        (one.condition, _percent(one.uar), f"{100 * one.change:+.1f}", _percent(one.unchanged))
        for one in rows
    ]
    remark = (
        "Change in percentage points; unchanged: clips whose predicted emotion stays the same. The model "
        "may have been trained with the same noises and rooms."
    )
    return f"{_table(('condition', 'UAR', 'change', 'unchanged'), cells)}\n\n{remark}"


def _false_emotions(rows: Sequence[SoundFacts]) -> str:
    if not rows:
        return NOT_MEASURED
    columns = ("sound", "hours", "emotions per hour", "share", "uncertain", "no speech")
    cells = [
        (
            one.sound,
            f"{one.hours:.1f}",
            f"{one.emotions_per_hour:.1f}",
            *map(_percent, (one.emotion_share, one.uncertain_share, one.no_speech_share)),
        )
        for one in rows
    ]
    remark = (
        "Emotions: segments of a stream whose answer is an emotion other than neutral; share: of the "
        "time. Recordings are repeated in random order until the hours are full."
    )
    return f"{_table(columns, cells)}\n\n{remark}"


def _groups(specification: ModelSpecification) -> str:
    card = specification.card
    if not card.groups and not card.speakers:
        return NOT_MEASURED
    groups = [(one.by, *_score_row(one)) for one in card.groups]
    speakers = [
        (one.corpus, f"{one.speakers:,}", *map(_percent, (one.lowest, one.median, one.highest)))
        for one in card.speakers
    ]
    names = ("speakers of", "speakers", "lowest UAR", "median", "highest")
    remark = (
        "A difference within the intervals may be chance, and so may the lowest of many speakers with few "
        f"clips. {_not_measured(card)}: not measured."
    )
    tables = ((("by", *_SCORE_COLUMNS), groups), (names, speakers))
    return "\n\n".join([*(_table(*table) for table in tables if table[1]), remark])


def _not_measured(card: CardFacts) -> str:
    return "Accent" if any(one.by == "age group" for one in card.groups) else "Age and accent"


def _operating_range(specification: ModelSpecification) -> str:
    clip, card = specification.input, specification.card
    rate = f"{card.lowest_rate_hz:,} Hz" if card.lowest_rate_hz is not None else "not measured"
    noise = f"{card.lowest_snr_db:g} dB" if card.lowest_snr_db is not None else "not measured"
    return _list(
        [
            f"At least {clip.minimum_seconds:g} s of sound; of recordings over {clip.seconds:g} s the "
            "predictions for crops of that duration are averaged.",
            f"Recordings of any sample rate, resampled to {clip.sample_rate:,} Hz; lowest rate that "
            f"costs at most 5 points of UAR: {rate}.",
            f"Lowest level of speech above noise that costs at most 5 points: {noise}.",
            "One speaker at a time.",
        ]
    )


_SCORE_COLUMNS = ("clips of", "UAR", "95% interval", "accuracy", "clips", "speakers")
_CORPUS_COLUMNS = (*_SCORE_COLUMNS, "recall of neutral", "ECE")
_MEASURES = (
    "UAR: unweighted average recall, the mean over the emotions of the share of their clips that were "
    "recognised. ECE: expected calibration error, the mean distance of confidence and accuracy. "
    "Intervals by speaker."
)


def _score_row(one: ScoreFacts) -> tuple[str, ...]:
    return (
        one.name,
        _percent(one.uar),
        _bounds(one.low, one.high) or UNKNOWN,
        _percent(one.accuracy),
        f"{one.clips:,}",
        f"{one.speakers:,}",
    )


def _corpus_row(one: ScoreFacts) -> tuple[str, ...]:
    """The scores with recall of neutral and calibration error, a dash where they are not known."""
    neutral, error = "-", "-"
    if one.neutral_recall is not None:
        bounds = _bounds(one.neutral_recall.low, one.neutral_recall.high)
        neutral = _percent(one.neutral_recall.value) + (f" ({bounds})" if bounds else "")
    if one.calibration_error is not None:
        error = _percent(one.calibration_error)
    return (*_score_row(one), neutral, error)


def _bounds(low: float | None, high: float | None) -> str:
    return " to ".join(f"{100 * bound:.1f}" for bound in (low, high) if bound is not None)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in lines
    )
