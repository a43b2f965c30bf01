"""What is measured in a process of its own."""

import json
import os
import subprocess
from typing import Any


def in_own_process(command: list[str], what: str) -> dict[str, Any]:
    """What a command prints as JSON in its last line, alone on one core.

    Args:
        command: Of this package.
        what: It measures, for the error.

    Raises:
        RuntimeError: it failed, with its last line.
    """
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{what} failed: {done.stderr.strip().splitlines()[-1:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
