from __future__ import annotations

from collections.abc import Callable

import pytest

from emotion_classifier.errors import ConfigError, RunError
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.collectives import get_rank, get_world_size
from emotion_classifier.training.distributed.launch import launched_group, require_single_command

Launch = Callable[[dict[str, str]], None]
TORCHRUN = {"TORCHELASTIC_RUN_ID": "none", "WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1"}
SLURM = {
    "SLURM_NTASKS": "4",
    "SLURM_NTASKS_PER_NODE": "2",
    "SLURM_JOB_NAME": "train",
    "SLURM_PROCID": "3",
    "SLURM_LOCALID": "1",
    "SLURM_NODEID": "1",
    "SLURM_NODELIST": "host[1-2]",
    "SLURM_JOB_ID": "1234",
}


@pytest.fixture
def launch(monkeypatch: pytest.MonkeyPatch) -> Launch:
    """Sets the variables by which a launcher gives a process its rank, and none of another launcher."""
    for name in (*TORCHRUN, *SLURM, "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)

    def set_variables(variables: dict[str, str]) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_variables


@pytest.mark.parametrize(
    "variables", [{}, TORCHRUN | {"WORLD_SIZE": "1"}, SLURM | {"SLURM_NTASKS": "1"}]
)
def test_one_process_is_alone(variables: dict[str, str], launch: Launch) -> None:
    launch(variables)
    with launched_group(TrainingConfig(device="cpu", devices=2)):
        assert (get_rank(), get_world_size()) == (0, 1)
    require_single_command()


@pytest.mark.parametrize(("variables", "started"), [(TORCHRUN, 2), (SLURM, 4)])
def test_settings_must_match_the_started_processes(
    variables: dict[str, str], started: int, launch: Launch
) -> None:
    launch(variables)
    config = TrainingConfig(device="cpu", devices=3, batch_size=30)
    with (
        pytest.raises(ConfigError, match=rf"3 · 1 = 3, but {started} processes were started"),
        launched_group(config),
    ):
        pass
    with pytest.raises(RunError, match=r"may start `emotion train` alone"):
        require_single_command()


def test_slurm_tasks_without_their_number_per_machine_are_an_error(launch: Launch) -> None:
    launch({name: value for name, value in SLURM.items() if name != "SLURM_NTASKS_PER_NODE"})
    with (
        pytest.raises(ConfigError, match=r"SLURM job: .*ntasks-per-node"),
        launched_group(TrainingConfig(device="cpu")),
    ):
        pass


def test_other_machines_need_a_launcher(launch: Launch) -> None:
    launch({})
    with (
        pytest.raises(ConfigError, match=r"training\.nodes: 2, but nothing has started"),
        launched_group(TrainingConfig(device="cpu", nodes=2)),
    ):
        pass
