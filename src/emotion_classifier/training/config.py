"""Settings of a training."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.runs.history import Monitor
from emotion_classifier.training.objectives.config import (
    AdversaryConfig,
    CrossEntropyConfig,
    LossConfig,
    MixingConfig,
)
from emotion_classifier.training.optim.schedules import CosineConfig, ScheduleConfig
from emotion_classifier.training.sampling import EveryClipConfig, SamplingConfig


class EarlyStoppingConfig(StrictConfig):
    """End before the last epoch."""

    patience: Annotated[int, Field(ge=1)] = 15
    """Epochs without a better validation score after which training ends."""


class TensorBoardConfig(StrictConfig):
    """Figures, audio and embeddings in TensorBoard, beside the scores of each epoch."""

    every_epochs: Annotated[int, Field(ge=1)] = 5
    """Epochs between figures, curves and sounds; the first and the last epoch always have them."""
    clips: Annotated[int, Field(ge=0, le=64)] = 4
    """Training clips to show and play, clean and augmented; 0 for none."""
    embeddings: bool = True
    """Whether to write the embeddings of the validation clips in the best epoch, for the projector."""


class MlflowConfig(StrictConfig):
    """The run in MLflow, named by its label in the experiment of that name (extra `mlflow`)."""

    tracking_uri: str | None = None
    """Server or database, such as `http://host:5000` or `sqlite:///mlflow.db`; null takes MLFLOW_TRACKING_URI, or MLflow's default in the working folder."""


class WandbConfig(StrictConfig):
    """The run in Weights & Biases, named by its label (extra `wandb`)."""

    project: str | None = None
    """Project of the run; null takes the name of the experiment."""
    mode: Literal["online", "offline"] | None = None
    """Whether it is sent, or written into the run folder for `wandb sync`; null takes WANDB_MODE, or online."""


class TrainingConfig(StrictConfig):
    """Optimisation, and the choice of the epoch."""

    epochs: Annotated[int, Field(ge=1, le=100_000)] = 50
    """Longest training, in passes over the training part."""
    batch_size: Annotated[int, Field(ge=1, le=65_536)] = 32
    """Clips in a step, over all processes."""
    learning_rate: Annotated[float, Field(gt=0.0, le=10.0)] = 1e-3
    """Highest step size of AdamW."""
    encoder_learning_rate: Annotated[float, Field(gt=0.0, le=10.0)] | None = 1e-5
    """The same for the pretrained weights of an encoder; null for `learning_rate`."""
    layer_decay: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9
    """Factor of that for each transformer layer above a weight: lower layers change less."""
    weight_decay: Annotated[float, Field(ge=0.0, le=10.0)] = 1e-2
    """Decoupled weight decay of AdamW."""
    gradient_clip: Annotated[float, Field(gt=0.0)] | None = 5.0
    """Longest gradient (L2 norm over all weights); null does not clip."""
    schedule: ScheduleConfig = CosineConfig()
    """Schedule of the learning rate."""
    sampling: SamplingConfig = EveryClipConfig()
    """Clips of an epoch: each once, or balanced."""
    loss: LossConfig = CrossEntropyConfig()
    """Loss function."""
    class_weights: Literal["none", "inverse_frequency"] = "none"
    """Whether rare emotions weigh more in the loss; rare in its corpus with `absent_emotions: ignored`."""
    emotion_weights: dict[str, Annotated[float, Field(gt=0.0, le=100.0)]] = {}
    """Further factors of single emotions in the loss, such as `{neutral: 2}`."""
    absent_emotions: Literal["negative", "ignored"] = "negative"
    """Emotions that a clip's corpus does not have: negatives in the loss of the clip, or left out of it."""
    label_smoothing: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Proportion of the target that is spread over all emotions in the loss."""
    mixing: MixingConfig | None = None
    """Mixing of the clips of a batch; null for none."""
    adversary: AdversaryConfig | None = None
    """Adversarial branch against speaker information in the embedding; null for none."""
    monitor: Monitor = "uar"
    """Validation score for the choice of the epoch, the schedule and early stopping."""
    keep: Literal["best", "last", "average"] = "best"
    """Weights of the model: of the best epoch by `monitor`, of the last, or a mean of the best."""
    average_best: Annotated[int, Field(ge=2, le=100)] = 3
    """Epochs in the mean of `keep: average`: the best by `monitor`."""
    ema_decay: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    """Decay per step of a moving average of the weights that is validated and kept, such as 0.999."""
    early_stopping: EarlyStoppingConfig | None = None
    """When to end before the last epoch; null trains them all."""
    tensorboard: TensorBoardConfig | None = TensorBoardConfig()
    """Figures and audio in TensorBoard; null writes scores alone."""
    risk: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    """Highest share of wrong predictions among the validation clips that are not "uncertain", such as
    0.2, which sets `uncertain_below` of the model; null accepts nine tenths of the clips."""
    mlflow: MlflowConfig | None = None
    """Settings and scores in MLflow too; null for none."""
    wandb: WandbConfig | None = None
    """Settings and scores in Weights & Biases too; null for none."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """Arithmetic of the network; auto takes bf16 where the CPU or GPU has instructions for it."""
    device: Literal["auto", "cpu", "gpu"] = "auto"
    """Device; auto takes a GPU where there is one."""
    devices: Annotated[int, Field(ge=1, le=1024)] | Literal["auto"] = 1
    """Processes that train together on a machine, each on its own GPU; auto is one for each GPU."""
    nodes: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Machines that train together; torchrun or srun starts the command on each."""
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    """Processes that load clips; 0 loads between the steps. The result is the same for any number."""
