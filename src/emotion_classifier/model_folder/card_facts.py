"""What a model card says of a model beyond its settings. Needs no torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.config import StrictConfig

Share = Annotated[float, Field(ge=0.0, le=1.0)]

INTENDED_USES = (
    "Research on acted and read speech, and teaching.",
    "Finding stretches of one's own recordings that are worth listening to.",
    "A first guess that a person checks, told to everybody who is recorded.",
)
EXCLUDED_USES = (
    "Judging people: hiring, performance, grades, credit, insurance, policing, migration, courts.",
    "Work and education in the European Union, but for medical or safety reasons (see below).",
    "Diagnosis of illness, detection of lies, or any claim about what somebody really feels.",
    "Listening to people who do not know of it.",
)


class ScoreFacts(StrictConfig):
    """How well some clips were recognised."""

    name: str
    """Corpus or group."""
    clips: int
    """Clips that were scored."""
    speakers: int
    """Speakers of these clips, none of whom the scored model was trained on."""
    uar: Share
    """Unweighted average recall."""
    low: Share | None = None
    """Lower end of its 95 % interval, by speaker; null where one speaker allows none."""
    high: Share | None = None
    """Upper end of its 95 % interval."""
    accuracy: Share
    """Share of the clips that were recognised."""


class GroupFacts(ScoreFacts):
    """How well the clips of a group of speakers were recognised."""

    by: str
    """What the groups differ in: sex, intensity."""


class ConditionFacts(StrictConfig):
    """What a change of the recordings does to the answers."""

    condition: str
    """The change."""
    uar: Share
    """Unweighted average recall of the changed clips."""
    change: Annotated[float, Field(ge=-1.0, le=1.0)]
    """That, less the one of the same clips without the change."""
    unchanged: Share
    """Share of the clips whose emotion stays the same."""


class CardFacts(StrictConfig):
    """What is known of a model from its evaluation; empty where it was not measured."""

    procedure: str = ""
    """How the scores came about."""
    scores: tuple[ScoreFacts, ...] = ()
    """Each corpus."""
    groups: tuple[GroupFacts, ...] = ()
    """Groups of speakers or clips."""
    calibration_error: Share | None = None
    """Expected calibration error of the confidences."""
    coverage: Share | None = None
    """Share of the clips that get an emotion instead of "uncertain"."""
    accuracy_when_sure: Share | None = None
    """Accuracy on those clips."""
    robustness: tuple[ConditionFacts, ...] = ()
    """Changes of the recordings."""
    lowest_snr_db: float | None = None
    """Lowest tested distance of noise below speech that costs at most 0.05 UAR."""
    lowest_rate_hz: int | None = None
    """Lowest tested sample rate of recordings that costs at most 0.05 UAR."""
    intended_uses: tuple[str, ...] = INTENDED_USES
    """What the model is for."""
    excluded_uses: tuple[str, ...] = EXCLUDED_USES
    """What it must not be used for."""
    changes: tuple[str, ...] = ()
    """What was done to the weights after training, and what that cost."""
