"""The base of every settings class."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class StrictConfig(BaseModel):
    """Frozen, typed settings: unknown keys fail, and each option's docstring is its documentation.

    A settings class stands beside the class it configures and has a ``build(...)`` method that
    passes plain arguments, so that the configured class never sees a settings object.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_default=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )
