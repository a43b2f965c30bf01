"""Potentials beside a reference on the same frames: which is the least wrong for a material."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms

from screening.errors import PotentialError, StageError
from screening.potentials.base import Potential
from screening.potentials.disagreement import Evaluated, disagreement, evaluate
from screening.potentials.trust_record import Disagreement


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
        values: Its energies and forces.
        lost: How many it could not, and why the last.
        seconds: Of processor time a frame.
    """

    frames: tuple[Atoms, ...]
    values: tuple[Evaluated, ...]
    lost: tuple[str, ...]
    seconds: float


def labelled(frames: Sequence[Atoms], reference: Potential) -> Labelled:
    """Ask the reference; a frame that it cannot label is left out.

    Raises:
        StageError: it can label none.
    """
    kept, values, lost = [], [], []
    started = _processor_time()
    for atoms in frames:
        try:
            value = evaluate(reference.calculator, atoms)
        except PotentialError as error:
            lost.append(str(error))
            continue
        if not value.finite:
            lost.append(f"{reference.name} gives energies or forces that are no numbers")
            continue
        kept.append(atoms)
        values.append(value)
    if not kept:
        raise StageError(f"{reference.name} labels none of {len(frames)} frames: {lost[-1]}")
    return Labelled(tuple(kept), tuple(values), tuple(lost), (_processor_time() - started) / len(frames))


def compared(labels: Labelled, potential: Potential) -> Compared:
    """A potential on the reference's frames."""
    started = _processor_time()
    symbols = [atoms.get_chemical_symbols() for atoms in labels.frames]
    values = [evaluate(potential.calculator, atoms) for atoms in labels.frames]
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
    if any("occupancy" in atoms.info for atoms in frames):
        raise StageError(f"{path}: sites are partially occupied; give an ordered structure, or frames of a run")
    return [frames[k] for k in np.unique(np.linspace(0, len(frames) - 1, min(wanted, len(frames))).astype(int))]


def _processor_time() -> float:
    """Of this process and of those it started, which a reference may be."""
    import resource

    own, started = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + started.ru_utime + started.ru_stime
