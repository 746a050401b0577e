"""Parts from outside the package, named in the settings of a run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import Field

from emotion_classifier.config.document import did_you_mean
from emotion_classifier.config.strict import StrictConfig
from emotion_classifier.errors import ConfigError


class CustomPart(StrictConfig):
    """A class or function from outside the package; it imports code, so only settings of runs allow it.

    A model folder runs no code: its specification must refuse this kind.
    """

    kind: Literal["custom"] = "custom"
    target: Annotated[str, Field(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*$")]
    """Class or function, as `my_package.module:Name`."""
    options: dict[str, Any] = {}
    """Keyword arguments of the target."""

    def build(self, *arguments: object) -> Any:
        """The result of the target called with `arguments` and the options.

        Raises
        ------
        ConfigError
            The target cannot be imported or called with these arguments.
        """
        target = self.load()
        try:
            signature = inspect.signature(target)
        except ValueError:  # compiled classes and functions may have none
            try:
                return target(*arguments, **self.options)
            except TypeError as error:
                raise self._not_callable_with(arguments, "", error) from error
        try:
            signature.bind(*arguments, **self.options)
        except TypeError as error:
            raise self._not_callable_with(arguments, str(signature), error) from error
        return target(*arguments, **self.options)

    def _not_callable_with(
        self, arguments: tuple[object, ...], signature: str, error: TypeError
    ) -> ConfigError:
        return ConfigError(
            f"target {self.target}{signature} cannot be called with {len(arguments)} positional "
            f"arguments and the options {', '.join(self.options) or '(none)'}: {error}"
        )

    def load(self) -> Callable[..., Any]:
        """The imported target.

        Raises
        ------
        ConfigError
            There is no such module or name, or it cannot be called.
        """
        module_name, _, name = self.target.partition(":")
        try:
            module = import_module(module_name)
        except ModuleNotFoundError as error:
            if not f"{module_name}.".startswith(f"{error.name}."):
                raise  # a module that the target's module needs
            raise ConfigError(
                f"target {self.target}: there is no module {error.name}; install its package, or add "
                "its folder to PYTHONPATH"
            ) from error
        if not hasattr(module, name):
            hint = did_you_mean(name, [public for public in vars(module) if public[0] != "_"])
            raise ConfigError(f"target {self.target}: {module_name} has no {name}{hint}")
        target: object = getattr(module, name)
        if not callable(target):
            raise ConfigError(
                f"target {self.target} is a {type(target).__name__}, which cannot be called; name a "
                "class or a function"
            )
        return target
