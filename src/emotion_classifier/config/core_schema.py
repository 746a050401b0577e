"""Which words of a YAML file are numbers, truth values or nothing: the core schema of YAML 1.2.

It has none of the surprises of YAML 1.1: ``1e-3`` is a number; only ``true`` and ``false`` are
truth values, so ``no`` and ``off`` are text; ``12:30`` and ``2026-11-01`` are text; ``010`` is ten.
"""

from __future__ import annotations

import re

PREFIX = "tag:yaml.org,2002:"

_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"

# tag, pattern, the characters it can begin with ("" stands for the empty word)
CORE_SCHEMA: tuple[tuple[str, re.Pattern[str], list[str]], ...] = (
    (PREFIX + "bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")),
    (PREFIX + "null", re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""]),
    (
        PREFIX + "int",
        re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"),
        list("-+0123456789"),
    ),
    (
        PREFIX + "float",
        re.compile(rf"(?:{_FLOAT}|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"),
        list("-+.0123456789"),
    ),
    # not of the core schema, but what recipes use to share a block
    (PREFIX + "merge", re.compile(r"<<\Z"), ["<"]),
)
