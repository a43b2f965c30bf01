"""Snakemake on a campaign file: which workflow, with which arguments."""

import subprocess
import sys
from pathlib import Path
from typing import IO

from screening.campaign.locks import release_stale
from screening.campaign.preflight import check_campaign
from screening.config.campaign import Campaign
from screening.config.load import load_campaign
from screening.errors import ConfigError


def find_snakefile() -> Path:
    """The workflow: in the current folder, or in the checkout this package is installed from.

    Raises:
        ConfigError: there is none.
    """
    for folder in (Path.cwd(), Path(__file__).resolve().parents[2]):
        if (folder / "Snakefile").is_file() and (folder / "workflows").is_dir():
            return folder / "Snakefile"
    raise ConfigError("no Snakefile here; call `screening run` in a checkout of the project")


def prepare(config: Path) -> Campaign:
    """The campaign of a file, checked, and free of the locks that a killed run left.

    Raises:
        ScreeningError: what is wrong with the file or with what it names.
    """
    campaign = load_campaign(config)
    check_campaign(campaign, config.parent)
    # A run that was killed goes on with the same command, without a word about locks.
    release_stale(results_of(campaign))
    return campaign


def results_of(campaign: Campaign) -> Path:
    """The campaign's results folder in the current one."""
    return Path("results") / campaign.campaign


def is_dry(extra: list[str]) -> bool:
    """Whether Snakemake is asked for its list of jobs only."""
    return not {"-n", "--dry-run", "--dryrun"}.isdisjoint(extra)


def command_of(config: Path, cores: int) -> list[str]:
    """Snakemake's command for a campaign file on some CPU cores, without further arguments."""
    called = [sys.executable, "-m", "snakemake", "--snakefile", str(find_snakefile())]
    return [*called, "--configfile", str(config), "--cores", str(cores)]


def start(config: Path, cores: int, extra: list[str], log: IO[str] | None) -> "subprocess.Popen[bytes]":
    """Start the workflow.

    Args:
        config: Campaign file.
        cores: CPU cores.
        extra: More arguments for Snakemake.
        log: File for what it writes; where None, it writes to the terminal as Snakemake does.
    """
    command = command_of(config, cores)
    if log is not None:
        # --quiet takes all names that follow it, so another option comes between it and what the user adds.
        command += ["--quiet", "rules", "--rerun-incomplete", "--show-failed-logs"]
    return subprocess.Popen([*command, *extra], stdout=log, stderr=subprocess.STDOUT if log else None)
