"""From features to one embedding of a clip: one architecture per file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.models.networks.acnt import Acnt, AcntConfig
from emotion_classifier.models.networks.cnn import Cnn, CnnConfig
from emotion_classifier.models.networks.parallel import Parallel, ParallelConfig

NetworkConfig = Annotated[
    AcntConfig | ParallelConfig | CnnConfig,
    Field(discriminator="kind"),
]

__all__ = ["Acnt", "AcntConfig", "Cnn", "CnnConfig", "NetworkConfig", "Parallel", "ParallelConfig"]
