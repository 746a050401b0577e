"""`emotion corpus`."""

import typer

app = typer.Typer(
    help="What a corpus holds, what is wrong with it, and its parts.", no_args_is_help=True
)
