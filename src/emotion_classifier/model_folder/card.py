"""The model card in Markdown: data, scores, operating range, uses. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emotion_classifier.model_folder.pretraining_data import encoder_name, encoder_text
from emotion_classifier.model_folder.specification import (
    ConditionFacts,
    ModelSpecification,
    ScoreFacts,
)

NOT_MEASURED = "Not measured."
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
        "Scores": _scores(specification),
        "Confidence": _confidence(specification),
        "Robustness": _robustness(specification.card.robustness),
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
    notes = [*specification.card.changes, *specification.notes]
    return f"{text}\n\n{_list(notes)}" if notes else text


def _data(specification: ModelSpecification) -> str:
    rows = [
        (one.corpus, f"{one.clips:,}", f"{one.speakers:,}", one.licence)
        for one in specification.all_training_data
    ]
    if not rows:
        return "Not known."
    remark = (
        "Licences of the corpora may bind what is done with the model; non-commercial ones are "
        "commonly read so. Actors play emotions: real ones are fainter, mixed, and rarer."
    )
    table = _table(("corpus", "clips", "speakers", "licence"), rows)
    return "\n\n".join([table, *_pretraining(specification), remark])


def _pretraining(specification: ModelSpecification) -> Iterator[str]:
    """The pretrained models that its training started from."""
    if (encoder := encoder_name(specification.architecture)) is not None:
        yield f"Pretrained encoder: {encoder_text(encoder)}."
    if specification.origin is not None:
        yield f"Started from the weights of {specification.origin.name}, whose data is listed too."


def _scores(specification: ModelSpecification) -> str:
    card = specification.card
    if not card.scores:
        if specification.validation_uar is None:
            return NOT_MEASURED
        return (
            f"UAR {_percent(specification.validation_uar)} on the validation part, by which the "
            "weights were chosen, so it is too high. The report of the run has the test part."
        )
    table = _table(_SCORE_COLUMNS, [_score_row(one) for one in card.scores])
    return (
        f"{card.procedure}\n\n{table}\n\nUAR: unweighted average recall, the mean over the emotions "
        f"of the share of their clips that were recognised; guessing gives "
        f"{_percent(1 / len(specification.emotions))}. Intervals by speaker."
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
        "nine tenths of the validation clips are above that threshold."
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


def _groups(specification: ModelSpecification) -> str:
    if not specification.card.groups:
        return NOT_MEASURED
    rows = [(one.by, *_score_row(one)) for one in specification.card.groups]
    remark = (
        "A difference within the intervals may be chance. Age, language and accent: not measured."
    )
    return f"{_table(('by', *_SCORE_COLUMNS), rows)}\n\n{remark}"


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


def _score_row(one: ScoreFacts) -> tuple[str, ...]:
    bounds = [f"{100 * bound:.1f}" for bound in (one.low, one.high) if bound is not None]
    return (
        one.name,
        _percent(one.uar),
        " to ".join(bounds) or "not known",
        _percent(one.accuracy),
        f"{one.clips:,}",
        f"{one.speakers:,}",
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in lines
    )
