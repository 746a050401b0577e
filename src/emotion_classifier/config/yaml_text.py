"""Settings and values as YAML text that reads back as the same data."""

from __future__ import annotations

from collections.abc import Sequence

import yaml
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from emotion_classifier.config.core_schema import CORE_SCHEMA, PREFIX

_EXCERPT_CHARACTERS = 80
_OTHER_LINE_BREAKS = frozenset("\r\x85\u2028\u2029")


def dump_config(config: BaseModel) -> str:
    """YAML of the settings with every default written out, in the order of the options."""
    return yaml.dump(
        config.model_dump(mode="json"), Dumper=_Dumper, sort_keys=False, allow_unicode=True
    )


def inline(value: object) -> str:
    """A value on one line.

    >>> inline({"kind": "cnn", "channels": (16, 32)})
    '{kind: cnn, channels: [16, 32]}'
    """
    data = to_jsonable_python(value, fallback=str)
    text: str = yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=True,
        width=float("inf"),
    )
    return text.removesuffix("\n").removesuffix("\n...")


def excerpt(value: object) -> str:
    """A value as messages show it: quotes around text, and cut where it is long."""
    text = value if isinstance(value, str) else inline(value)
    if len(text) > _EXCERPT_CHARACTERS:
        text = text[: _EXCERPT_CHARACTERS - 1] + "…"
    return repr(text) if isinstance(value, str) else text


class _Dumper(yaml.SafeDumper):
    """Quotes text that YAML 1.1 or 1.2 would take for something else, so any reader agrees."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.Node:
        """Text whose line breaks are not all ``\\n`` in double quotes: plain YAML makes them one."""
        style = '"' if _OTHER_LINE_BREAKS.intersection(text) else None
        return self.represent_scalar(PREFIX + "str", text, style=style)

    def represent_values(self, data: Sequence[object]) -> yaml.Node:
        """Lists of scalars on one line, others with one entry per line."""
        flow = not any(isinstance(item, (list, dict)) for item in data)
        return self.represent_sequence(PREFIX + "seq", data, flow_style=flow or None)


for _tag, _pattern, _first in CORE_SCHEMA:
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)
_Dumper.add_representer(list, _Dumper.represent_values)
_Dumper.add_representer(str, _Dumper.represent_text)
