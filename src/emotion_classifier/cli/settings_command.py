"""Commands that take settings as KEY=VALUE, where an option that is a setting is reported as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand

from emotion_classifier.errors import ConfigError


class SettingsCommand(TyperCommand):
    """A command with settings of a run among its arguments."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments.

        Raises
        ------
        ConfigError
            An option is no option of the command, but the name of a setting.
        """
        known = {
            flag
            for option in self.get_params(ctx)
            for flag in (*option.opts, *option.secondary_opts)
        }
        for position, text in enumerate(args):
            name, _, value = text.partition("=")
            if text == "--":
                break
            if name.startswith("--") and name not in known:
                _refuse_setting(name, value or "".join(args[position + 1 : position + 2]))
        return list(super().parse_args(ctx, args))


def _refuse_setting(option: str, value: str) -> None:
    keys = _settings_named(option.removeprefix("--").replace("-", "_"))
    if keys:
        raise ConfigError(
            f"{option} is a setting and no option of this command: write "
            f"{' or '.join(f'{key}={value}' for key in keys)}"
        )


def _settings_named(name: str) -> Sequence[str]:
    """Dotted keys of a run that end in `name`, the shortest first."""
    from emotion_classifier.config import reference
    from emotion_classifier.experiments.train.config import RunConfig

    keys = dict.fromkeys(row.key for row in reference(RunConfig))
    found = [key for key in keys if f".{key}".endswith(f".{name.lstrip('.')}")]
    return sorted(found, key=lambda key: (key.count("."), key))[:3]
