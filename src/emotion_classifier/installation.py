"""The command that installs an extra of this package, from wherever the package was installed."""

import json
import os
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

NAME = "emotion_classifier"


def install_command(extra: str) -> str:
    """A ``pip install`` line that adds `extra` to this installation.

    It names the source folder where there is one (PEP 610), and otherwise the libraries themselves: the
    package may be on no index.
    """
    from importlib import metadata  # slow to import, and needed for an error message alone

    try:
        distribution = metadata.distribution(NAME)
    except metadata.PackageNotFoundError:  # the source folder is on PYTHONPATH
        return f'pip install ".[{extra}]" in the folder of {NAME}\'s pyproject.toml'
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    folder = _local_folder(origin.get("url", ""))
    if folder is not None:
        editable = "-e " if origin.get("dir_info", {}).get("editable") else ""
        return f"pip install {editable}{_quoted(f'{folder}[{extra}]')}"
    required = [line.split(";") for line in distribution.requires or () if "extra ==" in line]
    libraries = [name.strip() for name, condition in required if extra in _words(condition)]
    return f"pip install {' '.join(map(_quoted, libraries))}"


def _local_folder(url: str) -> Path | None:
    parts = urlsplit(url)
    folder = Path(unquote(parts.path).lstrip("/") if os.name == "nt" else unquote(parts.path))
    return folder if parts.scheme == "file" and (folder / "pyproject.toml").is_file() else None


def _words(condition: str) -> list[str]:
    return condition.replace('"', " ").replace("'", " ").split()


def _quoted(argument: str) -> str:
    """As both POSIX shells and Windows' command line take it."""
    return f'"{argument}"' if not set(argument) & set('"$`\\') else shlex.quote(argument)
