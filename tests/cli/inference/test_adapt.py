from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Command
from tests.cli.test_bad_input import assert_refused


def test_a_folder_without_recordings_is_refused(
    emotion: Command, untrained_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/notes.txt").write_text("no audio")
    ended = emotion(
        "adapt", untrained_model, "--audio", tmp_path / "empty", "--output", tmp_path / "adapted"
    )
    assert_refused(ended, "0 windows with speech", "at least 10")
    assert "holds no recordings" in ended.out
    assert not (tmp_path / "adapted").exists()
