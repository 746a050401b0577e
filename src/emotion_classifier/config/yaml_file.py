"""YAML read safely into plain data, with the line of every key, and written so that it reads back.

Words follow the core schema of YAML 1.2, without the surprises of YAML 1.1: ``1e-3`` is a number;
``no`` and ``off``, ``12:30`` and ``2026-11-01`` are text; ``010`` is ten. Keys are always text.
Anchors and merge keys (``<<: *base``) work.

PyYAML and not ruamel.yaml, which was measured (0.19.1): its parser takes 18 ms for a ``model.yaml``
where libyaml takes 1 ms, it accepts duplicate keys beside a merge key, and not all text that it
writes reads back (``[?0]``).

Files from others may be made to exhaust memory or time, so size, nesting and nodes (after aliases are
expanded) are limited, and are checked before any data is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from emotion_classifier.config.document import Document, KeyPath, did_you_mean
from emotion_classifier.errors import ConfigError, broken_link

_PREFIX = "tag:yaml.org,2002:"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
# name of the tag, pattern, first characters ("" stands for the empty word)
_CORE_SCHEMA: tuple[tuple[str, str, list[str]], ...] = (
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", rf"{_FLOAT}|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", list("-+.0123456789")),
    ("merge", r"<<", ["<"]),  # not of the core schema, but recipes share blocks with it
)
_SCALARS = frozenset(_PREFIX + name for name in ("str", "int", "float", "bool", "null"))
_OTHER_LINE_BREAKS = frozenset("\r\x85\u2028\u2029")

MAXIMUM_BYTES = 1 << 20
MAXIMUM_NODES = 20_000
"""Keys, values, lists and maps, where each alias counts as all that it stands for."""
MAXIMUM_DEPTH = 50
_INTEGER_BITS = 64


def read_yaml(path: Path) -> Document:
    """The settings in a YAML file; an empty file holds none.

    Raises
    ------
    ConfigError
        The file is missing or cannot be read, is not YAML, is beyond the limits of this module, has a
        duplicate key, or does not consist of ``key: value`` lines.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise ConfigError(_unreadable(path, error)) from error
    data, lines = _parsed(content, str(path))
    if not isinstance(data, (dict, type(None))):
        kind = "a list" if isinstance(data, list) else "a single value"
        raise ConfigError(
            f"{path}: holds {kind}, but settings are 'key: value' lines; "
            "is there a space after each colon?"
        )
    origins: dict[KeyPath, str] = {key: f"{path}:{line}" for key, line in lines.items()}
    return Document(data or {}, {**origins, (): str(path)})


def parse_yaml(text: str | bytes, origin: str, *, aliases: bool = True) -> Any:
    """Plain data from YAML text; the message of a `ConfigError` begins with `origin`.

    Parameters
    ----------
    aliases : whether ``*name`` is allowed.
    """
    return _parsed(text, origin, aliases=aliases)[0]


def dump_yaml(data: object) -> str:
    """Plain data as YAML text; lists of scalars stand on one line.

    Raises
    ------
    ConfigError
        A text, such as a file name of other bytes than UTF-8, cannot be written as YAML.
    """
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text


def dump_config(config: BaseModel) -> str:
    """YAML of the settings with every default written out, in the order of the options."""
    return dump_yaml(config.model_dump(mode="json"))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Constructs scalars by the core schema."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_integer(self, node: yaml.ScalarNode) -> int:
        number = int(node.value, 0 if node.value[:2] in {"0x", "0o"} else 10)
        if number.bit_length() > _INTEGER_BITS:
            raise OverflowError
        return number


class _Dumper(yaml.SafeDumper):
    """Quotes text that YAML 1.1 or 1.2 would take for something else, so any reader agrees."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.Node:
        """Double quotes where line breaks are not all ``\\n``: other styles would make them so."""
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ConfigError(
                f"{text!a} is not valid Unicode and cannot be saved in settings: rename that file "
                "or folder"
            )
        style = '"' if _OTHER_LINE_BREAKS.intersection(text) else None
        return self.represent_scalar(_PREFIX + "str", text, style=style)

    def represent_values(self, data: Sequence[object]) -> yaml.Node:
        flow = not any(isinstance(item, (list, dict)) for item in data)
        return self.represent_sequence(_PREFIX + "seq", data, flow_style=flow or None)


for _name, _pattern, _first in _CORE_SCHEMA:
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(_PREFIX + _name, re.compile(rf"(?:{_pattern})\Z"), _first)
_Loader.add_constructor(_PREFIX + "int", _Loader.construct_integer)
_Dumper.add_representer(list, _Dumper.represent_values)
_Dumper.add_representer(str, _Dumper.represent_text)


def _parsed(
    content: str | bytes, origin: str, *, aliases: bool = True
) -> tuple[Any, dict[KeyPath, int]]:
    """Plain data, and key path → line."""
    if len(content) > MAXIMUM_BYTES:
        raise ConfigError(
            f"{origin}: longer than {MAXIMUM_BYTES:,} bytes, the limit of a settings file: is this "
            "the right file?"
        )
    lines: dict[KeyPath, int] = {}
    try:
        _check_extent(yaml.parse(content, Loader=_Loader), aliases=aliases)
        loader = _Loader(content)
        node = loader.get_single_node()
        return (None if node is None else _plain(loader, node, (), lines)), lines
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_not_yaml(error, origin, isinstance(content, bytes))) from error
    except yaml.reader.ReaderError as error:
        raise ConfigError(
            f"{origin}: not a text in UTF-8: {error.reason} at position {error.position}"
        ) from error


@dataclass
class _Collection:
    """An open list or map: its anchor, the nodes before it, and the levels found in it so far."""

    anchor: str | None
    nodes_before: int
    levels: int = 1


def _check_extent(events: Iterator[yaml.Event], *, aliases: bool) -> None:
    """Raise where the data would have too many nodes or levels; nothing is made of them."""
    nodes = 0
    known: dict[str | None, tuple[int, int]] = {}  # anchor → its nodes and levels
    around: list[_Collection] = []
    for event in events:
        size, levels = 1, 0
        if isinstance(event, yaml.AliasEvent):
            _check_alias(event, around, allowed=aliases)
            size, levels = known.get(event.anchor, (1, 0))
        elif isinstance(event, yaml.CollectionStartEvent):
            around.append(_Collection(event.anchor, nodes))
        elif isinstance(event, yaml.CollectionEndEvent):
            ended = around.pop()
            size, levels = 0, ended.levels
            if ended.anchor is not None:
                known[ended.anchor] = (nodes - ended.nodes_before, levels)
        elif not isinstance(event, yaml.ScalarEvent):
            continue
        nodes += size
        if around:
            around[-1].levels = max(around[-1].levels, levels + 1)
        if nodes > MAXIMUM_NODES:
            raise _refusal(f"more than {MAXIMUM_NODES:,} keys and values: make it smaller", event)
        if len(around) + levels > MAXIMUM_DEPTH:
            raise _refusal(f"nested more than {MAXIMUM_DEPTH} deep: make it flatter", event)


def _check_alias(event: yaml.AliasEvent, around: Sequence[_Collection], *, allowed: bool) -> None:
    if not allowed:
        raise _refusal(f"the alias *{event.anchor} is not allowed: write its value", event)
    if any(collection.anchor == event.anchor for collection in around):
        raise _refusal(f"the alias *{event.anchor} stands inside its own anchor: remove it", event)


def _plain(loader: Any, node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int]) -> object:
    """The data of a node; adds the lines of the keys below `path` to `lines`."""
    if isinstance(node, yaml.MappingNode) and node.tag == _PREFIX + "map":
        _check_keys(node)
        loader.flatten_mapping(node)
        # merged entries come first, so that the map's own keys win
        entries = {key.value: (key, value) for key, value in node.value}
        lines.update({(*path, name): _line(key) for name, (key, _) in entries.items()})
        return {
            name: _plain(loader, value, (*path, name), lines)
            for name, (_, value) in entries.items()
        }
    if isinstance(node, yaml.SequenceNode) and node.tag == _PREFIX + "seq":
        lines.update({(*path, index): _line(item) for index, item in enumerate(node.value)})
        return [
            _plain(loader, item, (*path, index), lines) for index, item in enumerate(node.value)
        ]
    if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
        return _scalar(loader, node)
    raise _refusal(f"the tag {node.tag.replace(_PREFIX, '!!')} is not allowed: remove it", node)


def _check_keys(node: yaml.MappingNode) -> None:
    """Raise where a key is not a word, or a duplicate."""
    first: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _refusal("a key is a single word, not a list or a map", key)
        if key.value in first:
            raise _refusal(
                f"duplicate key {key.value!r} (first in line {first[key.value]}): remove one", key
            )
        first[key.value] = _line(key)


def _scalar(loader: Any, node: yaml.ScalarNode) -> object:
    try:
        value: object = loader.construct_object(node)
    except OverflowError:
        raise _refusal(
            f"the number {node.value[:40]} has more than {_INTEGER_BITS} bits", node
        ) from None
    except (ValueError, KeyError) as error:  # such as !!int abc, or a number of 5,000 digits
        kind = node.tag.removeprefix(_PREFIX)
        raise _refusal(f"{node.value[:40]!r} cannot be read as {kind}", node) from error
    return value


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _refusal(problem: str, node: yaml.Node | yaml.Event) -> yaml.MarkedYAMLError:
    mark: Any = node.start_mark  # of the parser of libyaml, or of that in Python
    return yaml.constructor.ConstructorError(None, None, problem, mark)


def _not_yaml(error: yaml.MarkedYAMLError, origin: str, numbered: bool) -> str:
    """The message of an error of the YAML library, or of a `_refusal`."""
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
    """Why a file cannot be read, and the settings files beside it."""
    if path.is_dir():
        return f"{path} is a folder, not a settings file{_candidates(path, path.name)}"
    if link := broken_link(path):
        return f"no settings file {path}: {link}"
    if not isinstance(error, FileNotFoundError):
        return f"cannot read the settings file {path}: {error.strerror}"
    if not path.parent.is_dir():
        return f"no settings file {path}: there is no folder {path.parent}"
    return f"no settings file {path}{_candidates(path.parent, path.name)}"


def _candidates(folder: Path, name: str) -> str:
    names = sorted(p.name for p in folder.iterdir() if p.suffix in {".yml", ".yaml"})
    listing = f"{folder} holds {', '.join(names) if names else 'no .yml file'}"
    return f"{did_you_mean(name, names) or ';'} {listing}"
