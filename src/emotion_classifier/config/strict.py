"""The base of every settings class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

_BOOL = PydanticCustomError("bool_as_number", "Input should be a number, not true or false")


class StrictConfig(BaseModel):
    """Frozen, typed settings: unknown keys fail, and each option's docstring is its documentation.

    A settings class is in the module of the class it configures and has a ``build(...)`` method that
    passes plain arguments, so that the configured class never takes a settings object.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_default=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_bool_as_number(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Raise where `true` became 1, which pydantic allows."""
        config = validate(data)
        bools = _bools_as_numbers(data, dict(config), ()) if isinstance(data, Mapping) else ()
        errors = [InitErrorDetails(type=_BOOL, loc=loc, input=value) for loc, value in bools]
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return config

    def updated(self, values: Mapping[str, object], origin: str = "option") -> Self:
        """A validated copy with other values of some options.

        Parameters
        ----------
        values : dotted key → value (plain data or a settings object):
            ``{"stream.hop_seconds": 0.5, "stream.smoothing": {"kind": "mean", "windows": 3}}``.
        origin : source of the values, which begins messages.

        Raises
        ------
        ConfigError
            Names the option, its value and the rule.
        """
        from emotion_classifier.config.document import Document
        from emotion_classifier.config.loading import validated

        document = Document(self.model_dump(), {(): origin})
        for key, value in values.items():
            document = document.updated(key, value, origin)
        return validated(type(self), document)


def default_of(cls: type[BaseModel], key: str) -> Any:
    """The default of an option under a dotted `key`, such as ``stream.hop_seconds``."""
    name, *inner = key.split(".")
    default = cls.model_fields[name].get_default(call_default_factory=True, validated_data={})
    return reduce(getattr, inner, default)


def description_of(cls: type[BaseModel], key: str) -> str:
    """The docstring of an option under a dotted `key`."""
    section, _, name = key.rpartition(".")
    owner = type(default_of(cls, section)) if section else cls
    return owner.model_fields[name].description or ""


def _bools_as_numbers(
    written: object, taken: object, loc: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], bool]]:
    """Locations and values of the bools in `written` that are numbers in `taken`."""
    if isinstance(written, bool):
        if isinstance(taken, (int, float)) and not isinstance(taken, bool):
            yield loc, written
    elif isinstance(written, Mapping) and isinstance(taken, Mapping):
        for key, value in written.items():
            yield from _bools_as_numbers(value, taken.get(key), (*loc, key))
    elif isinstance(written, (list, tuple)) and isinstance(taken, (list, tuple)):
        for index, (value, result) in enumerate(zip(written, taken, strict=False)):
            yield from _bools_as_numbers(value, result, (*loc, index))
