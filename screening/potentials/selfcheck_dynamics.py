"""Energy conservation in a short run at constant energy."""

from typing import Any

import numpy as np

from screening.potentials.selfcheck_evaluate import Array, EvaluationError, Evaluator
from screening.potentials.selfcheck_report import Check, limited

# The step that runs with lithium use. Measured drift: 0.1 meV/atom, for CHGNet up to 0.8.
TEMPERATURE_K, STEP_FS, STEPS = 600.0, 2.0, 200
DRIFT_BOUND_MEV_ATOM = 3.0


def conservation_check(evaluator: Evaluator, sample: Any, seed: int) -> Check:
    """Drift of the total energy in a run at constant energy that starts at 600 K from the rattled crystal.

    The drift is the mean of the last third of the run less that of the first: the velocity Verlet algorithm lets the
    total energy swing about its mean, forces that are not those of the energy move the mean.

    Raises:
        EvaluationError: the potential fails on the way.
    """
    total = run_nve(evaluator, sample, seed)
    third = len(total) // 3
    value = 1e3 * float(total[-third:].mean() - total[:third].mean()) / len(sample)
    text = f"the total energy drifts by {value:.3f} meV/atom in {STEPS * STEP_FS / 1e3:g} ps from {TEMPERATURE_K:g} K"
    return limited("conservation", sample.get_chemical_formula(), value, DRIFT_BOUND_MEV_ATOM, "meV/atom", text)


def run_nve(evaluator: Evaluator, sample: Any, seed: int) -> Array:
    """Total energy in eV at every step of a velocity Verlet run, shape (STEPS + 1,).

    Raises:
        EvaluationError: the potential fails on the way.
    """
    from ase import units
    from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary
    from ase.md.verlet import VelocityVerlet

    atoms = sample.copy()
    MaxwellBoltzmannDistribution(atoms, temperature_K=TEMPERATURE_K, rng=np.random.default_rng(seed))
    Stationary(atoms)
    atoms.calc = evaluator.calculator
    total: list[float] = []
    dynamics = VelocityVerlet(atoms, timestep=STEP_FS * units.fs)
    dynamics.attach(lambda: total.append(atoms.get_total_energy()))
    evaluator.count += STEPS + 1
    try:
        dynamics.run(STEPS)
    except Exception as error:  # a calculator raises whatever its library raises
        raise EvaluationError(f"a short run stopped ({type(error).__name__}: {error})") from error
    return np.array(total)
