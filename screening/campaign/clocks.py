"""Clocks that were wrong: files from the future would make everything made from them look out of date."""

import os
import time
from pathlib import Path

# File servers run a little ahead or behind; Snakemake bears that by itself.
TOLERATED_S = 60.0


def settle(folder: Path) -> int:
    """Give files of a campaign that are from the future the present time; returns how many there were.

    They were made while the clock was ahead, one after the other; what is made from them now would seem older than
    they are, and Snakemake refuses that.
    """
    now = time.time()
    future = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mtime > now + TOLERATED_S]
    for path in future:
        os.utime(path, (now, now))
    return len(future)
