"""Students that train in seconds: their settings and a crystal."""

import numpy as np
from ase import Atoms
from ase.build import bulk

from screening.config.student import BasisConfig, StudentConfig

SMALL = StudentConfig(
    basis=BasisConfig(cutoff_A=5.0, radial_2body=6, radial_3body=2, angular_3body=1, radial_4body=0, angular_4body=0),
    seed_frames=6,
    seed_displacement_A=0.15,
    run_ps=0.5,
    stable_ps=0.5,
    rounds=4,
    frames_per_run=3,
    acceptance_frames=5,
    teacher_run_ps=0.4,
)


def crystal(rng: np.random.Generator | None = None) -> Atoms:
    """Neon and argon, disordered."""
    atoms = bulk("Ne", "fcc", a=3.45, cubic=True) * (2, 2, 2)
    atoms.numbers = (rng or np.random.default_rng(0)).permutation([10] * 16 + [18] * 16)
    return atoms
