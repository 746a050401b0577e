"""`emotion page`: the page without a service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.terminal import print_line

app = typer.Typer(help="The page with a model that runs in the browser.", no_args_is_help=True)


@app.command("build")
def build(
    output: Annotated[Path, typer.Option("--output", "-o", help="A new or empty folder.")],
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="A model folder, or a bundled model.")
    ] = None,
    cache: Annotated[
        Path, typer.Option(help="Folder of onnxruntime-web, which npm downloads into it once.")
    ] = Path(".cache"),
) -> None:
    """Write the page as static files that predict in the browser, for any web server.

    Browsers allow the microphone and the installation as an application on https addresses and on localhost.
    """
    from emotion_classifier.serving.browser_page import build_page

    size = build_page(output, model, cache)
    print_line(f"page  {output} ({size / 1e6:.0f} MB)")
    print_line(f"try   python -m http.server --bind 127.0.0.1 --directory {output} 8080")
