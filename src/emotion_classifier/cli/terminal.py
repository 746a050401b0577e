"""Output of the commands on a terminal, into a file or a pipe.

Everything that a command prints passes through this module, which escapes control characters.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from emotion_classifier.escapes import escaped, message_lines, one_line

if TYPE_CHECKING:
    from emotion_classifier.progress import Progress, Report

_FILE_WIDTH = 120


_PLAIN = str.maketrans({"≥": ">=", "≤": "<=", "…": "...", "“": '"', "”": '"', "·": "*"})
"""Letters of our own texts → the same for consoles that are not UTF-8."""


@dataclass
class _Verbosity:
    """The amount of text of this process; like its streams, there is one."""

    quiet: bool = False
    verbose: bool = False


_verbosity = _Verbosity()


def set_verbosity(*, quiet: bool, verbose: bool) -> None:
    """Leave out notes and progress, or print tracebacks of errors."""
    _verbosity.quiet, _verbosity.verbose = quiet, verbose


def shows_tracebacks() -> bool:
    """Whether an error is printed with its traceback."""
    return _verbosity.verbose


class _PlainConsole(Console):
    """A console on which text is literal: no markup, no names of emoji, no control characters."""

    def __init__(self, *, stderr: bool = False, width: int | None = None) -> None:
        super().__init__(stderr=stderr, width=width, soft_wrap=True, emoji=False, markup=False)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments of a renderable; only rich's own may control the terminal."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else _fit(escaped(text), self.encoding), style, control)


def _fit(text: str, encoding: str) -> str:
    """`text` for a console with this encoding."""
    return text if encoding.lower().startswith("utf") else text.translate(_PLAIN)


def make_console() -> Console:
    """Console on standard output; 120 columns wide where that is a file or pipe."""
    console = _PlainConsole()
    return console if console.is_terminal else _PlainConsole(width=_FILE_WIDTH)


def print_text(text: str) -> None:
    """Print lines to standard output, as they are but for control characters."""
    sys.stdout.write(_fit(escaped(text), sys.stdout.encoding))


def print_json(content: Mapping[str, Any]) -> None:
    """Print indented JSON to standard output."""
    import json

    print_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def print_line(text: str) -> None:
    """Print one line to standard output; line feeds in it are printed as escapes."""
    print_text(one_line(text) + "\n")


def print_note(text: str) -> None:
    """Print a remark to standard error, apart from the results, unless the command is quiet."""
    if not _verbosity.quiet:
        print_error(text)


def print_error(text: str) -> None:
    """Print an error or a warning to standard error."""
    _PlainConsole(stderr=True).print(message_lines(text), highlight=False)


@contextmanager
def hint_when_interrupted(text: str) -> Iterator[None]:
    """Print how to continue where the command is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        print_error(text)
        raise


def print_traceback() -> None:
    """Print the traceback of the present exception to standard error."""
    sys.stderr.write(escaped(traceback.format_exc()))


def report_progress() -> AbstractContextManager[Report]:
    """A receiver of the progress of an experiment, which prints it on standard output."""
    from emotion_classifier.progress import shown_on

    return _warnings() if _verbosity.quiet else shown_on(make_console())


@contextmanager
def _warnings() -> Iterator[Report]:
    """A receiver of progress that prints warnings only."""

    def report(progress: Progress) -> None:
        if progress.text.startswith("warning:"):
            print_error(progress.text)

    yield report


@contextmanager
def show_progress(
    task: str, unit: str, *, shown: bool = True
) -> Iterator[Callable[[float, float], None]]:
    """A function that takes the amount done and the total, in `unit`, and shows them as a bar.

    The bar is on standard error, and only where that is a terminal and `shown` is true.
    """
    console = _PlainConsole(stderr=True)
    if not shown or _verbosity.quiet or not console.is_terminal:
        yield lambda done, total: None
        return
    from emotion_classifier.progress import Progress, shown_on

    with shown_on(console) as report:
        yield lambda done, total: report(
            Progress(f"{int(done)}/{int(total)} {unit}", task, done, total)
        )
