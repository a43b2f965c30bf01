"""Atoms brought to rest in a fixed cell by the engine that will run them, beside neighbours that they were given."""

from typing import Any

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.optimize import FIRE

from screening.dynamics.engines.base import Engine, EngineFailure, StaticEngine

#: Largest force left in eV/Angstrom, and steps at most: what is left then is less than heat.
_FORCE_EV_A, _STEPS = 0.1, 300
#: A step moves no atom further, in Angstrom.
_STEP_A = 0.1


class _Forces(Calculator):
    """The forces of an engine."""

    implemented_properties = ("energy", "forces")

    def __init__(self, engine: StaticEngine) -> None:
        super().__init__()
        self._engine = engine

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        """As ASE asks for it."""
        super().calculate(atoms, properties, system_changes)
        # The optimiser follows forces alone, and logs an energy that nobody reads.
        self.results = {"energy": 0.0, "forces": self._engine.forces([self.atoms])[0]}


def settled(atoms: Atoms, engine: Engine) -> Atoms:
    """The atoms at rest, or as near to it as a few hundred steps bring them.

    Raises:
        EngineFailure: the engine has no forces for them.
    """
    if not isinstance(engine, StaticEngine):
        raise EngineFailure(f"the engine {engine.name} cannot bring atoms to rest")
    moving = atoms.copy()
    moving.calc = _Forces(engine)
    FIRE(moving, logfile=None, maxstep=_STEP_A).run(fmax=_FORCE_EV_A, steps=_STEPS)
    moving.calc = None
    return moving
