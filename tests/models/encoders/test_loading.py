from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch

from emotion_classifier.errors import ConfigError, EmotionClassifierError, EncoderError
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.loading import load_checkpoint
from emotion_classifier.testing.encoders import tiny_checkpoint

RATE = 16_000


@pytest.fixture(scope="module")
def weights_and_settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tiny_checkpoint(tmp_path_factory.mktemp("wav2vec2"), "wav2vec2")
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def folder(weights_and_settings: dict[str, bytes], tmp_path: Path) -> Path:
    for name, content in weights_and_settings.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def rewrite_weights(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]
) -> None:
    file = folder / "model.safetensors"
    weights = change(safetensors.torch.load_file(file))
    safetensors.torch.save_file(weights, file, {"format": "pt"})


def rewrite_json(file: Path, **changes: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_loads_quietly(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rewrite_weights(folder, lambda found: {**found, "lm_head.weight": torch.zeros(2, 2)})
    load_checkpoint(str(folder), None)
    assert capfd.readouterr() == ("", "")


def test_loads_a_checkpoint_of_another_task_with_older_names(folder: Path) -> None:
    """As CTC models on the hub are: a prefix, a head, and weight norm in torch's old names."""
    expected = load_checkpoint(str(folder), None)[0].state_dict()

    def older(found: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        names = {
            "parametrizations.weight.original0": "weight_g",
            "parametrizations.weight.original1": "weight_v",
        }
        for new, old in names.items():
            found = {name.replace(new, old): value for name, value in found.items()}
        assert "encoder.pos_conv_embed.conv.weight_g" in found
        body = {f"wav2vec2.{name}": value for name, value in found.items()}
        return {**body, "lm_head.weight": torch.ones(3, 32), "quantizer.codevectors": torch.ones(2)}

    rewrite_weights(folder, older)
    rewrite_json(folder / "config.json", architectures=["Wav2Vec2ForCTC"])
    found = load_checkpoint(str(folder), None)[0].state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_fingerprint_depends_on_every_file(folder: Path) -> None:
    def fingerprint() -> str:
        return load_checkpoint(str(folder), None)[1].fingerprint

    first = fingerprint()
    assert fingerprint() == first
    rewrite_weights(folder, lambda found: {n: v + 1e-3 for n, v in found.items()})
    second = fingerprint()
    rewrite_json(folder / "preprocessor_config.json", do_normalize=False)
    assert len({first, second, fingerprint()}) == 3


def test_normalises_as_the_preprocessor(folder: Path) -> None:
    noise = torch.randn(1, 4000, generator=torch.Generator().manual_seed(0))

    def change_with_level() -> float:
        encoder = EncoderConfig(name=str(folder), layers="last").build(RATE).eval()
        with torch.no_grad():
            loud, quiet = (encoder(level * noise, torch.tensor([4000])) for level in (1.0, 0.001))
        return float((loud - quiet).abs().max())

    assert change_with_level() < 0.05
    rewrite_json(folder / "preprocessor_config.json", do_normalize=False)
    assert change_with_level() > 0.5


def test_reads_the_preprocessor_of_a_processor(folder: Path) -> None:
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").unlink()
    (folder / "processor_config.json").write_text(json.dumps({"feature_extractor": settings}))
    description = load_checkpoint(str(folder), None)[1]
    assert description.preprocessor["do_normalize"] is True


def test_defaults_of_the_preprocessor_are_those_of_transformers(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "preprocessor_config.json").write_text("{}")
    description = load_checkpoint(str(folder), None)[1]
    assert description.preprocessor == {"do_normalize": True, "sampling_rate": RATE}
    whisper = tiny_checkpoint(tmp_path / "whisper", "whisper", layers=1)
    loaded = load_checkpoint(str(whisper), None)[1].preprocessor
    (whisper / "preprocessor_config.json").write_text("{}")
    assert load_checkpoint(str(whisper), None)[1].preprocessor == loaded


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def truncated(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def lacking_a_layer(folder: Path) -> None:
    rewrite_weights(
        folder, lambda found: {n: v for n, v in found.items() if "encoder.layers.1." not in n}
    )


def with_a_layer_less(folder: Path) -> None:
    rewrite_json(folder / "config.json", num_hidden_layers=2)


def of_other_width(folder: Path) -> None:
    rewrite_json(folder / "config.json", intermediate_size=48)


def of_another_kind(folder: Path) -> None:
    rewrite_json(folder / "config.json", model_type="bert")


def broken_settings(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def with_code(folder: Path) -> None:
    rewrite_json(
        folder / "config.json", model_type="mine", auto_map={"AutoModel": "modeling_mine.Mine"}
    )
    (folder / "modeling_mine.py").write_text("raise SystemExit('ran')")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without("config.json"), r"holds no config\.json: give the folder of a checkpoint"),
        (without("preprocessor_config.json"), r"holds no preprocessor_config\.json"),
        (without("model.safetensors"), r"but no model\.safetensors: copy the weights"),
        (pickled, r"holds pickled weights only, and opening those runs code"),
        (truncated, r"no checkpoint that can be read: .* Download it again"),
        (lacking_a_layer, r"it lacks 16 weights, such as encoder\.layers\.1\."),
        (with_a_layer_less, r"it has no place for 16 weights, such as encoder\.layers\.2\."),
        (of_other_width, r"no checkpoint that can be read"),
        (
            of_another_kind,
            r"names a 'bert', which is no supported speech encoder: .* hubert, .*, whisper",
        ),
        (broken_settings, r"config\.json cannot be read"),
        (with_code, r"names a 'mine', which is no supported speech encoder"),
    ],
)
def test_unusable_checkpoint_is_refused(
    damage: Callable[[Path], object],
    message: str,
    folder: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    damage(folder)
    with pytest.raises(EncoderError, match=message):
        load_checkpoint(str(folder), None)
    assert capfd.readouterr() == ("", "")


def test_error_for_a_folder_of_pickled_weights_names_no_repository(folder: Path) -> None:
    pickled(folder)
    with pytest.raises(EncoderError, match="`hf download NAME --revision"):
        load_checkpoint(str(folder), None)


@pytest.mark.parametrize(
    ("settings", "rate", "message"),
    [
        ({"layers": (1, 4)}, RATE, r"no layer 4: .* 0 \(input of the first\) to 3"),
        ({}, 8000, r"input\.sample_rate: 8000: .* trained at 16000 Hz: set input\.sample_rate"),
        ({"layers": (1,), "tuning": {"kind": "last_layers"}}, RATE, "2 is more than the 1"),
    ],
)
def test_settings_that_do_not_fit_the_checkpoint_are_refused(
    settings: dict[str, object], rate: int, message: str, folder: Path
) -> None:
    config = EncoderConfig.model_validate({"name": str(folder), **settings})
    with pytest.raises(ConfigError, match=message):
        config.build(rate)


@pytest.mark.parametrize("layers", [[], [3, 1], [1, 1], [-1], "first"])
def test_invalid_layers_are_refused(layers: object) -> None:
    with pytest.raises(ValueError, match="layers"):
        EncoderConfig.model_validate({"name": "some/encoder", "layers": layers})


def test_encoder_error_is_an_emotion_classifier_error() -> None:
    assert issubclass(EncoderError, EmotionClassifierError)
