"""How far labels of first principles are converged: their own error, beside which differences are to be read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from screening.constants import GPA
from screening.errors import PotentialError, StageError
from screening.potentials.base import Potential
from screening.potentials.comparison import labelled
from screening.potentials.disagreement import Evaluated
from screening.potentials.reference_record import Convergence, Judgement, Refinement

# A difference that is no larger than this many times the labels' own error says nothing.
WORTH = 1.5


def converged(reference: Potential, atoms: Atoms, label: Evaluated, folder: Path | None = None) -> Convergence | None:
    """The same frame with each setting made finer by itself.

    A calculator that can be tested has a method `finer()`, which returns calculators by the names of what was made
    finer, each with a `checksum` of its own.

    Args:
        reference: The method.
        atoms: A frame.
        label: The reference's answer for it.
        folder: Where labels are kept.

    Returns:
        None where the method says of no finer one.
    """
    finer: Any = getattr(reference.calculator, "finer", None)
    if finer is None:
        return None
    made: Mapping[str, Any] = finer()
    steps = [_step(name, _with(reference, calculator, name), atoms, label, folder) for name, calculator in made.items()]
    known = [step.force_mae_meV_A for step in steps if step.force_mae_meV_A is not None]
    return Convergence(steps=tuple(steps), force_error_meV_A=float(np.linalg.norm(known)) if known else None)


def _with(reference: Potential, calculator: Any, name: str) -> Potential:
    checksum = getattr(calculator, "checksum", f"{reference.checksum} {name}")
    return Potential(calculator, f"{reference.name}, {name}", reference.version, reference.functional, checksum)


def _step(name: str, finer: Potential, atoms: Atoms, label: Evaluated, folder: Path | None) -> Refinement:
    try:
        labels = labelled([atoms], finer, folder)
    except (PotentialError, StageError) as error:
        return Refinement(name=name, force_mae_meV_A=None, pressure_change_GPa=None, cpu_s=None, reason=str(error))
    found = labels.values[0]
    pressure = None
    if found.stress_eV_A3 is not None and label.stress_eV_A3 is not None:
        pressure = -float(np.trace(found.stress_eV_A3 - label.stress_eV_A3)) / 3 / GPA
    return Refinement(
        name=name,
        force_mae_meV_A=1000.0 * float(np.abs(found.forces_eV_A - label.forces_eV_A).mean()),
        pressure_change_GPa=pressure,
        cpu_s=labels.seconds or None,
    )


def doubt(convergence: Convergence | None, judged: Judgement | None) -> str:
    """Why a difference from these labels says nothing, "" where it does or that is not known."""
    if convergence is None or convergence.force_error_meV_A is None or judged is None or judged.found is None:
        return ""
    error, found = convergence.force_error_meV_A, judged.found.force_mae_meV_A
    if found > WORTH * error:
        return ""
    return (
        f"the labels themselves err by {error:.0f} meV/A, and {judged.name} differs from them by {found:.0f} meV/A "
        "only: they cannot tell how wrong it is"
    )
