"""A campaign begins as a copy of another's folder, as far as what is changed leaves that as it is.

A change of a config makes Snakemake repeat what depends on it, and no more. So a case that begins where the base ended,
with what is its own left out, has the same relaxed cells and the same students, to the last bit.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

#: What a case makes itself, in results/CAMPAIGN/ and below; relaxed cells and students stay.
_OWN_RUNS = ("*K", "decided", "temperatures*.csv", "arrhenius*", "transport.csv", "equation_one.json")
_OWN_ENDS = ("large", "finite_size.json", "ranking.csv", "report.html", "figures", "reference*.json", "logs")


def begin_from(base: Path, folder: Path, campaign: str, *, runs: bool) -> None:
    """Copy what is kept, whole or not at all; a folder that is there stays as it is.

    Args:
        base: Where the base ran to its end.
        folder: Of the case.
        campaign: The name of both.
        runs: Whether its runs are kept, or its relaxed cells and students alone.
    """
    if folder.exists():
        return
    own = _OWN_ENDS if runs else (*_OWN_ENDS, *_OWN_RUNS)
    half = folder.with_name(f".{folder.name}.begun")
    if half.exists():
        shutil.rmtree(half)
    kept = Path("results", campaign)
    shutil.copytree(base / kept, half / kept, ignore=shutil.ignore_patterns(*own), copy_function=_copy)
    # What Snakemake noted of the jobs: without it all would be made again.
    ignored: Callable[[str, list[str]], set[str]] = shutil.ignore_patterns("log", "locks", "incomplete", "iocache")
    shutil.copytree(base / ".snakemake", half / ".snakemake", ignore=ignored)
    half.rename(folder)


def _copy(source: str, target: str) -> None:
    """Trajectories are written once and never changed: a second name of them takes no room."""
    if source.endswith(".h5"):
        try:
            os.link(source, target)
        except OSError:  # another disk
            shutil.copy2(source, target)
        return
    shutil.copy2(source, target)
