"""`emotion listen --list-devices` and `--check`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from emotion_classifier.inference.live.microphone_check import MicrophoneReport
    from emotion_classifier.inference.live.sources import Source


def print_devices() -> None:
    """Print all microphones."""
    from emotion_classifier.inference.live.microphone import devices

    found = devices()
    for device in found:
        mark = "*" if device.is_default else " "
        typer.echo(
            f"{mark} {device.index:3d}  {device.name}  {device.sample_rate} Hz, "
            f"channels: {device.channels}"
        )
    if not found:
        typer.echo("no microphone was found: connect one, or use --input FILE or --stdin")


def check(source: Source) -> None:
    """Check the first seconds of a source; exit code 2 if no emotion can be recognised."""
    from emotion_classifier.inference.live.microphone_check import CHECK_SECONDS, check_microphone
    from emotion_classifier.inference.live.sources import take_seconds

    if source.is_device:
        typer.echo(f"{source.name}: speak for {CHECK_SECONDS:g} s", err=True)
    report = check_microphone(*take_seconds(source, CHECK_SECONDS, threading.Event()))
    _print_report(report)
    if not report.is_usable:
        raise typer.Exit(2)


def _print_report(report: MicrophoneReport) -> None:
    typer.echo(f"rate            {report.sample_rate} Hz")
    for number, channel in enumerate(report.channels, start=1):
        typer.echo(
            f"channel {number}       level {channel.rms_dbfs:.0f} dBFS, "
            f"peak {channel.peak_dbfs:.0f}, noise floor {channel.noise_floor_dbfs:.0f}, "
            f"voice {channel.voice_dbfs:.0f}, at full scale {channel.clipped_share:.2%}"
        )
    for finding in report.findings:
        typer.echo(f"{finding.code:<15} {finding.message}")
    if not report.findings:
        typer.echo("no problem found")
