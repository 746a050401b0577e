"""SIGTERM outside the training loop: a hint, and an exit code of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Command

from emotion_classifier.cli import main
from emotion_classifier.cli.termination import interrupted_by_sigterm


def terminate(*_arguments: Any, **_options: Any) -> None:
    signal.raise_signal(signal.SIGTERM)


def test_sigterm_interrupts_and_the_handler_is_restored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with interrupted_by_sigterm() as received:
        with pytest.raises(KeyboardInterrupt):
            terminate()
        assert received.is_set()
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_interruption_of_the_imports_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "emotion_classifier.cli.app":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "emotion_classifier.cli.app", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_forked_processes_end_without_an_interruption() -> None:
    script = (
        "import os, signal, time\n"
        "from emotion_classifier.cli.termination import interrupted_by_sigterm\n"
        "with interrupted_by_sigterm():\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(60)\n"
        "    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == (f"{-signal.SIGTERM}\n", "")


def test_a_termination_while_clips_are_prepared_leaves_a_hint(
    emotion: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion_classifier.experiments.train.run.load_corpora", terminate)
    ended = emotion("train", "toy", "--runs", tmp_path)
    assert ended.code == 143
    assert "start the same command again" in ended.out
    assert ended.error == "interrupted\n"


def test_a_termination_between_folds_leaves_a_hint(
    emotion: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "emotion_classifier.experiments.cross_validation.cross_validation.cross_validate"
    monkeypatch.setattr(name, terminate)
    ended = emotion("cross-validate", "toy", "--runs", tmp_path)
    assert ended.code == 143
    assert "start the same command again" in ended.error


def test_ctrl_c_has_the_exit_code_of_shells(
    emotion: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("emotion_classifier.experiments.recipes.recipe_names", interrupt)
    ended = emotion("recipes", "list")
    assert (ended.code, ended.error) == (130, "interrupted\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_ctrl_c_again_ends_at_once() -> None:
    script = (
        "import sys, threading, time\n"
        "from emotion_classifier.cli import main\n"
        "from emotion_classifier.experiments import recipes\n"
        "def interrupt():\n"
        "    threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "    raise KeyboardInterrupt\n"
        "recipes.recipe_names = interrupt\n"
        "sys.argv = ['emotion', 'recipes', 'list']\n"
        "main()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"interrupted\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[1] == b""
    assert process.returncode == 130
