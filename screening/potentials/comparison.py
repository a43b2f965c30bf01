"""Potentials beside a reference on the same frames: which is the least wrong for a material."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from ase import Atoms

from screening.errors import PotentialError, ScreeningError, StageError
from screening.potentials.base import Potential
from screening.potentials.disagreement import Evaluated, disagreement, evaluate
from screening.potentials.trust_record import Disagreement
from screening.records import atomic_write, content_hash

# Occupancies that are so near to 1 are 1: files round them.
_WHOLE = 1e-3


@dataclass(frozen=True)
class Compared:
    """A potential beside the reference.

    Attributes:
        name: Of the potential.
        found: How its forces and energies differ from the reference's, whose are the first; None where it failed.
        failure: Why, "" where it did not.
        seconds: Of processor time a frame.
    """

    name: str
    found: Disagreement | None
    failure: str
    seconds: float


@dataclass(frozen=True)
class Labelled:
    """Frames with the reference's forces.

    Attributes:
        frames: Those that it could label.
        which: Their places among those it was asked for.
        values: Its energies and forces.
        lost: Why it could not label the others.
        seconds: Of processor time a frame, those that were kept from before not counted.
    """

    frames: tuple[Atoms, ...]
    which: tuple[int, ...]
    values: tuple[Evaluated, ...]
    lost: tuple[str, ...]
    seconds: float


def labelled(frames: Sequence[Atoms], reference: Potential, folder: Path | None = None) -> Labelled:
    """Ask the reference; a frame that it cannot label is left out.

    Args:
        frames: Periodic.
        reference: Minutes a frame.
        folder: Where each label is kept once it is known, so that a job that was stopped goes on.

    Raises:
        StageError: it can label none.
    """
    which, values, lost = [], [], []
    asked = 0
    started = _processor_time()
    for k, atoms in enumerate(frames):
        path = None if folder is None else folder / f"{_key(atoms, reference)}.npz"
        try:
            value = None if path is None else _known(path)
            if value is None:
                asked += 1
                value = evaluate(reference.calculator, atoms)
        except PotentialError as error:
            lost.append(str(error))
            continue
        if not value.finite:
            lost.append(f"{reference.name} gives energies or forces that are no numbers")
            continue
        if path is not None:
            _keep(path, value)
        which.append(k)
        values.append(value)
    if not which:
        raise StageError(f"{reference.name} labels none of {len(frames)} frames: {lost[-1]}")
    seconds = (_processor_time() - started) / asked if asked else 0.0
    return Labelled(tuple(frames[k] for k in which), tuple(which), tuple(values), tuple(lost), seconds)


def _key(atoms: Atoms, reference: Potential) -> str:
    return content_hash([reference.checksum, str(atoms.symbols), atoms.positions.tolist(), atoms.cell.tolist()])


def _known(path: Path) -> Evaluated | None:
    """A label that was kept; None where there is none, or half a file."""
    try:
        with np.load(path) as file:
            return Evaluated(float(file["energy_eV"]), file["forces_eV_A"])
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def _keep(path: Path, value: Evaluated) -> None:
    if not path.exists():
        content = {"energy_eV": np.array(value.energy_eV), "forces_eV_A": value.forces_eV_A}
        atomic_write(path, lambda temporary: np.savez(temporary, allow_pickle=False, **content))


def compared(labels: Labelled, potential: Potential) -> Compared:
    """A potential on the reference's frames."""
    started = _processor_time()
    symbols = [atoms.get_chemical_symbols() for atoms in labels.frames]
    try:
        values = [evaluate(potential.calculator, atoms) for atoms in labels.frames]
    except ScreeningError as error:
        return Compared(potential.name, None, str(error), _processor_time() - started)
    seconds = (_processor_time() - started) / len(values)
    if not all(value.finite for value in values):
        return Compared(potential.name, None, "energies or forces that are no numbers", seconds)
    return Compared(potential.name, disagreement(symbols, labels.values, values), "", seconds)


def least_wrong(rows: Sequence[Compared]) -> tuple[str, ...]:
    """The potential whose forces are nearest to the reference's, and those that are as near within two errors."""
    known = sorted(
        (row.found.force_mae_meV_A, row.found.force_mae_error_meV_A or 0.0, row.name) for row in rows if row.found
    )
    if not known:
        return ()
    least, error, _ = known[0]
    return tuple(name for mae, own, name in known if mae - least <= 2 * np.hypot(error, own))


def frames_in(path: Path, wanted: int) -> list[Atoms]:
    """Frames of a file, evenly spread; all of them where there are fewer.

    Raises:
        StageError: the file cannot be read, or its cells are not periodic.
    """
    from ase.io import read

    try:
        frames = read(path, index=":")
    except Exception as error:  # whatever ASE's reader of this format raises
        raise StageError(f"{path}: no frames that ASE can read ({type(error).__name__}: {error})") from error
    if not frames or not all(atoms.pbc.all() for atoms in frames):
        raise StageError(f"{path}: frames must be periodic in all directions")
    if any(_is_shared(sites) for atoms in frames for sites in atoms.info.get("occupancy", {}).values()):
        raise StageError(f"{path}: sites are partially occupied; give an ordered structure, or frames of a run")
    return [frames[k] for k in np.unique(np.linspace(0, len(frames) - 1, min(wanted, len(frames))).astype(int))]


def _is_shared(site: Mapping[str, float]) -> bool:
    """Whether a site of a CIF is empty or of another element in some cells; most files name the occupancy 1 too."""
    return len(site) > 1 or any(abs(share - 1.0) > _WHOLE for share in site.values())


def _processor_time() -> float:
    """Of this process and of those it started, which a reference may be."""
    import resource

    own, started = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + started.ru_utime + started.ru_stime
