"""The files that `emotion timeline` writes for each recording."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_classifier.cli.output_format import STANDARD_OUTPUT, format_of, known_format
from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.storage import file_identity

if TYPE_CHECKING:
    from emotion_classifier.inference.files.formats import CsvOptions
    from emotion_classifier.inference.timeline.analyse import RecordingTimelines

DEFAULT_FOLDER = Path("timelines")


@dataclass(frozen=True)
class TimelineFiles:
    """Formats of the timeline of a recording, and where they are written.

    Parameters
    ----------
    output : a folder; a file or `STANDARD_OUTPUT` for the only format of a single recording.
    is_folder : whether it is a folder.
    formats : of `TIMELINE_FORMATS`.
    options : of CSV.
    """

    output: Path
    is_folder: bool
    formats: tuple[str, ...]
    options: CsvOptions

    @classmethod
    def of(cls, output: Path | None, formats: Sequence[str], options: CsvOptions) -> TimelineFiles:
        """The files of the options ``--output`` and ``--format``.

        Raises
        ------
        ConfigError
            A format or suffix is unknown, output and formats do not fit, or the output is a terminal
            and the format no text.
        MissingDependencyError
            The library of a format is not installed.
        """
        from emotion_classifier.inference.files.result_file import check_no_terminal
        from emotion_classifier.inference.timeline.writers import SUFFIXES, TIMELINE_FORMATS

        names = parse_formats(formats)
        is_folder = output is None or (
            output != STANDARD_OUTPUT and (output.is_dir() or not output.suffix)
        )
        if output is not None and is_folder and not names:
            raise ConfigError(
                f"--output {output} names a folder, and no file is written to it without a format: "
                f"add --format, or name a file ({', '.join(SUFFIXES)})"
            )
        if output is not None and not is_folder:
            if not names:
                names = (_format_of_file(output),)
            if len(names) > 1:
                raise ConfigError(
                    f"--output {output} is a file, and there are {len(names)} formats: name a folder"
                )
        for name in names:
            TIMELINE_FORMATS[name].check()
            if output == STANDARD_OUTPUT and not TIMELINE_FORMATS[name].is_text:
                check_no_terminal(name)
        return cls(output or DEFAULT_FOLDER, is_folder, names, options)

    @property
    def is_standard_output(self) -> bool:
        """Whether the timeline is written to standard output."""
        return self.output == STANDARD_OUTPUT

    def check_count(self, recordings: int) -> None:
        """Raise a `ConfigError` where several recordings would be in a single file."""
        if not self.is_folder and recordings != 1:
            raise ConfigError(
                f"--output {self.output} takes the timeline of one recording, and there are "
                f"{recordings}: name a folder with --format, or --summary FILE for a row of each"
            )

    def check_names(self, names: Mapping[Path, str], tables: Iterable[Path] = ()) -> None:
        """Raise a `ConfigError` where a timeline would replace a recording or a table.

        Parameters
        ----------
        names : path of a recording → name of its files without suffix.
        tables : files of rows, which may not exist yet.
        """
        recordings = {identity for path in names if (identity := file_identity(path))}
        rows = {path.resolve() for path in tables}
        for stem in names.values():
            for name in () if self.is_standard_output else self.formats:
                if file_identity(target := self._path(stem, name)) in recordings:
                    raise ConfigError(
                        f"{target} is a recording, which its timeline would replace: name another "
                        "file or folder with --output"
                    )
                if target.resolve() in rows:
                    raise ConfigError(
                        f"{target} is the file of --summary or --segments, which the timeline of a "
                        "recording would replace: name another file or folder with --output"
                    )

    def write(self, recording: RecordingTimelines, stem: str) -> Iterator[Path]:
        """Write the timeline in each format; the paths of the files."""
        from emotion_classifier.inference.timeline.writers import (
            encode_timeline,
            write_timeline,
        )

        for name in self.formats:
            if self.is_standard_output:
                sys.stdout.flush()
                sys.stdout.buffer.write(encode_timeline(recording, name, self.options))
                sys.stdout.buffer.flush()
                continue
            path = self._path(stem, name)
            write_timeline(recording, path, name, self.options)
            yield path

    def _path(self, stem: str, name: str) -> Path:
        """The file of a recording in a format."""
        from emotion_classifier.inference.timeline.writers import TIMELINE_FORMATS

        file = f"{stem}{TIMELINE_FORMATS[name].suffix}"
        return self.output / file if self.is_folder else self.output


def parse_formats(names: Iterable[str]) -> tuple[str, ...]:
    """Names of formats, each once and in order; each of `names` may hold several between commas.

    Raises
    ------
    ConfigError
        A format is unknown.
    """
    from emotion_classifier.inference.timeline.writers import TIMELINE_FORMATS

    wanted = [name.strip() for text in names for name in text.split(",") if name.strip()]
    return tuple(dict.fromkeys(known_format(name, TIMELINE_FORMATS) for name in wanted))


def stems(recordings: Iterable[Path | AudioError]) -> dict[Path, str]:
    """Path of a recording → name of its files without suffix.

    It is that of the recording; where several would be equal, all names of folders and the suffix are
    added, and a number where they still are. File systems that ignore case are allowed for.
    """
    paths = dict.fromkeys(one for one in recordings if isinstance(one, Path))
    count = Counter(path.stem.casefold() for path in paths)
    names: dict[Path, str] = {}
    taken: set[str] = set()
    for path in paths:
        is_unique = count[path.stem.casefold()] == 1
        stem = path.stem if is_unique else "__".join(path.parts).strip("/_.")
        numbered = (f"{stem}__{number}" for number in itertools.count(2))
        names[path] = next(
            one for one in itertools.chain([stem], numbered) if one.casefold() not in taken
        )
        taken.add(names[path].casefold())
    return names


def _format_of_file(output: Path) -> str:
    from emotion_classifier.inference.timeline.writers import SUFFIXES

    if output == STANDARD_OUTPUT:
        raise ConfigError("--output - needs a format: add --format, for example --format jsonl")
    return format_of(output, SUFFIXES, remedy=", or choose one with --format")
