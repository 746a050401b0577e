from __future__ import annotations

import io
from dataclasses import astuple
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from pydantic import Field
from rich.console import Console

from emotion_classifier.config import StrictConfig, json_schema, load_config, read_yaml
from emotion_classifier.config.schema import (
    OptionRow,
    Schema,
    reference,
    to_markdown,
    to_table,
)
from emotion_classifier.experiments.run_list.config import RunListConfig
from emotion_classifier.experiments.studies.config import StudyConfig
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.tuning.config import TuningConfig
from emotion_classifier.inference.files.config import InferenceConfig

CONFIGS = Path(__file__).parents[2] / "configs"


def _errors(cls: type[StrictConfig], data: object) -> list[str]:
    return [
        error.message
        for error in jsonschema.Draft202012Validator(json_schema(cls)).iter_errors(data)
    ]


# The schema of a study is that of its settings together with those of the file in `design_of`.
WHOLE = [path for path in CONFIGS.rglob("*.yml") if "design_of" not in read_yaml(path).data]


@pytest.mark.parametrize("path", sorted(WHOLE), ids=lambda path: path.stem)
def test_the_settings_files_conform_to_their_schema(path: Path) -> None:
    others: dict[str, type[StrictConfig]] = {
        "inference_config": InferenceConfig,
        "models_runs": RunListConfig,
        "tune": TuningConfig,
    }
    cls = StudyConfig if path.parent.name == "studies" else others.get(path.stem, RunConfig)
    assert _errors(cls, read_yaml(path).data) == []


@pytest.mark.parametrize(
    "data",
    [
        {"corpora": [{"kind": "toy"}], "sede": 1},
        {"corpora": [{"kind": "toy", "speakers": 0}]},
        {"corpora": [{"kind": "tot"}]},
        {},
    ],
)
def test_invalid_settings_violate_the_schema(
    run_config: type[StrictConfig], data: dict[str, Any]
) -> None:
    assert _errors(run_config, {"corpora": [{"kind": "toy"}]}) == []
    assert _errors(run_config, data)


def test_every_option_has_its_docstring_as_description(run_config: type[StrictConfig]) -> None:
    schema = json_schema(run_config)
    assert schema["description"] == "A run."
    assert schema["properties"]["seed"]["description"] == "Start of every random draw."


def test_parts_of_a_schema(run_config: type[StrictConfig]) -> None:
    options = Schema.of(run_config).options
    corpus = options["corpora"].entry
    assert corpus is not None
    assert (list(corpus.kinds), corpus.discriminator) == (["folder", "toy"], "kind")
    assert list(options["extra"].without_null.kinds) == ["folder", "toy"]
    votes = corpus.kinds["folder"].options["votes"]
    assert votes.value is not None
    assert votes.value.content["maximum"] == 1
    fractions = options["split"].kinds["fractions"].options["fractions"]
    assert [entry.content["type"] for entry in fractions.entries] == ["number"] * 3
    devices = options["training"].options["devices"]
    assert devices.without_null is devices
    assert len(devices.alternatives) == 2


def test_the_part_below_a_key(run_config: type[StrictConfig]) -> None:
    schema = Schema.of(run_config)
    assert schema.below("sead") is None
    folds = schema.options["split"].kinds["fractions"].options["fractions"]
    assert folds.below(2) is not None
    assert folds.below(3) is None
    channels = schema.options["model"].options["network"].kinds["cnn"].options["channels"]
    assert channels.below(9) is not None


def test_every_option_of_the_tree_has_its_row(run_config: type[StrictConfig]) -> None:
    corpus = [
        ("kind", "folder", "folder", "required", "Clips in a folder per emotion."),
        ("path", "folder", "path", "required", "Folder of the clips."),
        ("votes", "folder", "map of names to number (≥ 0, ≤ 1)", "{}", "Share of each emotion."),
        ("kind", "toy", "toy", "required", "Synthetic voices."),
        ("speakers", "toy", "integer (≥ 1)", "8", "Number of voices."),
    ]
    rows = [
        ("experiment", "", "text (length ≥ 1)", '"demo"', "Name of the folder of the run."),
        ("seed", "", "integer (≥ 0)", "0", "Start of every random draw."),
        ("corpora", "", "list of section (kind folder / toy) (length ≥ 1)", "required", "The clips to learn from."),
        *((f"corpora.N.{key}", *rest) for key, *rest in corpus),
        ("split", "", "section (kind fractions / folds)", '{"kind": "fractions"}', "Which speakers are in which part."),
        ("split.kind", "fractions", "fractions", "required", "Speakers by fractions."),
        ("split.fractions", "fractions", "list of 3 (number, number, number)", "[0.8, 0.1, 0.1]", "Shares of training, validation and test."),
        ("split.kind", "folds", "folds", "required", "Folds of speakers."),
        ("split.folds", "folds", "integer (≥ 2)", "5", "Number of folds."),
        ("model", "", "section", "{}", "The model."),
        ("model.network", "", "section (kind cnn / mlp)", '{"kind": "cnn", "dropout": 0.2}', "Architecture."),
        ("model.network.kind", "cnn", "cnn", "required", "Convolutions."),
        ("model.network.channels", "cnn", "list of integer (> 0)", "[16, 32]", "Channels of each block."),
        ("model.network.dropout", "cnn", "number (≥ 0, < 1)", "0.1", "Share of channels that are dropped."),
        ("model.network.kind", "mlp", "mlp", "required", "Layers in a row."),
        ("model.network.width", "mlp", "integer (≥ 1)", "64", "Units of each layer."),
        ("training", "", "section", "{}", "How it is trained."),
        ("training.epochs", "", "integer (≥ 1, ≤ 1000)", "100", "Passes over the training part."),
        ("training.learning_rate", "", "number (> 0)", "0.001", "Step size at the start."),
        ("training.patience", "", "integer (≥ 0) or null", "null", "Epochs without progress before the end."),
        ("training.monitor", "", "choice (uar, loss)", '"uar"', "The measure by which the best epoch is chosen."),
        ("training.devices", "", "integer or auto", '"auto"', "Processors to use."),
        ("training.precision", "", "choice (float32, bf16)", '"float32"', "How numbers are kept."),
        ("training.shuffle", "", "boolean", "true", "Whether the order changes."),
        ("extra", "", "section (kind folder / toy) or null", "null", "One more corpus, for tests only."),
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
        ("family", '{"kind": "outer"}'),
        ("family.inner", '{"size": 2}'),
        ("family.inner.size", "1"),
        ("named", '{"a": {"size": 3}, "b": {}}'),
        ("named.NAME.size", "1"),
        ("pair", '[{"size": 1}, 1]'),
        ("pair.0.size", "1"),
        ("either", '"none"'),
        ("either.size", "1"),
        ("made", ""),
        ("made.N.size", "1"),
    ],
)
def test_sections_are_found_wherever_they_stand(key: str, default: str) -> None:
    rows = {row.key: row for row in reference(ShapesConfig)}
    assert rows[key].default == default


def test_defaults_of_a_section_override_those_of_its_class() -> None:
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


def test_a_kind_without_docstring_is_described_by_its_class() -> None:
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


_ROW = OptionRow("a.N.b", "cnn", "text (matching a|b)", "[red]", "First [bold]choice[/bold].")


def test_markdown_has_a_line_for_every_option(run_config: type[StrictConfig]) -> None:
    rows = reference(run_config)
    lines = to_markdown(rows).splitlines()
    assert lines[:2] == [
        "| Option | Kind | Type | Default | Meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    assert [line.split(" | ")[0] for line in lines[2:]] == [f"| `{row.key}`" for row in rows]


def test_a_bar_in_a_cell_is_no_new_column() -> None:
    assert to_markdown([_ROW]).splitlines()[2] == (
        "| `a.N.b` | `cnn` | text (matching a\\|b) | `[red]` | First [bold]choice[/bold]. |"
    )


def _shown(rows: list[OptionRow], width: int) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(to_table(rows))
    return console.export_text()


def test_a_row_of_the_table() -> None:
    words = " ".join(_shown([_ROW], 100).replace("─", "").split())
    assert words == (
        "Option Value Meaning a.N.b text (matching a|b) First [bold]choice[/bold]. "
        "(kind cnn) default [red]"
    )


@pytest.mark.parametrize("width", [40, 80, 300])
def test_nothing_of_the_table_is_cut(width: int, run_config: type[StrictConfig]) -> None:
    rows = [_ROW, *reference(run_config)]
    wide, shown = _shown(rows, 1000), _shown(rows, width)
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown
    letters = sorted("".join(shown.replace("─", "").split()))
    assert letters == sorted("".join(wide.replace("─", "").split()))
    assert all(field in wide for row in rows for field in astuple(row))
