"""YAML read safely into plain data, with the line of every key.

Keys are always text; words follow `core_schema`. Anchors and merge keys (``<<: *base``) work.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import yaml

from emotion_classifier.config.core_schema import CORE_SCHEMA, PREFIX
from emotion_classifier.config.document import Document, KeyPath
from emotion_classifier.errors import ConfigError

_SCALARS = frozenset(PREFIX + name for name in ("str", "int", "float", "bool", "null"))


def read_yaml(path: Path) -> Document:
    """The settings in a YAML file; an empty file holds none.

    Raises
    ------
    ConfigError
        The file is missing or cannot be read, is not YAML, holds a key twice, or holds something
        else than ``key: value`` lines.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(_unreadable(path, error)) from error
    data, lines = _parsed(content, str(path))
    if data is None:
        data = {}
    if not isinstance(data, dict):
        kind = "a list" if isinstance(data, list) else "a single value"
        raise ConfigError(
            f"{path}: holds {kind}, but settings are 'key: value' lines; "
            "is there a space after each colon?"
        )
    origins: dict[KeyPath, str] = {at: f"{path}:{line}" for at, line in lines.items()}
    return Document(data, {**origins, (): str(path)})


def parse_value(text: str, origin: str) -> object:
    """One value written as YAML; the message of a `ConfigError` begins with `origin`."""
    return _parsed(text, origin)[0]


class _Loader(yaml.SafeLoader):
    """Reads the core schema; refuses a key that stands twice or is more than a word."""

    yaml_implicit_resolvers = {}

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        assert isinstance(node, yaml.MappingNode)
        first: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _refusal("a key is a single word, not a list or a map", key)
            if key.value in first:
                raise _refusal(
                    f"the key {key.value!r} stands twice (first in line {first[key.value]}): "
                    "keep one of them",
                    key,
                )
            first[key.value] = _line(key)
        return node

    def construct_integer(self, node: yaml.ScalarNode) -> int:
        return int(node.value, 0 if node.value[:2] in {"0x", "0o"} else 10)


for _tag, _pattern, _first in CORE_SCHEMA:
    _Loader.add_implicit_resolver(_tag, _pattern, _first)
_Loader.add_constructor(PREFIX + "int", _Loader.construct_integer)


def _parsed(content: str | bytes, origin: str) -> tuple[object, dict[KeyPath, int]]:
    """Plain data, and key path → line."""
    lines: dict[KeyPath, int] = {}
    try:
        loader = _Loader(content)
        node = loader.get_single_node()
        return (None if node is None else _plain(loader, node, (), lines)), lines
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_not_yaml(error, origin, isinstance(content, bytes))) from error
    except yaml.reader.ReaderError as error:
        raise ConfigError(
            f"{origin}: not a text in UTF-8: {error.reason} at position {error.position}"
        ) from error
    except RecursionError as error:
        raise ConfigError(
            f"{origin}: nested too deeply; does an alias (*name) stand inside its own anchor (&name)?"
        ) from error


def _plain(
    loader: _Loader, node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int]
) -> dict[str, object] | list[object] | object:
    """The data of one node; writes the lines of its keys into `lines`."""
    if isinstance(node, yaml.MappingNode) and node.tag == PREFIX + "map":
        loader.flatten_mapping(node)
        # what a merge key brings comes first, so that the map's own keys win
        entries = {key.value: (key, value) for key, value in node.value}
        lines.update({(*path, name): _line(key) for name, (key, _) in entries.items()})
        return {
            name: _plain(loader, value, (*path, name), lines)
            for name, (_, value) in entries.items()
        }
    if isinstance(node, yaml.SequenceNode) and node.tag == PREFIX + "seq":
        lines.update({(*path, index): _line(item) for index, item in enumerate(node.value)})
        return [
            _plain(loader, item, (*path, index), lines) for index, item in enumerate(node.value)
        ]
    if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
        return _scalar(loader, node)
    raise _refusal(f"the tag {node.tag.replace(PREFIX, '!!')} is not allowed: remove it", node)


def _scalar(loader: _Loader, node: yaml.ScalarNode) -> object:
    try:
        return loader.construct_object(node)
    except (ValueError, KeyError) as error:  # such as !!int abc, or a number of 5,000 digits
        kind = node.tag.removeprefix(PREFIX)
        raise _refusal(f"{node.value[:40]!r} cannot be read as {kind}", node) from error


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _refusal(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _not_yaml(error: yaml.MarkedYAMLError, origin: str, numbered: bool) -> str:
    """Message of an error that YAML itself, or `_refusal`, has found."""
    mark = error.problem_mark or error.context_mark
    where = f"{origin}:{mark.line + 1}" if numbered and mark is not None else origin
    if isinstance(error, yaml.constructor.ConstructorError):
        return f"{where}: {error.problem}"
    context = f" ({error.context})" if error.context else ""
    return (
        f"{where}: not valid YAML{context}: {error.problem}. Indent with spaces, put a space after "
        "each colon, and quote text that begins with a special character such as * & @ % ` [ {"
    )


def _unreadable(path: Path, error: OSError) -> str:
    """Why a file cannot be read, and the settings files that could have been meant."""
    if path.is_dir():
        return f"{path} is a folder, not a settings file{_candidates(path, path.name)}"
    if not isinstance(error, FileNotFoundError):
        return f"cannot read the settings file {path}: {error.strerror}"
    if not path.parent.is_dir():
        return f"no settings file {path}: there is no folder {path.parent}"
    return f"no settings file {path}{_candidates(path.parent, path.name)}"


def _candidates(folder: Path, name: str) -> str:
    names = sorted(p.name for p in folder.iterdir() if p.suffix in {".yml", ".yaml"})
    if not names:
        return f"; {folder} holds no .yml file"
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {folder / near[0]}?" if near else ""
    return f"{hint or ';'} {folder} holds {', '.join(names)}"
