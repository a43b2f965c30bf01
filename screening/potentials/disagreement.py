"""How far two potentials disagree on the same frames: what a second potential says about trust in the first.

Neither is the truth. Where two potentials of different make and training agree, both may still be wrong together;
where they disagree, at least one is wrong. The spread of a committee of models is the usual estimate of a model's
error (Behler 2015, 10.1002/qua.24890); two potentials are the smallest committee.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import PropertyNotImplementedError
from ase.formula import Formula
from numpy.typing import NDArray

from screening.potentials.trust_record import Disagreement, ForceDifference, FurthestAtom

Floats = NDArray[np.float64]
_MILLI = 1000.0


@dataclass(frozen=True)
class Evaluated:
    """One frame under one potential.

    Attributes:
        energy_eV: Potential energy of the cell.
        forces_eV_A: (n_atoms, 3).
        stress_eV_A3: (3, 3), positive under tension; None where it was not asked for, or the potential has none.
    """

    energy_eV: float
    forces_eV_A: Floats
    stress_eV_A3: Floats | None = None

    @property
    def finite(self) -> bool:
        """Whether every number is one."""
        stress = 0.0 if self.stress_eV_A3 is None else self.stress_eV_A3
        return bool(np.isfinite(self.energy_eV) and np.isfinite(self.forces_eV_A).all() and np.isfinite(stress).all())


def evaluate(calculator: Any, atoms: Atoms, stress: bool = False) -> Evaluated:
    """Energy and forces of a frame.

    Args:
        calculator: ASE calculator.
        atoms: Periodic cell; it is not changed.
        stress: Ask for the stress too, if the calculator has one.
    """
    work = atoms.copy()
    # Single-precision potentials lose digits far from the origin, where unwrapped positions lead.
    work.wrap()
    work.calc = calculator
    energy, forces = float(work.get_potential_energy()), np.array(work.get_forces(), dtype=np.float64)
    return Evaluated(energy, forces, _stress(work) if stress else None)


def _stress(atoms: Atoms) -> Floats | None:
    try:
        return np.array(atoms.get_stress(voigt=False), dtype=np.float64)
    except PropertyNotImplementedError:
        return None


def spread(lengths: Sequence[int], wanted: int) -> list[list[int]]:
    """Frames to look at: `wanted` in all, the same share of every run, evenly in time and never the start.

    Args:
        lengths: Frames of each run.
        wanted: Frames in all; fewer come back where runs have fewer.

    Returns:
        Indices for each run.
    """
    n = len(lengths)
    shares = [min((i + 1) * wanted // n - i * wanted // n, length) for i, length in enumerate(lengths)]
    return [
        [(k + 1) * length // share - 1 for k in range(share)] for length, share in zip(lengths, shares, strict=True)
    ]


def disagreement(
    symbols: Sequence[Sequence[str]], first: Sequence[Evaluated], second: Sequence[Evaluated]
) -> Disagreement:
    """Differences between two potentials on the frames of one candidate.

    Forces have no arbitrary zero and are compared as they are: mean absolute error and root mean square of the
    3 n_atoms components of every frame, Pearson's correlation, and the slope s of F2 = s F1 by least squares (below 1:
    the second potential is softer; Deng et al. 2025, 10.1038/s41524-024-01500-6). Energies of two potentials differ by
    a reference energy for each element, and in frames of one composition these add up to a constant: what is left of
    E2 - E1 after its mean over these is removed, as standard deviation, is the disagreement.

    Args:
        symbols: Elements of the atoms in each frame; compositions may differ.
        first, second: The same frames under either potential, all finite.

    Returns:
        As in trust.json. The energies' disagreement is None without two frames of one composition, correlation and
        slope where forces vanish.

    Raises:
        ValueError: there is no frame.
    """
    if not first:
        raise ValueError("no frame to compare")
    a = np.concatenate([frame.forces_eV_A for frame in first])
    b = np.concatenate([frame.forces_eV_A for frame in second])
    elements = np.concatenate([np.asarray(names) for names in symbols])
    per_frame = np.array(
        [np.abs(q.forces_eV_A - p.forces_eV_A).mean() for p, q in zip(first, second, strict=True)], dtype=np.float64
    )
    energies = np.array(
        [(q.energy_eV - p.energy_eV) / len(p.forces_eV_A) for p, q in zip(first, second, strict=True)],
        dtype=np.float64,
    )
    several = len(first) > 1
    return Disagreement(
        **_forces(a, b),
        force_mae_error_meV_A=_MILLI * float(per_frame.std(ddof=1)) / len(first) ** 0.5 if several else None,
        energy_disagreement_meV_atom=_scatter(symbols, energies),
        energy_offset_eV_atom=float(energies.mean()),
        by_element={
            str(e): ForceDifference(**_forces(a[elements == e], b[elements == e]))
            for e in sorted(set(elements.tolist()))
        },
    )


def _scatter(symbols: Sequence[Sequence[str]], energies: Floats) -> float | None:
    """Standard deviation of energies in eV/atom about the mean of frames of the same composition, meV/atom."""
    of_composition: dict[str, list[float]] = {}
    for names, energy in zip(symbols, energies, strict=True):
        of_composition.setdefault(Formula.from_list(list(names)).reduce()[0].format("hill"), []).append(float(energy))
    freedom = len(energies) - len(of_composition)
    if not freedom:
        return None
    squares = sum(len(values) * float(np.var(values)) for values in of_composition.values())
    return _MILLI * float(np.sqrt(squares / freedom))


def worst(
    symbols: Sequence[Sequence[str]], first: Sequence[Evaluated], second: Sequence[Evaluated]
) -> tuple[int, FurthestAtom]:
    """The frame whose forces differ most (root mean square), and the atom in it whose force does.

    Args:
        symbols, first, second: As for `disagreement`.

    Returns:
        Number of the frame, and what differs in it.
    """
    differences = [q.forces_eV_A - p.forces_eV_A for p, q in zip(first, second, strict=True)]
    index = int(np.argmax([np.mean(d**2) for d in differences]))
    sizes = np.linalg.norm(differences[index], axis=1)
    atom = int(sizes.argmax())
    return index, FurthestAtom(
        force_rms_meV_A=_MILLI * float(np.sqrt(np.mean(differences[index] ** 2))),
        atom=atom,
        element=str(symbols[index][atom]),
        atom_difference_meV_A=_MILLI * float(sizes[atom]),
    )


def _forces(a: Floats, b: Floats) -> dict[str, Any]:
    """Of (n, 3) forces under either potential."""
    square = float(np.sum(a * a))
    varied = a.std() > 0 and b.std() > 0
    return {
        "force_mae_meV_A": _MILLI * float(np.abs(b - a).mean()),
        "force_rms_meV_A": _MILLI * float(np.sqrt(np.mean((b - a) ** 2))),
        "force_size_meV_A": _MILLI * float(np.abs(a).mean()),
        "force_correlation": float(np.corrcoef(a.ravel(), b.ravel())[0, 1]) if varied else None,
        "force_slope": float(np.sum(a * b)) / square if square > 0 else None,
        "force_bias_meV_A": _MILLI * float((np.linalg.norm(b, axis=1) - np.linalg.norm(a, axis=1)).mean()),
    }
