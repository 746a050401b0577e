from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from emotion_classifier.corpora.splits import SplitConfig, SplitSettings
from emotion_classifier.errors import SplitError

PAGE = Path(__file__).resolve().parents[3] / "docs" / "splits.md"
ADAPTER: TypeAdapter[SplitSettings] = TypeAdapter(SplitConfig)


def test_the_page_shows_a_valid_example_of_every_kind() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    shown = {type(ADAPTER.validate_python(yaml.safe_load(block))) for block in blocks}
    assert shown == set(get_args(get_args(SplitConfig)[0]))


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"kind": "k_fold"}, "split.fold: .*1 to 5.*emotion cross-validate"),
        ({"kind": "leave_one_speaker_out"}, "split.speaker: .*emotion cross-validate"),
        ({"kind": "published", "name": "ravdess_emobox"}, "split.fold: .*emotion cross-validate"),
    ],
)
def test_a_split_that_leaves_the_tested_fold_open_is_refused(
    settings: dict[str, str], rule: str
) -> None:
    split = ADAPTER.validate_python(settings)
    with pytest.raises(SplitError, match=rule):
        split.require_test_part()
    with pytest.raises(SplitError, match=rule):
        split.assign((), np.random.default_rng(0))


def test_a_split_with_a_fold_has_a_test_part() -> None:
    for settings in ({"kind": "k_fold", "fold": 5}, {"kind": "published", "name": "cremad_tfds"}):
        ADAPTER.validate_python(settings).require_test_part()


def test_the_error_for_an_unknown_kind_names_the_known_kinds() -> None:
    with pytest.raises(ValidationError, match="'speakers', 'k_fold', 'leave_one_speaker_out'"):
        ADAPTER.validate_python({"kind": "speaker"})
