from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch

from emotion_classifier.errors import RunError
from emotion_classifier.experiments.run_list.jobs import execute_jobs
from emotion_classifier.progress import Progress, Report

KILLED, FAILING, MISTAKEN = "killed", "failing", "mistaken"


def work(name: str, *, report: Report) -> tuple[str, int]:
    """A job that ends as its name says."""
    report(Progress(f"{name} starts", task="training", done=0, total=1))
    if name == KILLED:
        os.kill(os.getpid(), signal.SIGKILL)
    if name == FAILING:
        raise ZeroDivisionError(name)
    if name == MISTAKEN:
        raise RunError(name)
    return name, os.getpid()


def interrupted(name: str, *, report: Report) -> None:
    raise KeyboardInterrupt


def executed(names: list[str], processes: int) -> tuple[dict[int, object], list[Progress]]:
    results: dict[int, object] = {}
    progress: list[Progress] = []
    jobs = {number: (name,) for number, name in enumerate(names)}
    execute_jobs(work, jobs, processes, progress.append, results.__setitem__)
    return results, progress


def test_an_error_ends_its_job_alone() -> None:
    results, progress = executed([FAILING, MISTAKEN, "last"], processes=1)
    assert "ZeroDivisionError: failing" in str(results[0])
    assert str(results[1]) == MISTAKEN
    assert results[2] == ("last", os.getpid())
    assert [one.text for one in progress] == ["failing starts", "mistaken starts", "last starts"]


def test_an_interruption_ends_all_jobs() -> None:
    results: dict[int, object] = {}
    with pytest.raises(KeyboardInterrupt):
        execute_jobs(interrupted, {0: ("a",), 1: ("b",)}, 1, print, results.__setitem__)
    assert not results


@pytest.mark.slow
def test_the_death_of_a_process_ends_its_job_alone() -> None:
    results, progress = executed(["first", KILLED, FAILING, "last"], processes=2)
    assert "SIGKILL" in str(results[1])
    assert "ZeroDivisionError" in str(results[2])
    first, last = results[0], results[3]
    assert isinstance(first, tuple) and isinstance(last, tuple)
    assert first[0] == "first" and last[0] == "last"
    assert os.getpid() not in {first[1], last[1]}
    assert {one.task for one in progress} == {"process 1", "process 2"}


def threads(*, report: Report) -> int:
    return torch.get_num_threads()


@pytest.mark.slow
def test_processes_share_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    results: dict[int, object] = {}
    execute_jobs(threads, {0: (), 1: ()}, 2, print, results.__setitem__)
    assert set(results.values()) == {max(1, (os.cpu_count() or 1) // 2)}


def waiting(folder: Path, *, report: Report) -> None:
    report(Progress("started"))
    signal.pause()


@pytest.mark.slow
def test_an_interruption_ends_all_processes(tmp_path: Path) -> None:
    started: list[Progress] = []

    def interrupt_when_both_started(progress: Progress) -> None:
        started.append(progress)
        if len(started) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute_jobs(
            waiting, {0: (tmp_path,), 1: (tmp_path,)}, 2, interrupt_when_both_started, print
        )
