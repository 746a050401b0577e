"""Joining the processes of torchrun or SLURM, and Lightning's settings for any group."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lightning.fabric.plugins import ClusterEnvironment
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning.pytorch.strategies import DDPStrategy, Strategy

from emotion_classifier.errors import ConfigError, RunError
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.collectives import get_rank, get_world_size
from emotion_classifier.training.distributed.devices import on_gpu, processes_here
from emotion_classifier.training.distributed.group import joined_group


@contextmanager
def launched_group(config: TrainingConfig) -> Iterator[None]:
    """Join the processes that torchrun or SLURM has started; without them do nothing.

    Raises
    ------
    ConfigError
        The settings require another number of processes than were started.
    """
    here = processes_here(config)
    launcher = _launcher()
    if launcher is None:
        _require_one_machine(config)
        yield
        return
    started, wanted = launcher.world_size(), here * config.nodes
    if started != wanted:
        raise ConfigError(
            f"training.devices times training.nodes is {here} · {config.nodes} = {wanted}, but "
            f"{started} processes were started: set them to the number that torchrun or SLURM starts, "
            "processes for each machine and machines"
        )
    # Reading them also sets the variables that env:// reads.
    os.environ["MASTER_ADDR"] = launcher.main_address
    os.environ["MASTER_PORT"] = str(launcher.main_port)
    with joined_group(
        config,
        rank=launcher.global_rank(),
        local_rank=launcher.local_rank(),
        world_size=started,
    ):
        yield


def require_single_command() -> None:
    """Raise `RunError` where torchrun or SLURM has started this command several times."""
    if _launcher() is not None:
        raise RunError(
            "torchrun and srun may start `emotion train` alone in several processes: start this "
            "command once; with training.devices it starts processes of its own"
        )


@dataclass(frozen=True)
class GroupSettings:
    """Lightning's settings for the group; by default there is none.

    Parameters
    ----------
    devices, nodes : processes on each machine, and machines.
    strategy : keeps the weights of the processes equal.
    sync_batchnorm : whether batches are normalised over all processes.
    plugins : identify this process.
    """

    devices: int = 1
    nodes: int = 1
    strategy: Strategy | str = "auto"
    sync_batchnorm: bool = False
    plugins: tuple[ClusterEnvironment, ...] = ()


def group_settings(config: TrainingConfig, *, thaws: bool) -> GroupSettings:
    """The settings for the group that this process has joined.

    Parameters
    ----------
    config : of the training.
    thaws : whether some weights have no gradient in the first epochs.
    """
    size = get_world_size()
    if size == 1:
        return GroupSettings()
    strategy = DDPStrategy(
        find_unused_parameters=thaws,
        # Running statistics are averaged before a validation; no other buffer ever changes.
        broadcast_buffers=False,
    )
    return GroupSettings(
        devices=size // config.nodes,
        nodes=config.nodes,
        strategy=strategy,
        sync_batchnorm=on_gpu(config.device),  # torch has it for GPUs only
        plugins=(_launcher() or _SpawnedProcesses(),),
    )


class _SpawnedProcesses(LightningEnvironment):
    """Processes that `spawn` has started, so Lightning must not."""

    @property
    def creates_processes_externally(self) -> bool:
        return True

    def local_rank(self) -> int:
        return get_rank()

    def node_rank(self) -> int:
        return 0


def _launcher() -> ClusterEnvironment | None:
    """The launcher of this process and others; None for a single process."""
    found: ClusterEnvironment | None = None
    if TorchElasticEnvironment.detect():
        found = TorchElasticEnvironment()
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `srun` is there and not used
            try:
                if SLURMEnvironment.detect():
                    found = SLURMEnvironment(auto_requeue=False)  # `--resume` continues a run
            except RuntimeError as error:
                raise ConfigError(f"the settings of the SLURM job: {error}") from error
    return found if found is not None and found.world_size() > 1 else None


def _require_one_machine(config: TrainingConfig) -> None:
    if config.nodes > 1:
        raise ConfigError(
            f"training.nodes: {config.nodes}, but nothing has started processes on other machines: "
            "start this command with torchrun or srun on each, or set training.nodes: 1"
        )
