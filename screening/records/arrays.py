"""Files of arrays (npz): written whole or not at all, read whole or not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from screening.records.files import atomic_write

Arrays = dict[str, NDArray[Any]]


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays by their names; replaces what is there."""
    atomic_write(path, lambda temporary: np.savez(temporary, allow_pickle=False, **arrays))


def read_arrays(path: Path) -> Arrays:
    """All arrays of a file.

    Raises:
        OSError: it is missing, cannot be read, or is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except (ValueError, EOFError, KeyError, BadZipFile) as error:
        raise OSError(str(error)) from error


def known_arrays(path: Path) -> Arrays | None:
    """The same; None where there is nothing to read."""
    try:
        return read_arrays(path)
    except OSError:
        return None
