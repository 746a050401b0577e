"""Networks and front-ends from outside the package, in the settings of runs only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_classifier.config import CustomPart
from emotion_classifier.errors import ConfigError, ModelFolderError
from emotion_classifier.model_folder.specification import ModelSpecification

if TYPE_CHECKING:
    from torch import nn


class CustomNetworkConfig(CustomPart):
    """A network of your own: `target` is called with the number of features and `options`.

    Its contract is `emotion_classifier.testing.networks.check_network`.
    """

    def build(self, *arguments: object) -> Any:
        """The network that the target returns.

        Raises
        ------
        ConfigError
            The target cannot be imported or called, or it returns no network.
        """
        network = super().build(*arguments)
        return _require_module(self.target, network, ("minimum_frames", "embedding_features"))


class CustomFrontendConfig(CustomPart):
    """A front-end of your own: `target` is called with the sample rate in Hz and `options`.

    Its contract is `emotion_classifier.testing.networks.check_frontend`.
    """

    def build(self, *arguments: object) -> Any:
        """The front-end that the target returns.

        Raises
        ------
        ConfigError
            The target cannot be imported or called, or it returns no front-end.
        """
        frontend = super().build(*arguments)
        names = ("features", "hop_length", "minimum_samples", "frame_lengths")
        return _require_module(self.target, frontend, names)


def require_no_custom_part(specification: ModelSpecification) -> None:
    """Raise `ModelFolderError` if a model can be rebuilt by code from outside the package only."""
    for name in ("frontend", "network"):
        section = specification.architecture.get(name) or {}
        if section.get("kind") == "custom":
            raise ModelFolderError(
                f"the {name} of {specification.name} is {section.get('target')}, from outside this "
                "package, and a model folder runs no code: predict with its ONNX graph, or train "
                "with settings that name this target and the folder as pretrained_weights.path"
            )


def _require_module(target: str, module: object, attributes: tuple[str, ...]) -> nn.Module:
    """`module`, or `ConfigError` if it is no torch module with these attributes."""
    from torch import nn

    lacking = [name for name in attributes if not hasattr(module, name)]
    if not isinstance(module, nn.Module) or lacking:
        raise ConfigError(
            f"target {target} returned {type(module).__name__}, which is no torch module with "
            f"{', '.join(attributes)}; emotion_classifier.testing checks the whole contract"
        )
    return module
