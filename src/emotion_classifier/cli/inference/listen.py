"""`emotion listen`."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emotion_classifier.cli.inference.options import StreamOptions
from emotion_classifier.cli.inference.stop_signals import StopSignals
from emotion_classifier.cli.inference.words import WordsModelOption, recogniser_of
from emotion_classifier.cli.output_format import STANDARD_OUTPUT, check_suffix
from emotion_classifier.cli.terminal import make_console, print_line, print_note
from emotion_classifier.errors import ConfigError
from emotion_classifier.storage import file_identity

if TYPE_CHECKING:
    from emotion_classifier.cli.inference.event_views import View
    from emotion_classifier.inference.events import LiveEvent
    from emotion_classifier.inference.live.microphone_check import MicrophoneReport
    from emotion_classifier.inference.live.sources import PcmFormat, PcmSource, Source
    from emotion_classifier.inference.live.transcriber import Transcriber


def listen(
    options: StreamOptions,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A recording to play instead of a microphone."),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Microphone: its number, or a part of its name.")
    ] = None,
    list_devices: Annotated[
        bool, typer.Option("--list-devices", help="Print the microphones, and end.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Check five seconds of sound, and end.")
    ] = False,
    recording: Annotated[Path | None, typer.Option("--input", help="The same as FILE.")] = None,
    speed: Annotated[
        Literal["real", "max"], typer.Option(help="Speed of reading the recording.")
    ] = "real",
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read raw samples from standard input instead.")
    ] = False,
    rate: Annotated[
        int, typer.Option(min=8_000, max=192_000, help="Rate of the raw samples, in hertz.")
    ] = 16_000,
    channels: Annotated[
        int, typer.Option(min=1, max=8, help="Channels of the raw samples, interleaved.")
    ] = 1,
    sample_format: Annotated[
        Literal["s16le", "f32le"], typer.Option("--format", help="Format of the raw samples.")
    ] = "s16le",
    words: Annotated[
        Literal["auto", "pocketsphinx", "faster_whisper", "none"],
        typer.Option(help="Recogniser of words; auto: pocketsphinx if it is installed."),
    ] = "auto",
    words_model: WordsModelOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write every event as a line of JSON; - is standard output."
        ),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Also record the received audio, as WAV.")
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Send the audio to an `emotion serve` there, with the token in EMOTION_TOKEN.",
        ),
    ] = None,
) -> None:
    """Recognise emotion and words of live speech, until Ctrl-C or the end of the audio.

    Nothing is recorded or sent without --record, --output or --server.
    """
    if list_devices:
        _print_devices()
        return
    given = [source for source in (file, recording, stdin or None, device) if source is not None]
    if len(given) > 1:
        raise ConfigError("FILE, --input, --stdin and --device exclude each other: use one of them")
    recording = file or recording
    if (
        recording is not None
        and output is not None
        and file_identity(output) is not None
        and file_identity(output) == file_identity(recording)
    ):
        raise ConfigError(f"--output {output} would replace the recording: name another file")
    if output != STANDARD_OUTPUT:
        check_suffix(output, ".jsonl")
    check_suffix(record, ".wav", option="--record")
    settings = options.to_config()
    source: Source
    if recording is not None:
        from emotion_classifier.inference.live.sources import Clock, FileSource

        clock = Clock() if speed == "real" else None
        source = FileSource(recording, clock, maximum_seconds=settings.maximum_seconds)
    elif stdin:
        source = _standard_input(rate, channels, sample_format)
    else:
        from emotion_classifier.inference.live.microphone import Microphone

        source = Microphone(int(device) if device and device.isdecimal() else device)
    if check:
        _refuse_with_check(output, record, server)
        _check(source)
        return
    if server is not None:
        _refuse_with_server(options, words_model, record, speed)
    stop = threading.Event()
    signals = StopSignals(stop)
    with signals.handled():
        if server is not None:
            events = _remote_events(server, source, stop, words=words != "none")
        else:
            from emotion_classifier.audio.recorder import Recorder
            from emotion_classifier.inference.live.session import LiveSession

            events = LiveSession(
                source,
                settings.build().stream,
                stop=stop,
                transcriber=_transcriber(words, words_model),
                recorder=None if record is None else Recorder(record),
            ).events()
        with ExitStack() as stack:
            with signals.writing():  # opening a named pipe waits for its reader
                views = [stack.enter_context(view) for view in _views(output)]
            for event in events:
                with signals.writing():
                    for show in views:
                        show(event)


def _refuse_with_check(output: Path | None, record: Path | None, server: str | None) -> None:
    """Raise `ConfigError` for options of a session."""
    options = {"--output": output, "--record": record, "--server": server}
    if given := [name for name, value in options.items() if value is not None]:
        raise ConfigError(
            f"--check prints a report, and writes and sends nothing: leave out {', '.join(given)}"
        )


def _refuse_with_server(
    options: StreamOptions, words_model: str | None, record: Path | None, speed: str
) -> None:
    """Raise `ConfigError` for options that only concern this machine."""
    local = {
        f"--{field.name.replace('_', '-')}": getattr(options, field.name)
        for field in fields(options)
    }
    local |= {"--words-model": words_model, "--record": record}
    given = [name for name, value in local.items() if value is not None]
    given += ["--speed max"] if speed == "max" else []
    if given:
        raise ConfigError(
            f"--server uses the model and the settings of the service, in real time: leave out {', '.join(given)}"
        )


def _remote_events(
    server: str, source: Source, stop: threading.Event, *, words: bool
) -> Iterator[LiveEvent]:
    """Events of a session of a service, without those that concern the connection alone."""
    from emotion_classifier.inference.events import (
        ErrorEvent,
        SessionClosedEvent,
        SessionCreatedEvent,
    )
    from emotion_classifier.serving.client import Client
    from emotion_classifier.serving.config import TOKEN_VARIABLE

    client = Client(server, token=os.environ.get(TOKEN_VARIABLE) or None)
    for event in client.stream(source, stop=stop, words=words):
        if isinstance(event, ErrorEvent):
            print_note(f"{event.code}: {event.message}")
        elif isinstance(event, SessionCreatedEvent) and event.is_resumed:
            print_note("the connection was lost and is back")
        elif not isinstance(event, SessionCreatedEvent | SessionClosedEvent):
            yield event


def _standard_input(rate: int, channels: int, sample_format: PcmFormat) -> PcmSource:
    from emotion_classifier.inference.live.sources import PcmSource

    if sys.stdin is None or sys.stdin.isatty():
        raise ConfigError(
            "--stdin reads raw samples, and standard input is a terminal or closed: pipe samples "
            "into it, for example `arecord -t raw -f S16_LE -r 16000 | emotion listen --stdin`"
        )
    return PcmSource(0, sample_rate=rate, channels=channels, sample_format=sample_format)


def _print_devices() -> None:
    from emotion_classifier.inference.live.microphone import devices

    found = devices()
    for device in found:
        mark = "*" if device.is_default else " "
        print_line(
            f"{mark} {device.index:3d}  {device.name}  {device.sample_rate} Hz, "
            f"channels: {device.channels}"
        )
    if not found:
        print_line("no microphone was found: connect one, or name a recording, or use --stdin")


def _check(source: Source) -> None:
    """Check the first seconds of a source; exit code 2 if no emotion can be recognised."""
    from emotion_classifier.inference.live.microphone_check import CHECK_SECONDS, check_microphone
    from emotion_classifier.inference.live.sources import take_seconds

    if source.is_device:
        print_note(f"{source.name}: speak for {CHECK_SECONDS:g} s")
    report = check_microphone(*take_seconds(source, CHECK_SECONDS, threading.Event()))
    _print_report(report)
    if not report.is_usable:
        raise typer.Exit(2)


def _print_report(report: MicrophoneReport) -> None:
    print_line(f"rate            {report.sample_rate} Hz")
    for number, channel in enumerate(report.channels, start=1):
        print_line(
            f"channel {number}       level {channel.rms_dbfs:.0f} dBFS, "
            f"peak {channel.peak_dbfs:.0f}, noise floor {channel.noise_floor_dbfs:.0f}, "
            f"voice {channel.voice_dbfs:.0f}, at full scale {channel.clipped_share:.2%}"
        )
    for finding in report.findings:
        print_line(f"{finding.code:<15} {finding.message}")
    if not report.findings:
        print_line("no problem found")


def _transcriber(words: str, model: str | None) -> Transcriber | None:
    from emotion_classifier.inference.live.transcriber import Transcriber

    recogniser = recogniser_of(words, model)
    return None if recogniser is None else Transcriber(recogniser)


def _views(output: Path | None) -> Iterator[AbstractContextManager[View]]:
    from emotion_classifier.cli.inference.event_views import json_lines, text_lines

    if output is not None:
        yield json_lines(None if output == STANDARD_OUTPUT else output)
    if output != STANDARD_OUTPUT:
        console = make_console()
        if console.is_terminal and not console.is_dumb_terminal:
            from emotion_classifier.cli.inference.event_views import live_view

            yield live_view(console)
        else:
            yield text_lines(console)
