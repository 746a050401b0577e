"""Options of the command `emotion` as a whole: version, quiet and verbose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from emotion_classifier.cli import terminal

_ANYWHERE = frozenset({"-q", "--quiet", "-v", "--verbose"})


def _print_version(wanted: bool) -> None:
    if wanted:
        from emotion_classifier import __version__

        terminal.print_line(f"emotion_classifier {__version__}")
        raise typer.Exit


def global_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version, and end."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results, warnings and errors only.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print the traceback of an error too.")
    ] = False,
) -> None:
    """Recognise emotion in speech: train, evaluate, predict."""
    terminal.set_verbosity(quiet=quiet, verbose=verbose)


def in_front(arguments: Sequence[str]) -> list[str]:
    """The arguments with -q and -v in front, so that they may stand behind the command too.

    >>> in_front(["predict", "a.wav", "-q", "--", "-v"])
    ['-q', 'predict', 'a.wav', '--', '-v']
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = [text for text in arguments[:end] if text in _ANYWHERE]
    rest = [text for text in arguments[:end] if text not in _ANYWHERE]
    return [*options, *rest, *arguments[end:]]
