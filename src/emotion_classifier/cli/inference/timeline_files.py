"""The files that `emotion timeline` writes for each recording."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_classifier.cli.output_format import STANDARD_OUTPUT, format_of, known_format
from emotion_classifier.errors import AudioError, ConfigError

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
            A format or suffix is unknown, or output and formats do not fit.
        MissingDependencyError
            The library of a format is not installed.
        """
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

    def write(self, recording: RecordingTimelines, stem: str) -> Iterator[Path]:
        """Write the timeline in each format; the paths of the files."""
        from emotion_classifier.inference.timeline.writers import (
            TIMELINE_FORMATS,
            encode_timeline,
            write_timeline,
        )

        for name in self.formats:
            if self.is_standard_output:
                sys.stdout.flush()
                sys.stdout.buffer.write(encode_timeline(recording, name, self.options))
                sys.stdout.buffer.flush()
                continue
            file = f"{stem}{TIMELINE_FORMATS[name].suffix}"
            path = self.output / file if self.is_folder else self.output
            write_timeline(recording, path, name, self.options)
            yield path


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
    added.
    """
    paths = [one for one in recordings if isinstance(one, Path)]
    count = Counter(path.stem for path in dict.fromkeys(paths))
    return {
        path: path.stem if count[path.stem] == 1 else "__".join(path.parts).strip("/_.")
        for path in paths
    }


def _format_of_file(output: Path) -> str:
    from emotion_classifier.inference.timeline.writers import SUFFIXES

    if output == STANDARD_OUTPUT:
        raise ConfigError("--output - needs a format: add --format, for example --format jsonl")
    return format_of(output, SUFFIXES, remedy=", or choose one with --format")
