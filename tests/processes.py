"""Run Python source in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(source, *arguments, packages=None, shell="", **variables):
    """Return the process; `packages` hide installed ones, `shell` redirects streams."""
    chosen = ("TF_CPP_MIN_LOG_LEVEL", "KERAS_HOME", "PYTHONWARNINGS", "AELIB_SEED")
    environment = {k: v for k, v in os.environ.items() if k not in chosen}
    folders = [ROOT] if packages is None else [packages, ROOT]
    environment["PYTHONPATH"] = os.pathsep.join(map(str, folders))
    command = [sys.executable, "-c", source, *map(str, arguments)]
    if shell:
        command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command]
    return subprocess.run(
        command,
        env=environment | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
        check=False,
    )
