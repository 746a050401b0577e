from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from emotion_classifier.errors import MissingDependencyError, RunError
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.collectives import all_gather, get_rank, get_world_size
from emotion_classifier.training.distributed.spawn import in_processes

pytestmark = pytest.mark.slow

CONFIG = TrainingConfig(device="cpu")


def fail_in_process_1(*, report: Report) -> None:
    report(Progress(f"process {get_rank() + 1} of {get_world_size()}"))
    all_gather(None)  # the first has reported
    if get_rank() == 1:
        raise MissingDependencyError("transformers", "encoders", "an encoder")
    all_gather(None)  # the first waits, as in a step


def test_an_error_in_one_process_kills_all_and_is_raised(
    reported: list[Progress], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MissingDependencyError, match="needs transformers, which is not installed"):
        in_processes(2, fail_in_process_1, (), CONFIG, reported.append)
    assert reported == [Progress("process 1 of 2")]
    assert capfd.readouterr() == ("", "")


def die_in_process_0(*, report: Report) -> None:
    if get_rank() == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    all_gather(None)


def test_a_killed_process_is_reported() -> None:
    with pytest.raises(RunError, match="process 1 of 2 was ended by SIGKILL"):
        in_processes(2, die_in_process_0, (), CONFIG, ignore)


def wait_for_ever(folder: Path, *, report: Report) -> None:
    Path(folder, str(os.getpid())).touch()
    time.sleep(600)


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_processes_end_with_their_parent(signal_number: signal.Signals, tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        # Where tests run in the background, Ctrl-C is ignored from the start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            in_processes(2, wait_for_ever, (tmp_path,), CONFIG, ignore)
        finally:
            os._exit(3)
    end = time.monotonic() + 120
    while len(started := [int(path.name) for path in tmp_path.iterdir()]) < 2:
        assert time.monotonic() < end
        time.sleep(0.2)
    os.kill(child, signal_number)
    os.waitpid(child, 0)
    while any(Path(f"/proc/{process}").exists() for process in started):
        assert time.monotonic() < end
        time.sleep(0.2)
