from __future__ import annotations

from pathlib import Path

import numpy as np
from google.protobuf import text_format  # type: ignore[import-untyped]
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

from emotion_classifier.training.logging.projector import write_projector

FACTS = {"emotion": ["a\tb", "c\nd", "é"], "speaker": ["1", "2", "3"]}


def read(folder: Path) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], list[list[str]]]:
    """Vectors and metadata, found as TensorBoard finds them."""
    text = (folder / "projector_config.pbtxt").read_text("utf-8")
    config = text_format.Parse(text, ProjectorConfig())
    (one,) = config.embeddings
    lines = (folder / one.metadata_path).read_text("utf-8").splitlines()
    vectors = np.loadtxt(folder / one.tensor_path, delimiter="\t", ndmin=2)
    return vectors, [line.split("\t") for line in lines]


def test_tensorboard_finds_every_clip_with_its_facts(tmp_path: Path) -> None:
    embeddings = np.random.default_rng(0).normal(0, 100, (3, 5)).astype(np.float32)
    write_projector(tmp_path, embeddings, FACTS)
    vectors, lines = read(tmp_path)
    np.testing.assert_allclose(vectors, embeddings, rtol=1e-5)
    assert lines == [["emotion", "speaker"], ["a b", "1"], ["c d", "2"], ["é", "3"]]


def test_writing_again_replaces_the_earlier_files(tmp_path: Path) -> None:
    write_projector(tmp_path, np.zeros((3, 5), np.float32), FACTS)
    write_projector(tmp_path, np.ones((3, 2), np.float32), FACTS)
    vectors, lines = read(tmp_path)
    np.testing.assert_array_equal(vectors, np.ones((3, 2)))
    assert len(lines) == 4
