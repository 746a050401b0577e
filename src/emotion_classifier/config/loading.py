"""Settings from a YAML file, overrides or plain data; all errors are reported at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from emotion_classifier.config.document import Document
from emotion_classifier.errors import ConfigError

if TYPE_CHECKING:
    from emotion_classifier.config.schema import Schema

_NULL = frozenset({"null", "Null", "NULL", "~"})
_QUOTES = "\"'"
Config = TypeVar("Config", bound=BaseModel)


def load_config(
    cls: type[Config],
    path: Path | None,
    overrides: Sequence[str] = (),
    *,
    options: Mapping[str, object] | None = None,
) -> Config:
    """The validated settings of `read_settings`.

    Raises
    ------
    ConfigError
        Names for each error the file and line (or override), key, value and rule, and the nearest
        valid key or value.
    """
    return validated(cls, read_settings(cls, path, overrides, options=options))


def read_settings(
    cls: type[BaseModel],
    path: Path | None,
    overrides: Sequence[str] = (),
    *,
    options: Mapping[str, object] | None = None,
) -> Document:
    """The settings in a YAML file, changed by `overrides`, before validation; without a file, none.

    Paths in the file stay as written, so relative paths start from the working directory and not
    from the folder of the file.

    Parameters
    ----------
    overrides : ``key=value`` with a dotted key: ``training.epochs=20 corpora.0.path=data/ravdess``.
        The value of an option that is text or a path is taken as it stands, without quotes around it;
        other values are YAML: ``a=null``, ``a=[1, 2]``, ``a={kind: cnn}``. Nothing behind the ``=`` is
        null. A number in the key is a position in a list; the position just behind the end appends.
        The last override of a key wins.
    options : dotted key → value of command line options, which `overrides` may change.

    Raises
    ------
    ConfigError
        The file cannot be read as YAML, or an override is not of this form.
    """
    from emotion_classifier.config.yaml_file import read_yaml

    document = Document({}, {(): "settings"}) if path is None else read_yaml(path)
    for key, value in (options or {}).items():
        document = document.updated(key, value, "command line")
    return overridden(cls, document, overrides)


def overridden(cls: type[BaseModel], document: Document, overrides: Sequence[str]) -> Document:
    """The settings of a class before validation, changed by `overrides` as in `read_settings`."""
    if not overrides:
        return document
    from emotion_classifier.config.schema import Schema

    schema = Schema.of(cls)
    for override in overrides:
        document = _overridden(document, override, schema)
    return document


def parse_config(cls: type[Config], data: Mapping[str, object], source: str = "settings") -> Config:
    """The settings in plain `data`; the messages of a `ConfigError` begin with `source`."""
    return validated(cls, Document(dict(data), {(): source}))


def validated(cls: type[Config], document: Document) -> Config:
    """The settings in a document.

    Raises
    ------
    ConfigError
        As `load_config`.
    """
    try:
        return cls.model_validate(document.data)
    except ValidationError as error:
        from emotion_classifier.config.error_messages import message

        raise ConfigError(message(cls, document, error.errors(include_url=False))) from error


def _overridden(document: Document, text: str, schema: Schema) -> Document:
    from emotion_classifier.config.yaml_file import parse_yaml

    origin = f"override '{text if len(text) <= 60 else text[:59] + '…'}'"
    key, separator, written = text.partition("=")
    keys = [part.strip() for part in key.split(".")]
    if not separator or not all(keys):
        raise ConfigError(
            f"{origin}: not of the form key=value, for example training.epochs=20 or "
            "corpora.0.path=data/ravdess"
        )
    options = schema.at(keys, document.data)
    if options and all(option.takes_text for option in options):
        nullable = any(option.takes_null for option in options)
        value = _text(written.strip(), nullable=nullable)
    else:
        value = parse_yaml(written, origin)
    return document.updated(".".join(keys), value, origin)


def _text(written: str, *, nullable: bool) -> str | None:
    """The text of an override, which is data: no character but quotes around it has a meaning."""
    if not written or (nullable and written in _NULL):
        return None
    if len(written) > 1 and written[0] == written[-1] and written[0] in _QUOTES:
        return written[1:-1]
    return written
