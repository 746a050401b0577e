from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emotion_classifier.runs import environment
from emotion_classifier.runs.environment import describe_environment, origin


def test_the_environment_has_a_quoted_command_and_only_installed_libraries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/emotion", "train", "a b.yml"])
    monkeypatch.setattr(environment, "_LIBRARIES", ("numpy", "no-such-library"))
    found = describe_environment()
    assert found["command"] == "emotion train 'a b.yml'"
    assert set(found["versions"]) == {"numpy"}
    assert json.dumps(found)


def test_the_commit_is_that_of_a_repository_that_tracks_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "environment.py"
    module.touch()
    monkeypatch.setattr(environment, "__file__", str(module))
    assert describe_environment()["commit"] is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    assert describe_environment()["commit"] is None  # a repository that does not track it
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "first"], check=True)
    commit = describe_environment()["commit"]
    assert len(commit) == 40
    module.write_text("changed")
    assert describe_environment()["commit"] == f"{commit}-dirty"


def test_the_origin_leaves_out_what_is_unknown() -> None:
    known = {"date": "2026-01-02", "python": "3.11.7", "commit": None, "versions": {"numpy": "2"}}
    assert origin(known) == {"date": "2026-01-02", "versions": "Python 3.11.7, numpy 2"}
    assert origin({}) == {}
