from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from emotion_classifier.corpora.splits import SplitConfig, SplitSettings

PAGE = Path(__file__).resolve().parents[3] / "docs" / "splits.md"
ADAPTER: TypeAdapter[SplitSettings] = TypeAdapter(SplitConfig)


def test_the_page_shows_a_valid_example_of_every_kind() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    shown = {type(ADAPTER.validate_python(yaml.safe_load(block))) for block in blocks}
    assert shown == set(get_args(get_args(SplitConfig)[0]))


def test_the_error_for_an_unknown_kind_names_the_known_kinds() -> None:
    with pytest.raises(ValidationError, match="'speakers', 'k_fold', 'leave_one_speaker_out'"):
        ADAPTER.validate_python({"kind": "speaker"})
