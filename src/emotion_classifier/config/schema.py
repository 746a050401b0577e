"""JSON Schema of settings classes, and a reference of every option as Markdown and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from emotion_classifier.config.document import inline

if TYPE_CHECKING:
    from rich.table import Table


_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(cls: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a settings class, with the docstrings of its options as descriptions."""
    return {"$schema": _DIALECT, **cls.model_json_schema()}


@cache  # the schema of a run takes a tenth of a second
def _content(cls: type[BaseModel]) -> Mapping[str, Any]:
    return cls.model_json_schema()


@dataclass(frozen=True)
class Schema:
    """A part of a JSON Schema, with references resolved, and the shared definitions by name."""

    content: Mapping[str, Any]
    definitions: Mapping[str, Any]

    @classmethod
    def of(cls, config: type[BaseModel]) -> Schema:
        """The schema of a settings class."""
        content = _content(config)
        return cls({}, content.get("$defs", {}))._part(content)

    @property
    def options(self) -> dict[str, Schema]:
        """Options of a section, by name."""
        options = self.content.get("properties", {})
        return {name: self._part(content) for name, content in options.items()}

    @property
    def kinds(self) -> dict[str, Schema]:
        """Sections that a ``kind`` chooses between, by kind."""
        sections = map(self._part, self.content.get("oneOf", ()))
        return {part.options[self.discriminator].content["const"]: part for part in sections}

    @property
    def discriminator(self) -> str:
        """The key that chooses the kind of a section; empty where there are no kinds."""
        return str(self.content.get("discriminator", {}).get("propertyName", ""))

    @property
    def alternatives(self) -> list[Schema]:
        """The members of a union without kinds, null included."""
        return [self._part(member) for member in self.content.get("anyOf", ())]

    @property
    def without_null(self) -> Schema:
        """The only alternative to null; the schema itself where it is not such a union."""
        others = [part for part in self.alternatives if part.content.get("type") != "null"]
        return others[0] if len(others) == 1 else self

    @property
    def takes_text(self) -> bool:
        """Whether every value, null apart, is text or a path."""
        types = {part.content.get("type") for part in self.alternatives or [self]}
        return types - {"null"} == {"string"}

    @property
    def takes_null(self) -> bool:
        """Whether null is a value."""
        return any(part.content.get("type") == "null" for part in self.alternatives)

    @property
    def entries(self) -> list[Schema]:
        """Entries of a list of fixed length, by position."""
        return [self._part(entry) for entry in self.content.get("prefixItems", ())]

    @property
    def entry(self) -> Schema | None:
        """Each entry of a list of any length."""
        items = self.content.get("items")
        return self._part(items) if isinstance(items, dict) else None

    @property
    def value(self) -> Schema | None:
        """Each value of a map."""
        values = self.content.get("additionalProperties")
        return self._part(values) if isinstance(values, dict) else None

    def below(self, key: str | int) -> Schema | None:
        """The option, list entry or map value under a key, or None where there is none."""
        if self.entries and isinstance(key, int):
            return self.entries[key] if key < len(self.entries) else None
        return self.options.get(str(key)) or self.entry or self.value

    def at(self, keys: Sequence[str], data: object) -> list[Schema]:
        """The options under dotted `keys`: several where `data` does not state the kind of a section."""
        options = [self]
        for key in keys:
            sections = [s for option in options for s in option.without_null._sections(data)]
            position = int(key) if key.isdecimal() else key
            options = [below for s in sections if (below := s.below(position)) is not None]
            data = _entry(data, key)
        return options

    def _sections(self, data: object) -> list[Schema]:
        """The section with the kind that `data` states, or those of all kinds."""
        if not self.kinds:
            return [self]
        stated = self.kinds.get(str(_entry(data, self.discriminator)))
        return list(self.kinds.values()) if stated is None else [stated]

    def _part(self, content: Mapping[str, Any]) -> Schema:
        while "$ref" in content:
            own = {name: value for name, value in content.items() if name != "$ref"}
            content = {**self.definitions[content["$ref"].rpartition("/")[2]], **own}
        return Schema(content, self.definitions)


def _entry(data: object, key: str) -> object:
    """The entry of a map or list under a key, or None."""
    if isinstance(data, Mapping):
        return data.get(key)
    if isinstance(data, (list, tuple)) and key.isdecimal() and int(key) < len(data):
        return data[int(key)]
    return None


_TYPES = {"string": "text", "object": "map", "array": "list"}
_LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "multipleOf": "multiple of {}",
    "pattern": "matching {}",
    "minLength": "length ≥ {}",
    "maxLength": "length ≤ {}",
    "minItems": "length ≥ {}",
    "maxItems": "length ≤ {}",
}


@dataclass(frozen=True)
class OptionRow:
    """An option in the reference.

    Parameters
    ----------
    key : dotted; ``N`` stands for a position in a list and ``NAME`` for a key of a map.
    kind : the kind of the section that has this option; empty where all have it. Kinds inside kinds
        are joined by ``/``.
    type : type and limits, or choices.
    default : as it can be written, or ``required``.
    description : the docstring of the option; of the settings class where the row is a kind.
    """

    key: str
    kind: str
    type: str
    default: str
    description: str


def reference(cls: type[BaseModel]) -> list[OptionRow]:
    """A row for each option of `cls` and of all sections below it, in the order of the classes."""
    return list(_options(Schema.of(cls), "", ""))


def type_text(option: Schema) -> str:
    """Type of an option with its limits or choices, such as ``list of integer (≥ 0) or null``."""
    content = option.content
    if "const" in content:
        return str(content["const"])
    if option.alternatives:
        return " or ".join(map(type_text, option.alternatives))
    limits = [text.format(content[key]) for key, text in _LIMITS.items() if key in content]
    if "enum" in content:
        words, limits = "choice", list(map(str, content["enum"]))
    elif option.kinds:
        words, limits = "section", [f"{option.discriminator} {' / '.join(option.kinds)}"]
    elif option.entries:
        words, limits = f"list of {len(option.entries)}", list(map(type_text, option.entries))
    elif option.options:
        words = "section"
    elif option.entry is not None:
        words = f"list of {type_text(option.entry)}"
    elif option.value is not None:
        words = f"map of names to {type_text(option.value)}"
    else:
        name = content.get("format") or content.get("type", "any value")
        words = _TYPES.get(name, name)
    return f"{words} ({', '.join(limits)})" if limits else words


def to_markdown(rows: Sequence[OptionRow]) -> str:
    """A Markdown table with a line for each option."""
    lines = [["Option", "Kind", "Type", "Default", "Meaning"], ["---"] * 5]
    lines += [
        [_code(row.key), _code(row.kind), row.type, _code(row.default), row.description]
        for row in rows
    ]
    escaped = ([cell.replace("|", "\\|") for cell in cells] for cells in lines)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in escaped)


def to_table(rows: Sequence[OptionRow]) -> Table:
    """A table for the terminal with a row for each option; nothing is cut, long cells wrap.

    It has three columns, so that it can be read in 80 characters.
    """
    from rich import box  # here, so that settings load without it
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("Option", "Value", "Meaning"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        name = f"{row.key}\n(kind {row.kind})" if row.kind else row.key
        default = row.default if row.default == "required" else f"default {row.default}"
        # Text and not str: square brackets in a cell are no markup
        table.add_row(Text(name), Text(f"{row.type}\n{default}"), Text(row.description))
    return table


def _options(section: Schema, prefix: str, kind: str) -> Iterator[OptionRow]:
    required = section.content.get("required", ())
    for name, option in section.options.items():
        chooses_kind = "const" in option.content
        described = section if chooses_kind else option
        yield OptionRow(
            key=f"{prefix}{name}",
            kind=kind,
            type=type_text(option),
            default="required" if chooses_kind or name in required else _default(option),
            description=_sentence(described.content.get("description", "")),
        )
        yield from _below(option, f"{prefix}{name}", kind)


def _below(option: Schema, key: str, kind: str) -> Iterator[OptionRow]:
    """The rows of the sections in an option, in its entries, values or alternatives."""
    yield from _options(option, f"{key}.", kind)
    for name, section in option.kinds.items():
        yield from _options(section, f"{key}.", f"{kind}/{name}" if kind else name)
    for position, entry in enumerate(option.entries):
        yield from _below(entry, f"{key}.{position}", kind)
    for part, name in ((option.entry, "N"), (option.value, "NAME")):
        if part is not None:
            yield from _below(part, f"{key}.{name}", kind)
    for alternative in option.alternatives:
        yield from _below(alternative, key, kind)


def _default(option: Schema) -> str:
    if "default" not in option.content:  # made by a factory
        return ""
    return inline(_changed(option, option.content["default"]))


def _changed(option: Schema, default: object) -> object:
    """A default as a user would write it: of a section, only what differs from its own defaults."""
    option = option.without_null
    if not isinstance(default, dict):
        return default
    if option.kinds:
        option = option.kinds[default[option.discriminator]]
    written = {}
    for name, value in default.items():
        part = option.options.get(name) or option.value
        if part is None or "const" in part.content or value != part.content.get("default", ...):
            written[name] = value if part is None else _changed(part, value)
    return written


def _sentence(description: str) -> str:
    """The first paragraph on one line."""
    return " ".join(description.split("\n\n")[0].split())


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
