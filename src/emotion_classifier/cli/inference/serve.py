"""`emotion serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_classifier.cli.settings import is_override
from emotion_classifier.cli.terminal import print_line, print_note

if TYPE_CHECKING:
    from emotion_classifier.serving.config import ServiceConfig

_HELP = (
    "A file of `emotion config reference service`, then single settings such as stream.sessions=4."
)


def serve(
    settings: Annotated[
        list[str] | None, typer.Argument(metavar="[CONFIG] [KEY=VALUE]...", help=_HELP)
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="A model folder, or a bundled model.")
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on; any but a loopback address needs a token."),
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
) -> None:
    """Serve predictions to programs and browsers, until Ctrl-C or SIGTERM.

    Listens on this machine only, and stores neither audio nor words. A service for other machines needs a token,
    in the environment variable EMOTION_TOKEN or the file token_file.
    """
    from emotion_classifier.config import load_config
    from emotion_classifier.serving.config import ServiceConfig
    from emotion_classifier.serving.server import serve as serve_

    arguments = list(settings or ())
    path = Path(arguments.pop(0)) if arguments and not is_override(arguments[0]) else None
    options = {"inference.model": model, "host": host, "port": port}
    given = {key: value for key, value in options.items() if value is not None}
    config = load_config(ServiceConfig, path, arguments, options=given)
    serve_(config, lambda address: _print_addresses(address, config))


def _print_addresses(address: str, config: ServiceConfig) -> None:
    print_line(f"page           {address}")
    print_line(f"documentation  {address}docs")
    if not config.is_loopback:
        print_note("other machines can connect, without encryption: put a proxy with TLS before it")
