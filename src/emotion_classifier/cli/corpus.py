"""`emotion corpus`: statistics, validation and splits of corpora."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_classifier.cli.output_format import check_suffix
from emotion_classifier.cli.settings import CorpusOption, Settings, read_selection
from emotion_classifier.cli.settings_command import SettingsCommand
from emotion_classifier.cli.terminal import make_console, print_line, report_progress, show_progress

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from emotion_classifier.corpora.corpus import Corpus
    from emotion_classifier.corpora.splits import Split
    from emotion_classifier.corpora.statistics import CorpusStatistics, GroupStatistics
    from emotion_classifier.corpora.utterance import Utterance
    from emotion_classifier.experiments.data.load import DataConfig

app = typer.Typer(help="Statistics, validation and splits of corpora.", no_args_is_help=True)


@app.command("stats", cls=SettingsCommand)
def stats(
    settings: Settings = None,
    corpus: CorpusOption = None,
    figure: Annotated[Path | None, typer.Option(help="Write plots into this PNG file.")] = None,
    trimming: Annotated[
        bool,
        typer.Option(
            "--trimming",
            help="Compare thresholds of trimming: the audio that each removes, and the speech in it.",
        ),
    ] = False,
) -> None:
    """Print clips, speakers, sex, hours, durations, loudness, silence and rates per emotion.

    With several corpora there is a --figure for each, with the name of the corpus in its file name.
    """
    check_suffix(figure, ".png", option="--figure")
    from emotion_classifier.corpora.statistics import corpus_statistics

    console = make_console()
    selection = read_selection(settings, corpus)
    corpora = [reader.read() for reader in selection.corpora]
    for data in corpora:
        with show_progress(f"decoding {data.name}", "files") as progress:
            statistics = corpus_statistics(data, progress=progress)
        console.print(_statistics_table(statistics))
        if trimming:
            console.print(_trimming_table(data, selection))
        for problem in (*data.problems, *statistics.problems):
            print_line(f"{problem.path}: {problem.message}")
        if figure is not None:
            several = f"{figure.stem}-{data.name}{figure.suffix}"
            _write_figure(statistics, figure if len(corpora) == 1 else figure.with_name(several))


@app.command("check", cls=SettingsCommand)
def check_(settings: Settings = None, corpus: CorpusOption = None) -> None:
    """Decode every file and print all problems with file names; exit code 2 if there is any."""
    from emotion_classifier.corpora.validation import check

    found = 0
    for data in _read(settings, corpus):
        with show_progress(f"decoding {data.name}", "files") as progress:
            problems = check(data, progress=progress)
        for problem in problems:
            print_line(f"{problem.path}: {problem.code}: {problem.message}")
        faults = sum(problem.code != "notice" for problem in problems)
        print_line(f"{data.name}: {len(data.utterances)} clips, problems: {faults}")
        found += faults
    if found:
        raise typer.Exit(2)


@app.command("split", cls=SettingsCommand)
def split_(
    settings: Settings = None,
    corpus: CorpusOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write the split to.")
    ] = Path("split.csv"),
) -> None:
    """Compute the split of a run, print and save it.

    Train on it with split.kind=file and split.path=FILE.
    """
    check_suffix(output, ".csv")
    console = make_console()
    selection = read_selection(settings, corpus)
    from emotion_classifier.experiments.data.load import load_corpora, split_corpora
    from emotion_classifier.model_folder.input import InputConfig

    with report_progress() as progress:
        model_input = getattr(selection, "input", InputConfig()).build()
        data = load_corpora(selection, model_input, progress)
    split = split_corpora(data, selection)
    split.save(output, data.utterances)
    console.print(_split_table(split, data.utterances))
    for warning in (*split.leaks, *split.notes):
        console.print(f"warning: {warning}", style="yellow")
    console.print(f"split: {output}")


def _read(settings: list[str] | None, corpus: list[str] | None) -> list[Corpus]:
    return [reader.read() for reader in read_selection(settings, corpus).corpora]


def _trimming_table(corpus: Corpus, selection: DataConfig) -> RichTable:
    from emotion_classifier.experiments.data.trimming import (
        THRESHOLDS_DB,
        compare_trimming,
        trimming_table,
    )
    from emotion_classifier.model_folder.input import InputConfig
    from emotion_classifier.rendering.tables import to_rich

    used = getattr(selection, "input", InputConfig()).trim_below_db
    thresholds = (*THRESHOLDS_DB, *([] if used is None else [used]))
    with show_progress(f"trimming {corpus.name}", "files") as progress:
        comparison = compare_trimming(corpus, thresholds, progress=progress)
    return to_rich(trimming_table(comparison, used))


def _statistics_table(statistics: CorpusStatistics) -> RichTable:
    from emotion_classifier.rendering.tables import Table, to_rich

    groups = {
        **{f"{sex} speakers": group for sex, group in statistics.by_sex.items()},
        **statistics.by_emotion,
        "all": statistics.total,
    }
    table = Table(
        f"{statistics.corpus}: {statistics.total.clips} clips",
        ("", "clips", "speakers", "hours", "seconds", "dBFS", "silence s"),
        [(name, *_statistics_cells(group)) for name, group in groups.items()],
        strong=frozenset({len(groups) - 1}),
        notes=(
            "Medians; seconds with minimum and maximum; loudness (RMS) in dB below full scale;",
            "silence at the start and at the end.",
            f"Sample rates (Hz): {_shares(statistics.total.sample_rates)}. "
            f"Channels: {_shares(statistics.total.channels)}.",
        ),
    )
    return to_rich(table)


def _statistics_cells(group: GroupStatistics) -> tuple[str, ...]:
    seconds = group.duration_seconds
    return (
        f"{group.clips:,}",
        f"{group.speakers:,}",
        f"{group.hours:.2f}",
        f"{seconds.median:.2f} ({seconds.minimum:.2f} to {seconds.maximum:.2f})",
        f"{group.rms_dbfs.median:.1f}",
        f"{group.leading_silence_seconds.median:.2f} + {group.trailing_silence_seconds.median:.2f}",
    )


def _shares(counts: Mapping[int, int]) -> str:
    return ", ".join(f"{value} ({clips} clips)" for value, clips in sorted(counts.items()))


def _write_figure(statistics: CorpusStatistics, path: Path) -> None:
    from emotion_classifier.corpora.figures import corpus_figure
    from emotion_classifier.rendering.figures import to_png
    from emotion_classifier.storage import write_atomically

    write_atomically(path, to_png(corpus_figure(statistics)), "Choose another file for --figure.")
    print_line(f"figure: {path}")


def _split_table(split: Split, utterances: tuple[Utterance, ...]) -> RichTable:
    from emotion_classifier.corpora.splits import PARTS
    from emotion_classifier.rendering.tables import Table, to_rich

    parts = [[u for u in utterances if split.parts.get(u.id) == part] for part in PARTS]
    by_sex = {f"clips by {sex}": counts for sex, counts in split.counts(utterances, "sex").items()}
    by_value = {**by_sex, **split.counts(utterances, "emotion")}
    rows = [
        ("speakers", *(f"{len({u.speaker_id for u in part}):,}" for part in parts)),
        *((value, *(f"{counts[part]:,}" for part in PARTS)) for value, counts in by_value.items()),
        ("clips", *(f"{len(part):,}" for part in parts)),
    ]
    left_out = len(utterances) - sum(map(len, parts))
    notes = (f"{left_out} clips are in no part; {len(utterances)} in all.",) if left_out else ()
    last = frozenset({len(rows) - 1})
    return to_rich(Table("Parts", ("", *PARTS), rows, strong=last, notes=notes))
