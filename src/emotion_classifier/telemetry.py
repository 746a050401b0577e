"""Telemetry of the libraries below this package, switched off."""

import os

VARIABLES = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime from 1.29: events, a device identifier in the cache
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray: usage statistics of each cluster
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, transformers, peft: versions in user agents
    "MLFLOW_DISABLE_TELEMETRY": "true",  # MLflow: usage of its functions, to its maker
    "WANDB_ERROR_REPORTING": "false",  # Weights & Biases: errors of the library, to its maker
}
"""Environment variable → its value. `docs/privacy.md` describes each."""


def disable_telemetry() -> None:
    """Set `VARIABLES` where the user has not; libraries read them when they are imported.

    Child processes inherit them.
    """
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)
