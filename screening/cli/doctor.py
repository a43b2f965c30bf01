"""`screening doctor`: is this machine ready? Every finding says what to do."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from screening.errors import ScreeningError

# A campaign of 20 candidates leaves 1 to 10 GB of trajectories.
LOW_DISK_GB = 10.0
LOW_MEMORY_GB = 4.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        state: "ok", "note" (works, or is not needed by all) or "failed".
        subject: What was looked at.
        text: What was found.
        remedy: What to do, "" where nothing needs doing.
    """

    state: Literal["ok", "note", "failed"]
    subject: str
    text: str
    remedy: str = ""


def examine(potential: str, device: str, folder: Path) -> Iterator[Finding]:
    """Look at everything, quick things first.

    Args:
        potential: Name as in the config; it is loaded, which takes seconds.
        device: Where it runs.
        folder: Where campaigns would be run.
    """
    checks: tuple[Callable[[], Finding], ...] = (
        _python,
        lambda: _workflow(folder),
        _threads,
        _memory,
        lambda: _disk(folder),
        lambda: _locks(folder),
        _materials_project,
        _slurm,
        _gpu,
        _first_principles,
        _lammps,
        lambda: _potential(potential, device),
    )
    for check in checks:
        yield check()


def _python() -> Finding:
    from screening.version import __version__

    found = f"screening {__version__} on Python {sys.version.split()[0]}"
    return Finding("ok", "Python", f"{found}, in {sys.prefix}")


def _workflow(folder: Path) -> Finding:
    from screening.campaign.runner import find_snakefile

    if shutil.which("screening") is None:
        return Finding(
            "failed", "workflow", "`screening` is not on the PATH, and jobs call it",
            f"export PATH={Path(sys.executable).parent}:$PATH",
        )  # fmt: skip
    try:
        version = importlib.metadata.version("snakemake")
        return Finding("ok", "workflow", f"Snakemake {version}, {os.path.relpath(find_snakefile(), folder)}")
    except ScreeningError as error:
        return Finding("failed", "workflow", str(error), "go to the checkout")


def _threads() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    given = os.environ.get("OMP_NUM_THREADS")
    if given is None and cores > 1:
        return Finding(
            "note", "threads", f"{cores} cores; OMP_NUM_THREADS is not set, so jobs side by side may share cores",
            f"export OMP_NUM_THREADS=1, and screening run CONFIG --cores {cores}",
        )  # fmt: skip
    return Finding("ok", "threads", f"{cores} cores, OMP_NUM_THREADS={given}; screening run CONFIG --cores {cores}")


def _memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available / 1e9
    if free < LOW_MEMORY_GB:
        return Finding(
            "note", "memory", f"{free:.1f} GB free; a job with a potential takes 1 to 4 GB", "use fewer --cores"
        )
    return Finding("ok", "memory", f"{free:.1f} GB free")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free / 1e9
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding("failed", "disk", f"{folder} cannot be written to ({error.strerror})", "work in another folder")
    if free < LOW_DISK_GB:
        text = f"{free:.1f} GB free; twenty candidates leave 1 to 10 GB of trajectories"
        return Finding("note", "disk", text, "make room, or raise md.sample_interval_fs")
    return Finding("ok", "disk", f"{free:.0f} GB free in {folder}")


def _locks(folder: Path) -> Finding:
    import fcntl

    with tempfile.NamedTemporaryFile(dir=folder) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            text = "this file system has no locks, so nothing prevents two runs of one campaign"
            return Finding("note", "locks", text, "never start a campaign twice, or work on a local disk")
    return Finding("ok", "locks", "a second run of a campaign is refused")


def _materials_project() -> Finding:
    """Whether there is a key; it is neither printed nor sent."""
    from screening.parents.materials_project import api_key

    try:
        api_key()
    except ScreeningError as error:
        text = "no usable key; only parents from the Materials Project need one"
        return Finding("note", "Materials Project", text, str(error))
    return Finding("ok", "Materials Project", "a key is set (not tried)")


def _slurm() -> Finding:
    if shutil.which("sbatch") is None:
        return Finding("ok", "SLURM", "none here; campaigns run on this machine")
    try:
        version = importlib.metadata.version("snakemake-executor-plugin-slurm")
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            "note", "SLURM", "sbatch is installed, but not its Snakemake plug-in", "pip install 'screening[slurm]'"
        )
    answer = subprocess.run(["sinfo", "--noheader", "--format=%P"], capture_output=True, text=True, check=False)
    if answer.returncode:
        text = "sbatch is installed, but no controller answers"
        return Finding("note", "SLURM", text, "run on this machine, or ask your administrator")
    partitions = ", ".join(answer.stdout.split())
    return Finding("ok", "SLURM", f"partitions {partitions}; plug-in {version}; see docs/cluster.md")


def _gpu() -> Finding:
    import torch

    if not torch.cuda.is_available():
        return Finding("ok", "GPU", f"none that torch {torch.__version__} can use; the potential runs on CPU")
    names = ", ".join(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
    return Finding("ok", "GPU", f"{names}; set potential.device to cuda in the campaign to use it")


def _first_principles() -> Finding:
    from screening.config.potential import TeacherConfig
    from screening.errors import PotentialError
    from screening.potentials.registry import load

    try:
        found = load(TeacherConfig(name="cp2k"))
    except PotentialError as error:
        missing = str(error).removeprefix("potential 'cp2k' needs the program ").removeprefix("potential 'cp2k': ")
        return Finding("note", "first principles", missing, "only needed to judge potentials (potential.reference)")
    return Finding("ok", "first principles", f"CP2K {found.version}")


def _lammps() -> Finding:
    """Students run in LAMMPS: does its library load? In a process of its own, since a bad one ends the process."""
    code = "from screening.dynamics.engines.lammps_library import load_lammps; print(load_lammps().version())"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if answer.returncode:
        why = (answer.stderr.strip().splitlines() or ["it printed no message"])[-1]
        return Finding(
            "failed", "LAMMPS", f"its library does not load ({why}); students cannot run",
            "make setup again, or set potential.student to none",
        )  # fmt: skip
    return Finding("ok", "LAMMPS", f"version {answer.stdout.split()[-1]}; students can run")


def _potential(name: str, device: str) -> Finding:
    from pydantic import ValidationError

    from screening.config.potential import TeacherConfig
    from screening.potentials.registry import load

    try:
        potential = load(TeacherConfig.model_validate({"name": name, "device": device}))
    except (ScreeningError, ValidationError) as error:
        said = str(error) if isinstance(error, ScreeningError) else error.errors()[0]["msg"]
        return Finding("failed", "potential", said, "`screening potentials list` shows which can be used")
    found = f"{name} {potential.version} loads on {device}, {potential.functional}"
    return Finding("ok", "potential", f"{found}; `screening potentials check {name}` says whether to trust it")
