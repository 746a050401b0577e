from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field

from emotion_classifier.config import StrictConfig, load_config
from emotion_classifier.config.option_reference import OptionRow, reference


def test_every_option_of_the_tree_has_its_row(run_config: type[StrictConfig]) -> None:
    corpus = [
        ("kind", "folder", "kind", "required", "folder", "Clips in a folder per emotion."),
        ("path", "folder", "path", "required", "", "Folder of the clips."),
        ("votes", "folder", "map of names to number", "{}", "each value 0 to 1", "Share of each emotion."),
        ("kind", "toy", "kind", "required", "toy", "Synthetic voices."),
        ("speakers", "toy", "whole number", "8", "at least 1", "Number of voices."),
    ]  # fmt: skip
    rows = [
        ("experiment", "", "text", "demo", "at least 1 character", "Name of the folder of the run."),
        ("seed", "", "whole number", "0", "at least 0", "Start of every random draw."),
        ("corpora", "", "list of sections with a kind", "required", "at least 1 entry, each kind: folder, toy", "What to learn from."),
        *((f"corpora.N.{key}", *rest) for key, *rest in corpus),
        ("split", "", "section with a kind", "{kind: fractions}", "kind: fractions, folds", "Which speakers stand in which part."),
        ("split.kind", "fractions", "kind", "required", "fractions", "Speakers by fractions."),
        ("split.fractions", "fractions", "list of 3 numbers", "[0.8, 0.1, 0.1]", "", "Shares of training, validation and test."),
        ("split.kind", "folds", "kind", "required", "folds", "Folds of speakers."),
        ("split.folds", "folds", "whole number", "5", "at least 2", "Number of folds."),
        ("model", "", "section", "{}", "", "The model."),
        ("model.network", "", "section with a kind", "{kind: cnn, dropout: 0.2}", "kind: cnn, mlp", "Architecture."),
        ("model.network.kind", "cnn", "kind", "required", "cnn", "Convolutions."),
        ("model.network.channels", "cnn", "list of whole numbers", "[16, 32]", "each above 0", "Channels of each block."),
        ("model.network.dropout", "cnn", "number", "0.1", "at least 0, below 1", "Share of channels that are dropped."),
        ("model.network.kind", "mlp", "kind", "required", "mlp", "Layers in a row."),
        ("model.network.width", "mlp", "whole number", "64", "at least 1", "Units of each layer."),
        ("training", "", "section", "{}", "", "How it is trained."),
        ("training.epochs", "", "whole number", "100", "1 to 1000", "Passes over the training part."),
        ("training.learning_rate", "", "number", "0.001", "above 0", "Step size at the start."),
        ("training.patience", "", "whole number, or null", "null", "at least 0", "Epochs without progress before the end."),
        ("training.monitor", "", "choice", "uar", "uar, loss", "What the best epoch is chosen by."),
        ("training.devices", "", "whole number or auto", "auto", "", "Processors to use."),
        ("training.precision", "", "choice", "float32", "float32, bf16", "How numbers are kept."),
        ("training.shuffle", "", "true or false", "true", "", "Whether the order changes."),
        ("extra", "", "section with a kind, or null", "null", "kind: folder, toy", "One more corpus, for tests only."),
        *((f"extra.{key}", *rest) for key, *rest in corpus),
    ]  # fmt: skip
    assert reference(run_config) == [OptionRow(*row) for row in rows]


def test_a_default_shown_can_be_written_as_an_override(run_config: type[StrictConfig]) -> None:
    required = ["corpora.0.kind=toy"]
    defaults = [
        f"{row.key}={row.default}"
        for row in reference(run_config)
        if row.default != "required" and not row.kind
    ]
    assert len(defaults) == 14
    assert load_config(run_config, None, [*required, *defaults]) == load_config(
        run_config, None, required
    )


class InnerConfig(StrictConfig):
    """Inside."""

    size: int = 1
    """Size."""


class OuterConfig(StrictConfig):
    """Outside.

    More.
    """

    kind: Literal["outer"] = "outer"
    inner: InnerConfig = InnerConfig(size=2)
    """Section."""


class BareConfig(StrictConfig):
    kind: Literal["bare"] = "bare"


class ShapesConfig(StrictConfig):
    family: Annotated[OuterConfig, Field(discriminator="kind")] = OuterConfig()
    """Family of one."""
    named: dict[str, InnerConfig] = {"a": InnerConfig(size=3), "b": InnerConfig()}
    """Sections by name."""
    pair: tuple[InnerConfig, int] = (InnerConfig(), 1)
    """Fixed."""
    either: InnerConfig | str = "none"
    """Union."""
    made: list[InnerConfig] = Field(default_factory=lambda: [InnerConfig(size=4)])
    """Factory."""
    silent: int = 0


@pytest.mark.parametrize(
    ("key", "default"),
    [
        ("family", "{kind: outer}"),
        ("family.inner", "{size: 2}"),
        ("family.inner.size", "1"),
        ("named", "{a: {size: 3}, b: {}}"),
        ("named.NAME.size", "1"),
        ("pair", "[{}, 1]"),
        ("pair.0.size", "1"),
        ("either", "none"),
        ("either.size", "1"),
        ("made", "[{size: 4}]"),
        ("made.N.size", "1"),
    ],
)
def test_sections_are_found_wherever_they_stand(key: str, default: str) -> None:
    rows = {row.key: row for row in reference(ShapesConfig)}
    assert rows[key].default == default


def test_a_default_is_what_its_section_changes_in_its_own_defaults() -> None:
    # naming any option of the section builds it anew from the defaults of its class
    written = load_config(ShapesConfig, None, ["family={kind: outer, inner: {}}"])
    assert isinstance(written.family, OuterConfig)
    assert written.family.inner.size == 1
    assert ShapesConfig().family.inner.size == 2


def test_only_the_first_paragraph_is_the_meaning_and_none_is_empty() -> None:
    rows = {row.key: row for row in reference(ShapesConfig)}
    assert rows["family.kind"].description == "Outside."
    assert rows["silent"].description == ""
    assert reference(BareConfig)[0].description == ""


def test_a_kind_without_docstring_means_what_its_class_means() -> None:
    assert reference(OuterConfig)[0].description == "Outside."


def test_kinds_in_kinds_are_joined() -> None:
    class HolderConfig(StrictConfig):
        kind: Literal["holder"] = "holder"
        held: Annotated[OuterConfig, Field(discriminator="kind")] = OuterConfig()

    class RootConfig(StrictConfig):
        root: Annotated[HolderConfig, Field(discriminator="kind")] = HolderConfig()

    kinds = {row.key: row.kind for row in reference(RootConfig)}
    assert kinds["root.held"] == "holder"
    assert kinds["root.held.inner.size"] == "holder/outer"
