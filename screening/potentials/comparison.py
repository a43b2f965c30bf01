"""Potentials beside a reference on the same frames: which is the least wrong for a material."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms

from screening.constants import GPA
from screening.errors import PotentialError, ScreeningError, StageError, is_full_memory
from screening.potentials.base import Potential
from screening.potentials.disagreement import Evaluated, disagreement, evaluate
from screening.potentials.reference_record import Judgement
from screening.records import content_hash
from screening.records.arrays import known_arrays, write_arrays

#: Thermal forces are tens of times as large at room temperature; labels of a crystal at rest err by about as much.
LEAST_FORCE_EV_A = 0.01
# Occupancies that are so near to 1 are 1: files round them.
_WHOLE = 1e-3


@dataclass(frozen=True)
class Labelled:
    """Frames with the reference's forces.

    Attributes:
        frames: Those that it could label.
        which: Their places among those it was asked for.
        values: Its energies, forces and, if it has one, stresses.
        lost: Why it could not label the others.
        seconds: Of processor time a frame, those that were kept from before not counted.
    """

    frames: tuple[Atoms, ...]
    which: tuple[int, ...]
    values: tuple[Evaluated, ...]
    lost: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class LabelledHop:
    """A hop of a mobile ion with the reference's energies.

    Attributes:
        frames: From its start to its end.
        energies_eV: Of the frames after the first, less that of the first.
    """

    frames: tuple[Atoms, ...]
    energies_eV: tuple[float, ...]


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
                value = _asked(reference, atoms)
        except PotentialError as error:
            lost.append(str(error))
            continue
        if value.forces_eV_A.shape != (len(atoms), 3):
            lost.append(f"{reference.name} gives forces of shape {value.forces_eV_A.shape} for {len(atoms)} atoms")
            continue
        if not value.finite:
            lost.append(f"{reference.name} gives energies or forces that are no numbers")
            continue
        if path is not None:
            _keep(path, value)
        which.append(k)
        values.append(value)
    if not which:
        why = lost[-1] if lost else "there is none"
        raise StageError(f"{reference.name} labels none of {len(frames)} frames: {why}")
    seconds = (_processor_time() - started) / asked if asked else 0.0
    return Labelled(tuple(frames[k] for k in which), tuple(which), tuple(values), tuple(lost), seconds)


def _asked(reference: Potential, atoms: Atoms) -> Evaluated:
    """One label.

    Raises:
        PotentialError: whatever its program raised, or a density that did not converge where that is only noted.
    """
    try:
        value = evaluate(reference.calculator, atoms, stress=True)
    except PotentialError:
        raise
    except Exception as error:  # programs that are called fail in ways of their own
        raise PotentialError(f"{reference.name} failed ({type(error).__name__}: {error})") from error
    # ASE's VASP says so in an attribute and raises nothing.
    if getattr(reference.calculator, "converged", True) is False:
        raise PotentialError(f"{reference.name}: the density did not converge")
    return value


def require_forces(labels: Labelled, name: str) -> None:
    """Refuse frames at rest: nothing is soft where no force acts.

    Raises:
        StageError: the reference's forces vanish.
    """
    forces = np.concatenate([value.forces_eV_A for value in labels.values])
    size = float(np.sqrt(np.mean(forces**2)))
    if size < LEAST_FORCE_EV_A:
        raise StageError(
            f"{name} has forces of {1000 * size:.1f} meV/A on these frames: crystals at rest say nothing of a slope. "
            "Give a single structure, which is heated, or frames of a run"
        )


def labelled_hops(paths: Sequence[Sequence[Atoms]], labels: Labelled) -> list[LabelledHop]:
    """Hops of which every frame has a label.

    Args:
        paths: Frames of each hop, from its start to its end.
        labels: Of all of them, in this order.
    """
    energies = dict(zip(labels.which, (value.energy_eV for value in labels.values), strict=True))
    found, first = [], 0
    for path in paths:
        known = [energies.get(first + k) for k in range(len(path))]
        first += len(path)
        own = [energy for energy in known if energy is not None]
        if len(own) == len(path):
            found.append(LabelledHop(tuple(path), _from_start(own)))
    return found


def _from_start(energies_eV: Sequence[float]) -> tuple[float, ...]:
    return tuple(energy - energies_eV[0] for energy in energies_eV[1:])


def _key(atoms: Atoms, reference: Potential) -> str:
    return content_hash([reference.checksum, str(atoms.symbols), atoms.positions.tolist(), atoms.cell.tolist()])


def _known(path: Path) -> Evaluated | None:
    """A label that was kept; None where there is none, or half a file."""
    file = known_arrays(path)
    if file is None or not {"energy_eV", "forces_eV_A", "stress_eV_A3"} <= file.keys():
        return None
    stress = file["stress_eV_A3"]
    return Evaluated(float(file["energy_eV"]), file["forces_eV_A"], stress if stress.size else None)


def _keep(path: Path, value: Evaluated) -> None:
    if not path.exists():
        stress = np.empty(0) if value.stress_eV_A3 is None else value.stress_eV_A3
        content = {"energy_eV": np.array(value.energy_eV), "forces_eV_A": value.forces_eV_A, "stress_eV_A3": stress}
        write_arrays(path, content)


def compared(labels: Labelled, potential: Potential, hops: Sequence[LabelledHop] = ()) -> Judgement:
    """A potential on the reference's frames; that it fails on them is a part of the answer."""
    started = _processor_time()
    symbols = [atoms.get_chemical_symbols() for atoms in labels.frames]
    try:
        values = [evaluate(potential.calculator, atoms, stress=True) for atoms in labels.frames]
        seconds = (_processor_time() - started) / len(values)
        images = [[evaluate(potential.calculator, atoms).energy_eV for atoms in hop.frames] for hop in hops]
    except ScreeningError as error:
        return Judgement(name=potential.name, failure=str(error), found=None)
    except Exception as error:  # modules of users fail in ways of their own
        if is_full_memory(error):
            raise
        return Judgement(name=potential.name, failure=f"{type(error).__name__}: {error}", found=None)
    if any(value.forces_eV_A.shape != (len(atoms), 3) for value, atoms in zip(values, labels.frames, strict=True)):
        return Judgement(name=potential.name, failure="forces of another number of atoms", found=None)
    if not (all(value.finite for value in values) and np.isfinite([e for hop in images for e in hop]).all()):
        failure = "energies or forces that are no numbers"
        return Judgement(name=potential.name, failure=failure, found=None, cpu_s_per_frame=seconds)
    pressure, uncertain = _pressure(labels.values, values)
    own = tuple(map(_from_start, images))
    mae, slope = _along(hops, own)
    return Judgement(
        name=potential.name,
        failure="",
        found=disagreement(symbols, labels.values, values),
        pressure_difference_GPa=pressure,
        pressure_difference_error_GPa=uncertain,
        hop_energies_eV=own,
        hop_mae_meV=mae,
        hop_slope=slope,
        cpu_s_per_frame=seconds,
    )


def _pressure(reference: Sequence[Evaluated], own: Sequence[Evaluated]) -> tuple[float | None, float | None]:
    """Mean difference of the pressures in GPa, and its standard error over frames; a pressure is -trace/3."""
    pairs = [(one.stress_eV_A3, other.stress_eV_A3) for one, other in zip(own, reference, strict=True)]
    found = [-float(np.trace(a - b)) / 3 / GPA for a, b in pairs if a is not None and b is not None]
    if len(found) < len(pairs):
        return None, None
    return float(np.mean(found)), float(np.std(found, ddof=1) / len(found) ** 0.5) if len(found) > 1 else None


def _along(hops: Sequence[LabelledHop], own: Sequence[Sequence[float]]) -> tuple[float | None, float | None]:
    """Mean absolute error of energies along hops in meV, and their slope through the origin."""
    true = np.array([energy for hop in hops for energy in hop.energies_eV])
    mine = np.array([energy for hop in own for energy in hop])
    power = float(true @ true)
    if not power:
        return None, None
    return 1000.0 * float(np.abs(mine - true).mean()), float(mine @ true) / power


def least_wrong(rows: Sequence[Judgement]) -> tuple[str, ...]:
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
