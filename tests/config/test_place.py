from __future__ import annotations

import pytest

from emotion_classifier.config import StrictConfig
from emotion_classifier.config.place import locate


@pytest.mark.parametrize(
    ("loc", "path", "holder"),
    [
        ((), (), "RunConfig"),
        (("seed",), ("seed",), "RunConfig"),
        (("sead",), ("sead",), "RunConfig"),
        (("sead", "x"), ("sead",), "RunConfig"),
        (("corpora", 0), ("corpora", 0), "RunConfig"),
        (("corpora", 0, "folder", "path"), ("corpora", 0, "path"), "FolderConfig"),
        (("corpora", 1, "toy", "toy"), ("corpora", 1, "toy"), "ToyConfig"),
        (
            ("corpora", 0, "folder", "votes", "path"),
            ("corpora", 0, "votes", "path"),
            "FolderConfig",
        ),
        # the kind has the name of a key
        (("split", "fractions", "fractions", 1), ("split", "fractions", 1), "FractionsConfig"),
        (("split", "fractions"), ("split",), "FractionsConfig"),
        (("model", "network", "cnn", "channels", 3), ("model", "network", "channels", 3), "CnnConfig"),
        (("training", "devices", "literal['auto']"), ("training", "devices"), "TrainingConfig"),
        (("extra", "toy", "speakers"), ("extra", "speakers"), "ToyConfig"),
    ],
)  # fmt: skip
def test_the_marks_of_unions_are_no_part_of_the_key(
    run_config: type[StrictConfig],
    loc: tuple[str | int, ...],
    path: tuple[str | int, ...],
    holder: str,
) -> None:
    place = locate(run_config, loc)
    assert place.path == path
    assert place.holder.__name__ == holder


def test_only_an_option_has_a_field(run_config: type[StrictConfig]) -> None:
    option = locate(run_config, ("corpora", 0, "folder", "path"))
    assert option.field is not None
    assert option.field.description == "Folder of the clips."
    # a map value with the name of an option
    assert locate(run_config, ("corpora", 0, "folder", "votes", "path")).field is None
    assert locate(run_config, ("corpora", 0)).field is None


def test_the_kind_that_chose_a_section_is_known(run_config: type[StrictConfig]) -> None:
    assert locate(run_config, ("model", "network", "mlp", "x")).kind_path == (
        "model",
        "network",
        "kind",
    )
    assert locate(run_config, ("training", "epochs")).kind_path is None
