"""`emotion recipes`: the settings of runs that ship inside the package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.terminal import print_line, print_text
from emotion_classifier.errors import ConfigError

app = typer.Typer(help="Settings of runs that ship in the package.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of `emotion recipes list`.")]


@app.command("list")
def list_() -> None:
    """Print the name and a description of each recipe; `emotion train NAME` runs it."""
    from emotion_classifier.experiments.recipes import recipe_description, recipe_names

    names = recipe_names()
    width = max(map(len, names))
    for name in names:
        print_line(f"{name:<{width}}  {recipe_description(name)}")


@app.command("show")
def show(name: Name) -> None:
    """Print the settings file of a recipe."""
    from emotion_classifier.experiments.recipes import recipe_file

    print_text(recipe_file(name).read_text(encoding="utf-8"))


@app.command("copy")
def copy(
    name: Name,
    target: Annotated[Path, typer.Argument(help="A new file, or a folder for NAME.yml.")] = Path(),
) -> None:
    """Copy a recipe, to be edited."""
    from emotion_classifier.experiments.recipes import recipe_file
    from emotion_classifier.storage import write_atomically

    source = recipe_file(name)
    file = target / source.name if target.is_dir() else target
    if file.exists():
        raise ConfigError(f"{file} exists already: name another file, or delete it")
    write_atomically(file, source.read_bytes(), "Name another file.")
    print_line(f"recipe: {file}")
