"""Settings of networks; no module is imported before it is built, so that they need no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.custom import CustomNetworkConfig
from emotion_classifier.models.pooling.config import (
    AttentionPoolingConfig,
    PoolingConfig,
    StatisticsPoolingConfig,
)

if TYPE_CHECKING:
    from emotion_classifier.models.networks.acnt import Acnt
    from emotion_classifier.models.networks.attention import Attention
    from emotion_classifier.models.networks.cnn import Cnn
    from emotion_classifier.models.networks.cnn_lstm import CnnLstm
    from emotion_classifier.models.networks.lstm import Lstm
    from emotion_classifier.models.networks.mlp import Mlp
    from emotion_classifier.models.networks.parallel import Parallel


class AcntConfig(StrictConfig):
    """Residual convolutions and a Transformer encoder, one after the other."""

    kind: Literal["acnt"] = "acnt"
    channels: Annotated[tuple[int, ...], Field(min_length=1, max_length=6)] = (16, 32, 64, 128)
    """Channels of the residual blocks."""
    poolings: Annotated[int, Field(ge=0, le=6)] | None = None
    """Blocks that halve frames and bins, the last ones; null for all."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Share of channels (convolutions) or units (Transformer) dropped while training."""
    use_transformer: bool = True
    """Whether there is a Transformer encoder; false for the ablation."""
    transformer_dim: Annotated[int, Field(ge=8, multiple_of=8)] = 128
    """Width of the projection and of the Transformer encoder."""
    transformer_layers: Annotated[int, Field(ge=1, le=24)] = 2
    """Layers of the Transformer encoder."""
    transformer_heads: Literal[1, 2, 4, 8] = 4
    """Attention heads of each layer."""

    @model_validator(mode="after")
    def _no_more_poolings_than_blocks(self) -> Self:
        if self.poolings is not None and self.poolings > len(self.channels):
            raise ValueError(
                f"poolings ({self.poolings}) is above the number of blocks ({len(self.channels)}): lower "
                "it, or add channels"
            )
        return self

    def build(self, features: int) -> Acnt:
        """The network for `features` values in a frame."""
        from emotion_classifier.models.networks.acnt import Acnt

        return Acnt(
            features,
            channels=self.channels,
            poolings=self.poolings,
            dropout=self.dropout,
            transformer_dim=self.transformer_dim,
            transformer_layers=self.transformer_layers if self.use_transformer else 0,
            transformer_heads=self.transformer_heads,
        )


class ParallelConfig(StrictConfig):
    """A convolution stack beside a Transformer encoder."""

    kind: Literal["parallel"] = "parallel"
    channels: Annotated[tuple[int, ...], Field(min_length=1, max_length=6)] = (16, 32, 64, 64)
    """Channels of the residual blocks; each block halves frames and bins."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Share of channels (convolutions) or units (Transformer) dropped while training."""
    transformer_dim: Annotated[int, Field(ge=8, multiple_of=8)] = 64
    """Width of the Transformer encoder."""
    transformer_layers: Annotated[int, Field(ge=1, le=24)] = 4
    """Layers of the Transformer encoder."""
    transformer_heads: Literal[1, 2, 4, 8] = 4
    """Attention heads of each layer."""

    def build(self, features: int) -> Parallel:
        """The network for `features` values in a frame."""
        from emotion_classifier.models.networks.parallel import Parallel

        return Parallel(
            features,
            channels=self.channels,
            dropout=self.dropout,
            transformer_dim=self.transformer_dim,
            transformer_layers=self.transformer_layers,
            transformer_heads=self.transformer_heads,
        )


class CnnConfig(StrictConfig):
    """Residual convolutions and pooling over time."""

    kind: Literal["cnn"] = "cnn"
    channels: Annotated[tuple[int, ...], Field(min_length=1, max_length=6)] = (16, 32, 64, 128)
    """Channels of the residual blocks; each block halves frames and bins."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Share of channels dropped while training."""
    pooling: PoolingConfig = StatisticsPoolingConfig()
    """How the frames become one vector."""
    embedding: Annotated[int, Field(ge=1)] = 128
    """Width of the layer before the head."""

    def build(self, features: int) -> Cnn:
        """The network for `features` values in a frame."""
        from emotion_classifier.models.networks.cnn import Cnn

        return Cnn(
            features,
            channels=self.channels,
            dropout=self.dropout,
            pooling=self.pooling.build,
            embedding=self.embedding,
        )


class CnnLstmConfig(StrictConfig):
    """Residual convolutions, LSTM layers, pooling over time, one after the other."""

    kind: Literal["cnn_lstm"] = "cnn_lstm"
    channels: Annotated[tuple[int, ...], Field(min_length=1, max_length=6)] = (16, 32, 64)
    """Channels of the residual blocks; each block halves frames and bins."""
    hidden: Annotated[int, Field(ge=1, le=4096)] = 128
    """Units of each direction of each LSTM layer."""
    layers: Annotated[int, Field(ge=1, le=8)] = 1
    """LSTM layers, one above the other."""
    bidirectional: bool = True
    """Whether each LSTM layer reads the clip backwards too."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Share of channels (convolutions) or units (LSTM) dropped while training."""
    pooling: PoolingConfig = AttentionPoolingConfig()
    """How the frames become one vector."""

    def build(self, features: int) -> CnnLstm:
        """The network for `features` values in a frame."""
        from emotion_classifier.models.networks.cnn_lstm import CnnLstm

        return CnnLstm(
            features,
            channels=self.channels,
            hidden=self.hidden,
            layers=self.layers,
            bidirectional=self.bidirectional,
            dropout=self.dropout,
            pooling=self.pooling.build,
        )


class LstmConfig(StrictConfig):
    """Recurrent layers over the frames, and pooling over time."""

    kind: Literal["lstm"] = "lstm"
    hidden: Annotated[int, Field(ge=1, le=4096)] = 128
    """Units of each direction of each layer."""
    layers: Annotated[int, Field(ge=1, le=8)] = 2
    """Layers, one above the other."""
    bidirectional: bool = True
    """Whether each layer reads the clip backwards too."""
    frames_per_step: Annotated[int, Field(ge=1, le=16)] = 2
    """Frames whose mean is one step: fewer steps train faster and remember longer."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.3
    """Share of units dropped before each layer while training."""
    pooling: PoolingConfig = AttentionPoolingConfig()
    """How the frames become one vector."""

    def build(self, features: int) -> Lstm:
        """The network for `features` values in a frame."""
        from emotion_classifier.models.networks.lstm import Lstm

        return Lstm(
            features,
            hidden=self.hidden,
            layers=self.layers,
            bidirectional=self.bidirectional,
            frames_per_step=self.frames_per_step,
            dropout=self.dropout,
            pooling=self.pooling.build,
        )


class AttentionConfig(StrictConfig):
    """Self-attention over frames with attention pooling; no convolution, no recurrence."""

    kind: Literal["attention"] = "attention"
    width: Annotated[int, Field(ge=8, multiple_of=8)] = 128
    """Width of the Transformer encoder."""
    layers: Annotated[int, Field(ge=1, le=24)] = 3
    """Layers of the Transformer encoder."""
    heads: Literal[1, 2, 4, 8] = 4
    """Attention heads of each layer."""
    frames_per_step: Annotated[int, Field(ge=1, le=16)] = 4
    """Neighbouring frames that are read together, as one step."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.2
    """Share of units dropped while training."""
    pooling: PoolingConfig = AttentionPoolingConfig()
    """How the steps become one vector."""

    def build(self, features: int) -> Attention:
        """The network for `features` values in a frame."""
        from emotion_classifier.models.networks.attention import Attention

        return Attention(
            features,
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            frames_per_step=self.frames_per_step,
            dropout=self.dropout,
            pooling=self.pooling.build,
        )


class MlpConfig(StrictConfig):
    """Fully connected layers over one vector of each clip: the usual head of an encoder."""

    kind: Literal["mlp"] = "mlp"
    pooling: PoolingConfig | None = None
    """From frames to one vector; null takes 16 statistics of each feature, the classical way."""
    hidden: Annotated[tuple[int, ...], Field(max_length=8)] = (256, 128)
    """Units of each layer; the last is the embedding. Without layers it is the normalised vector."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5
    """Share of units dropped before each layer while training."""

    normalisation: Literal["batch", "running"] = "batch"
    """Statistics that normalise the vector in training: of the batch, or of all batches so far, for
    several corpora in batches of clips of similar length. The default is not the choice of the bundled
    models (`running`): settings without this key keep the meaning that they had in earlier versions."""

    def build(self, features: int) -> Mlp:
        """The network for `features` values in a frame."""
        from emotion_classifier.models.networks.mlp import Mlp

        pooling = self.pooling.build if self.pooling is not None else None
        return Mlp(
            features,
            pooling=pooling,
            hidden=self.hidden,
            dropout=self.dropout,
            normalisation=self.normalisation,
        )


NetworkConfig = Annotated[
    AcntConfig
    | ParallelConfig
    | CnnConfig
    | CnnLstmConfig
    | LstmConfig
    | AttentionConfig
    | MlpConfig
    | CustomNetworkConfig,
    Field(discriminator="kind"),
]
