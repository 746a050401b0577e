"""`emotion model`: facts, hashes and card of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from emotion_classifier.cli.output_format import STANDARD_OUTPUT, check_suffix
from emotion_classifier.cli.terminal import print_line, print_text
from emotion_classifier.errors import ModelFolderError

if TYPE_CHECKING:
    from emotion_classifier.model_folder.specification import ModelSpecification

app = typer.Typer(help="Facts and files of a model.", no_args_is_help=True)

Model = Annotated[
    str | None,
    typer.Argument(
        metavar="[MODEL]",
        help='A model folder, a run folder, or the name of a bundled model; "default" by default.',
    ),
]


@app.command("list")
def list_() -> None:
    """Print the bundled models, with their emotions and the corpora they were trained on."""
    from emotion_classifier.inference.bundled import BundledName, bundled_model
    from emotion_classifier.model_folder.folder import read_specification

    for name in get_args(BundledName):
        specification = read_specification(bundled_model(name))
        trained_on = ", ".join(f"{d.corpus} ({d.licence})" for d in specification.training_data)
        print_line(f"{name:<10} {', '.join(specification.emotions)}; trained on {trained_on}")


@app.command("show")
def show(model: Model = None) -> None:
    """Print the input, training data, scores and files of a model."""
    from emotion_classifier.inference.bundled import model_folder
    from emotion_classifier.model_folder.folder import read_specification

    folder = model_folder(model)
    specification = read_specification(folder)
    facts = {
        "model": specification.name,
        "folder": str(folder),
        **_facts(specification),
        "files": ", ".join(
            f"{name} {(folder / name).stat().st_size / 1e6:.2f} MB" for name in specification.files
        ),
    }
    for name, value in facts.items():
        print_line(f"{name:<16} {value}")
    adaptation = specification.adaptation
    adapted = () if adaptation is None else (adaptation.description,)
    for note in (*specification.card.changes, *adapted, *specification.notes):
        print_line(f"{'note':<16} {note}")


@app.command("verify")
def verify(model: Model = None) -> None:
    """Compare the files of a model folder with their hashes; exit code 2 if one differs."""
    from emotion_classifier.inference.bundled import model_folder
    from emotion_classifier.model_folder.folder import file_states, read_unchecked

    folder = model_folder(model)
    states = file_states(folder, read_unchecked(folder))
    for name, state in states.items():
        print_line(f"{state:<10} {folder / name}")
    damaged = [
        f"{folder / name} ({state})" for name, state in states.items() if state != "unaltered"
    ]
    if damaged:
        raise ModelFolderError(
            f"{', '.join(damaged)}: not as in model.yaml. Copy the model folder again, or train the "
            "model again."
        )


@app.command("card")
def card(
    model: Model = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write it to instead; - is standard output."),
    ] = None,
) -> None:
    """Print the model card in Markdown: data, scores, groups, robustness, uses and law."""
    if output != STANDARD_OUTPUT:
        check_suffix(output, ".md", ".txt")
    from emotion_classifier.inference.bundled import model_folder
    from emotion_classifier.model_folder.card import to_markdown
    from emotion_classifier.model_folder.folder import read_specification
    from emotion_classifier.storage import write_atomically

    text = to_markdown(read_specification(model_folder(model)))
    if output is None or output == STANDARD_OUTPUT:
        print_text(text)
    else:
        write_atomically(output, text.encode(), "Choose another file.")
        print_line(f"model card: {output}")


def _facts(specification: ModelSpecification) -> dict[str, str]:
    audio = specification.input
    scores = [f"{score.name} {100 * score.uar:.1f}%" for score in specification.card.scores] or [
        "not scored by folds; see the report of its run"
    ]
    corpora = [
        f"{data.corpus} ({data.clips:,} clips, {data.speakers} speakers, {data.licence})"
        for data in specification.training_data
    ]
    facts = {}
    encoder, origin = specification.encoder, specification.origin
    if encoder is not None:
        left_out = "" if encoder.included else ", left out of this folder"
        facts["encoder"] = f"{encoder.name}, SHA-256 {encoder.fingerprint[:12]}…{left_out}"
    if origin is not None:
        trained_on = ", ".join(data.corpus for data in origin.training_data)
        facts["started from"] = f"{origin.name}, trained on {trained_on or 'data not known'}"
    return {
        "emotions": ", ".join(specification.emotions),
        "network": str(specification.architecture.get("network", {}).get("kind", "unknown")),
        "parameters": f"{specification.parameters:,}",
        "input": f"{audio.sample_rate:,} Hz, {audio.minimum_seconds:g} to {audio.seconds:g} s",
        "trained on": "; ".join(corpora) or "not known",
        **facts,
        "target": f"the {specification.target} emotion",
        "UAR": ", ".join(scores),
        "temperature": f"{specification.temperature:.3f}",
        "uncertain below": f"{specification.uncertain_below:.3f}",
    }
