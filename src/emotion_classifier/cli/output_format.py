"""The rule by which an output has its format, the same for every command.

The option for the format decides, else the suffix of the output; an unknown suffix is refused. ``-`` is standard
output.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

from emotion_classifier.errors import ConfigError

STANDARD_OUTPUT = Path("-")


def known_format(name: str, formats: Iterable[str]) -> str:
    """`name` in lower case, one of the `formats`.

    Raises
    ------
    ConfigError
        There is no such format.
    """
    known = list(formats)
    if name.lower() in known:
        return name.lower()
    near = difflib.get_close_matches(name, known, n=1)
    guess = f"; did you mean {near[0]}?" if near else ""
    raise ConfigError(f"unknown format {name!r}: use {', '.join(known)}{guess}")


def format_of(
    output: Path, suffixes: Mapping[str, str], *, option: str = "--output", remedy: str = ""
) -> str:
    """The format that the suffix of a file stands for.

    Parameters
    ----------
    suffixes : suffix in lower case → format.
    option : that names the output.
    remedy : the end of the message after the list of suffixes.

    Raises
    ------
    ConfigError
        The file has no suffix, or an unknown one.
    """
    suffix = output.suffix.lower()
    if suffix not in suffixes:
        fault = f"the suffix {suffix} stands for no format" if suffix else "it has no suffix"
        raise ConfigError(
            f"{option} {output}: {fault} of this command: use {', '.join(suffixes)}{remedy}"
        )
    return suffixes[suffix]


def check_suffix(output: Path | None, *suffixes: str, option: str = "--output") -> None:
    """Check the suffix of a file that a command writes in a single format; a device or pipe needs none.

    Raises
    ------
    ConfigError
        The file has another suffix, or is `STANDARD_OUTPUT`.
    """
    from emotion_classifier.inference.files.result_file import is_regular

    if output is not None and is_regular(output):
        format_of(output, dict.fromkeys(suffixes, ""), option=option)
