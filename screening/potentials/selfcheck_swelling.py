"""Whether a crystal stays in its measured cell when it is warm: volumes at rest do not tell.

Potentials of functionals without dispersion relax soft salts to within a few per cent and let them swell on heating:
Li3YCl6 of SevenNet-l3i5 is 1.4 % too large at rest, and grows by 15 % at 400 K at constant pressure. At constant volume
the same shows in a picosecond, as the sign of a pressure.
"""

from typing import Any

import numpy as np

from screening.constants import GPA
from screening.potentials.selfcheck_evaluate import EvaluationError, Evaluator
from screening.potentials.selfcheck_report import SWELLING, Check

# From 300 to 400 K crystals grow by 1 to 2 %; a real one is compressed, not stretched, at 5 % more than its own volume.
TEMPERATURE_K, LARGER_BY = 400.0, 0.05
# Vibrations of PO4 and SO4 have periods of 30 fs, those of heavier anions of 55 and more.
STEP_FS, STEP_WITH_OXYGEN_FS = 2.5, 1.5
EQUILIBRATION_STEPS, STEPS, EVERY, BLOCKS = 80, 240, 2, 5
THERMOSTAT_FS = 50.0
# The pressure of fewer atoms fluctuates too much to be known in so short a run.
LEAST_ATOMS = 24
# Errors that a pressure has to be above zero, to be more than a fluctuation.
SIGNIFICANCE = 2.0


def swelling_check(evaluator: Evaluator, crystal: Any, seed: int) -> Check:
    """Pressure at 400 K in a cell 5 % larger than measured: what a sound potential gives is negative.

    Args:
        evaluator: The potential.
        crystal: In its measured cell (ase.Atoms).
        seed: Of velocities and thermostat.

    Raises:
        EvaluationError: the potential fails on the way.
    """
    wide = enough(crystal)
    wide.set_cell(wide.cell.array * (1 + LARGER_BY) ** (1 / 3), scale_atoms=True)
    pressure, error = mean_pressure(evaluator, wide, TEMPERATURE_K, seed)
    text = (
        f"at {TEMPERATURE_K:g} K and {100 * LARGER_BY:g} % more than the measured volume the pressure is "
        f"{pressure:+.2f} ± {error:.2f} GPa"
    )
    pushes = pressure > SIGNIFICANCE * error
    if pushes:
        text += ": cells swell, and ions in them are too fast; use potential.dispersion, or md.cell: measured"
    return Check(SWELLING, crystal.get_chemical_formula(), pressure, 0.0, "GPa", not pushes, text)


def mean_pressure(evaluator: Evaluator, atoms: Any, temperature_K: float, seed: int) -> tuple[float, float]:
    """Mean pressure in a short run at constant volume and its standard error from blocks, GPa.

    The kinetic part is that of the temperature asked for, since the run's own scatters.

    Raises:
        EvaluationError: the potential fails on the way, or the pressure is no number.
    """
    from ase import units
    from ase.md.bussi import Bussi
    from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary

    moving, random = atoms.copy(), np.random.default_rng(seed)
    # From rest, half of the kinetic energy goes into displacements.
    MaxwellBoltzmannDistribution(moving, temperature_K=2 * temperature_K, rng=random)
    Stationary(moving)
    moving.calc = evaluator.calculator
    step = (STEP_WITH_OXYGEN_FS if "O" in moving.symbols else STEP_FS) * units.fs
    dynamics = Bussi(moving, step, temperature_K, taut=THERMOSTAT_FS * units.fs, rng=random)
    found: list[float] = []
    evaluator.count += EQUILIBRATION_STEPS + STEPS
    try:
        dynamics.run(EQUILIBRATION_STEPS)
        dynamics.attach(lambda: found.append(-float(np.trace(moving.get_stress(voigt=False))) / 3), interval=EVERY)
        dynamics.run(STEPS)
    except Exception as error:  # a calculator raises whatever its library raises
        raise EvaluationError(
            f"a short run at {temperature_K:g} K stopped ({type(error).__name__}: {error})"
        ) from error
    kinetic = (len(moving) - 1) * units.kB * temperature_K / moving.get_volume()
    blocks = np.array([block.mean() for block in np.array_split(np.array(found) + kinetic, BLOCKS)]) / GPA
    if not np.isfinite(blocks).all():
        raise EvaluationError(f"the pressure at {temperature_K:g} K is not a finite number")
    return float(blocks.mean()), float(blocks.std(ddof=1) / np.sqrt(BLOCKS))


def enough(crystal: Any) -> Any:
    """Repeated along its shortest edges until there are enough atoms."""
    atoms = crystal.copy()
    while len(atoms) < LEAST_ATOMS:
        times = [1, 1, 1]
        times[int(np.argmin(atoms.cell.lengths()))] = 2
        atoms = atoms.repeat(times)
    return atoms
