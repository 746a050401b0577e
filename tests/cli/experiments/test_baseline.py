from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.cli.conftest import Command

pytest.importorskip("opensmile")
pytest.importorskip("sklearn")


def test_the_help_states_the_licence(emotion: Command) -> None:
    printed = " ".join(emotion("baseline", "--help").out.split())
    assert "private, research and educational purposes only" in printed
    assert 'the extra "baseline"' in printed


def test_a_run_that_was_only_split_gets_a_report(
    emotion: Command, folders_corpus: Path, tmp_path: Path
) -> None:
    run = tmp_path / "runs" / "x" / "y"
    run.mkdir(parents=True)
    corpus = {"kind": "folders", "path": str(folders_corpus), "speaker_pattern": "([a-z])_"}
    (run / "config.yml").write_text(yaml.safe_dump({"corpora": [corpus]}))
    assert emotion("corpus", "split", run / "config.yml", "-o", run / "split.csv").code == 0
    # The baseline ignores a network that is unknown to this version.
    (run / "config.yml").write_text(yaml.safe_dump({"corpora": [corpus], "model": {"new": 1}}))

    ended = emotion("baseline", run, "--features", "egemaps")
    assert (ended.code, ended.error) == (0, "")
    assert "may be used for private, research and educational purposes only" in ended.out
    assert ended.out.endswith(f"report: {run / 'baseline-egemaps' / 'report.html'}\n")
    assert (run / "baseline-egemaps" / "predictions.csv").is_file()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [(None, "is not the folder of a run"), ("corpora: [", "config.yml"), ("[1]", "config.yml")],
)
def test_a_folder_that_is_no_run_is_an_error(
    settings: str | None, expected: str, emotion: Command, tmp_path: Path
) -> None:
    (tmp_path / "split.csv").write_text("utterance,part\n")
    if settings is not None:
        (tmp_path / "config.yml").write_text(settings)
    ended = emotion("baseline", tmp_path)
    assert ended.code == 2
    assert ended.error.startswith("error: ") and expected in ended.error
    assert "Traceback" not in ended.error


def test_the_error_for_an_unknown_set_names_the_known_sets(
    emotion: Command, tmp_path: Path
) -> None:
    ended = emotion("baseline", tmp_path, "--features", "is09")
    assert ended.code == 2
    assert "compare_2016" in ended.error and "egemaps" in ended.error
