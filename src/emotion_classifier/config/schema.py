"""JSON Schema of settings classes: for editors, for error messages and for the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(cls: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a settings class, with the docstrings of its options as descriptions."""
    return {"$schema": _DIALECT, **cls.model_json_schema()}


@dataclass(frozen=True)
class Schema:
    """A part of a JSON Schema, such as that of one option.

    Parameters
    ----------
    content : keywords of the part, with references resolved.
    definitions : the shared parts, by name.
    """

    content: Mapping[str, Any]
    definitions: Mapping[str, Any]

    @classmethod
    def of(cls, config: type[BaseModel]) -> Schema:
        """The schema of a settings class."""
        content = config.model_json_schema()
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

    def _part(self, content: Mapping[str, Any]) -> Schema:
        while "$ref" in content:
            own = {name: value for name, value in content.items() if name != "$ref"}
            content = {**self.definitions[content["$ref"].rpartition("/")[2]], **own}
        return Schema(content, self.definitions)
