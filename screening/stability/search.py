"""A student looks for the mobile ions' places: many anneals and quenches for the price of one with the potential.

A student's energies are off by about a millielectronvolt per atom, so they only choose what is relaxed with the
potential; what is compared between candidates is always the potential's.
"""

from dataclasses import dataclass

import numpy as np
from ase import Atoms

from screening.config.stability import RelaxConfig
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.protocol import thermal_start
from screening.records import derive_seed
from screening.stability.relax import relax
from screening.stability.topology import Framework
from screening.students.calculator import StudentCalculator
from screening.students.pod import StudentPotential

# Of the anneal's temperature, after it: ions settle in the basin they are in rather than where they happen to fly.
# Not further down: atoms still hot from before would be taken for a runaway, three times the temperature asked for.
COOLING = (0.8, 0.6, 0.4)
# Length of each of these steps, of the anneal's.
COOLING_SHARE = 0.125
# Quenches this close, far below what a student can tell apart, ended in one minimum.
SAME_MINIMUM_MEV_ATOM = 0.1
# Into which the anneals are dealt, to see how much a search scatters.
GROUPS = 4


@dataclass(frozen=True)
class Search:
    """What a student found.

    Attributes:
        minima: Different minima, lowest first.
        energies_eV: The student's energy of each.
        spread_eV: Standard deviation of the lowest energies of four searches a quarter as long; None where one of
            them found nothing.
        failures: Why anneals or quenches gave no minimum, one line each.
    """

    minima: tuple[Atoms, ...]
    energies_eV: tuple[float, ...]
    spread_eV: float | None
    failures: tuple[str, ...]


def search_minima(
    atoms: Atoms,
    student: StudentPotential,
    settings: RelaxConfig,
    seed: int,
    framework: Framework | None,
    ideal: Atoms,
) -> Search:
    """Anneal with a student, cool, relax with it; many times.

    Args:
        atoms: Where all anneals begin: a minimum of the potential, or the ordering as it was made.
        student: Of the potential, for these elements.
        settings: Number, length and temperature of the anneals; how the cell and positions are relaxed.
        seed: Of velocities and thermostats.
        framework: Whose bonds must be those of `ideal` afterwards; None where none are prescribed.
        ideal: The ordering as it was made.
    """
    calculator = StudentCalculator(student)
    still = settings.model_copy(update={"rattle_A": 0.0})
    found: list[tuple[float, int, Atoms]] = []
    failures: list[str] = []
    try:
        for k in range(settings.search_anneals):
            try:
                annealed = _annealed(atoms, calculator, settings, derive_seed(seed, "search", k))
            except EngineFailure as failure:
                failures.append(f"anneal {k}: {failure}")
                continue
            quenched = relax(annealed, calculator, still, seed, framework, ideal=ideal)
            if quenched.energy_eV is None:
                failures.append(f"quench {k}: {quenched.status}: {quenched.reason}")
            else:
                found.append((quenched.energy_eV, k, quenched.atoms))
    finally:
        calculator.close()
    energies: list[float] = []
    minima: list[Atoms] = []
    for energy, _, quenched_atoms in sorted(found, key=lambda one: one[:2]):
        if not energies or energy - energies[-1] > SAME_MINIMUM_MEV_ATOM / 1000 * len(atoms):
            energies.append(energy)
            minima.append(quenched_atoms)
    return Search(tuple(minima), tuple(energies), _spread([(k, energy) for energy, k, _ in found]), tuple(failures))


def _spread(found: list[tuple[int, float]]) -> float | None:
    """Standard deviation of the groups' lowest energies; found as number of the anneal and energy."""
    groups = [[energy for k, energy in found if k % GROUPS == group] for group in range(GROUPS)]
    return float(np.std([min(group) for group in groups], ddof=1)) if all(groups) else None


def _annealed(atoms: Atoms, calculator: StudentCalculator, settings: RelaxConfig, seed: int) -> Atoms:
    """The geometry after a run at the anneal's temperature and a short one at each lower one."""
    timestep_fs = calculator.student.settings.step_fs
    steps = max(1, round(settings.search_ps * 1000 / timestep_fs))
    state = thermal_start(atoms, settings.anneal_K, seed)
    for k, (temperature, share) in enumerate([(1.0, 1.0), *((step, COOLING_SHARE) for step in COOLING)]):
        length = max(1, round(share * steps))
        state = calculator.engine.run(
            state,
            steps=length,
            sample_every=length,
            timestep_fs=timestep_fs,
            temperature_K=temperature * settings.anneal_K,
            seed=derive_seed(seed, "thermostat", k),
        ).end
    return state.atoms()
