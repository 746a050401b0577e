from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.model_folder.card import NOT_MEASURED, to_markdown
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.model_folder.specification import (
    CardFacts,
    ConditionFacts,
    EncoderFacts,
    GroupFacts,
    IntervalFacts,
    LeftOutFacts,
    ModelSpecification,
    ScoreFacts,
    SoundFacts,
    SpeakerFacts,
    TrainingData,
)

MEASURED = CardFacts(
    procedure="Cross-validation with 6 folds.",
    scores=(
        ScoreFacts(name="ravdess", clips=1440, speakers=24, uar=0.62, low=0.58, high=0.66, accuracy=0.6),
        ScoreFacts(name="own", clips=10, speakers=1, uar=0.5, accuracy=0.4),
    ),
    left_out_procedure="Each corpus was predicted once.",
    left_out=(
        LeftOutFacts(
            name="emodb, restricted to its 6 emotions", language="German", clips=454, speakers=10, uar=0.7,
            low=0.6, high=0.8, accuracy=0.68, neutral_recall=IntervalFacts(value=0.5, low=0.4, high=0.6),
            calibration_error=0.08,
        ),
        LeftOutFacts(name="ased", clips=9, speakers=1, uar=0.4, accuracy=0.4, published=False),
    ),
    speakers=(SpeakerFacts(corpus="ravdess", speakers=24, lowest=0.4, median=0.6, highest=0.8),),
    false_emotions=(
        SoundFacts(
            sound="music", hours=0.5, emotions_per_hour=4.0, emotion_share=0.01, uncertain_share=0.1,
            no_speech_share=0.85,
        ),
    ),
    groups=(GroupFacts(by="sex", name="female", clips=720, speakers=12, uar=0.65, accuracy=0.64),),
    calibration_error=0.041,
    coverage=0.9,
    accuracy_when_sure=0.7,
    robustness=(ConditionFacts(condition="telephone", uar=0.55, change=-0.07, unchanged=0.8),),
    lowest_snr_db=10.0,
    lowest_rate_hz=8000,
)  # fmt: skip


@pytest.fixture
def specification(untrained_model: Path) -> ModelSpecification:
    data = (
        TrainingData(
            corpus="ravdess", licence="CC BY-NC-SA 4.0", speakers=24, clips=1440, language="English"
        ),
    )
    return read_specification(untrained_model).model_copy(update={"training_data": data})


def test_card_shows_measured_scores(specification: ModelSpecification) -> None:
    update = {"card": MEASURED, "uncertain_below": 0.31, "notes": ("A leak | was allowed.",)}
    card = to_markdown(specification.model_copy(update=update))
    for expected in (
        "# Model card: untrained",
        "- A leak | was allowed.",
        "| ravdess | English | 1,440 | 24 | CC BY-NC-SA 4.0 |",
        "Cross-validation with 6 folds.",
        "| ravdess | 62.0% | 58.0 to 66.0 | 60.0% | 1,440 | 24 | - | - |",
        "| emodb, restricted to its 6 emotions | 70.0% | 60.0 to 80.0 | 68.0% | 454 | 10 "
        "| 50.0% (40.0 to 60.0) | 8.0% | German | published |",
        "| ased | 40.0% | not known | 40.0% | 9 | 1 | - | - | not known | of the other corpora |",
        "Each corpus was predicted once.",
        "Languages measured: German.",
        "| ravdess | 24 | 40.0% | 60.0% | 80.0% |",
        "| music | 0.5 | 4.0 | 1.0% | 10.0% | 85.0% |",
        "| own | 50.0% | not known |",
        "Guessing gives a UAR of 50.0%",
        "calibration error: 4.1%",
        'Below a confidence of 0.310 the prediction is "uncertain"',
        "90.0% of the clips get an emotion, 70.0% of these the right one",
        "| telephone | 55.0% | -7.0 | 80.0% |",
        "| sex | female | 65.0% |",
        "8,000 Hz",
        "costs at most 5 points: 10 dB",
    ):
        assert expected in card
    assert NOT_MEASURED not in card


def test_card_names_the_missing_scores(specification: ModelSpecification) -> None:
    card = to_markdown(specification)
    assert card.count(NOT_MEASURED) == 5
    assert 'it is never "uncertain"' in card
    validated = to_markdown(specification.model_copy(update={"validation_uar": 0.6}))
    assert "too high" in validated and "60.0%" in validated


def test_strangers_come_before_the_scores_at_home(specification: ModelSpecification) -> None:
    card = to_markdown(specification.model_copy(update={"card": MEASURED}))
    assert card.index("on strangers") < card.index("Cross-validation with 6 folds.")


def test_card_names_law_and_uses(specification: ModelSpecification) -> None:
    card = to_markdown(specification)
    for expected in (
        "Regulation (EU) 2024/1689",
        "Article 5(1)(f)",
        "medical or safety",
        "Annex III, point 1(c)",
        "Article 50(3)",
        "## Intended uses",
        "## Excluded uses",
    ):
        assert expected in card


def test_card_facts_round_trip_through_the_model_folder(
    specification: ModelSpecification, untrained_model: Path, tmp_path: Path
) -> None:
    import shutil

    from emotion_classifier.model_folder.folder import write_specification

    folder = Path(shutil.copytree(untrained_model, tmp_path / "model"))
    full = specification.model_copy(update={"card": MEASURED, "uncertain_below": 0.31})
    write_specification(folder, full)
    found = read_specification(folder)
    assert (found.card, found.uncertain_below) == (MEASURED, 0.31)


@pytest.mark.parametrize(
    ("licence", "text"), [("MIT License", "MIT License"), (None, "not stated")]
)
def test_the_licence_of_the_encoder_is_on_the_card(
    specification: ModelSpecification, licence: str | None, text: str
) -> None:
    changes = {
        "architecture": {"frontend": {"kind": "encoder", "name": "openai/whisper-tiny.en"}},
        "encoder": EncoderFacts(name="openai/whisper-tiny.en", fingerprint="0", licence=licence),
    }
    card = to_markdown(specification.model_copy(update=changes))
    assert f"Its licence: {text}." in card
