"""Where the commands write."""

from __future__ import annotations

from rich.console import Console

_FILE_WIDTH = 120


def say_aside(text: str) -> None:
    """Print what is no result, and no markup, where it does not mix with results."""
    Console(stderr=True, soft_wrap=True).print(text, markup=False, highlight=False)


def make_console() -> Console:
    """The terminal; a file or pipe is written as if it were a wide one."""
    console = Console(soft_wrap=True, emoji=False)
    return (
        console if console.is_terminal else Console(soft_wrap=True, emoji=False, width=_FILE_WIDTH)
    )
