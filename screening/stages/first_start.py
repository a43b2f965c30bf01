"""candidate.json (and glass.json) -> first_start.json: every ordering relaxed once, for its student to begin from."""

from ase import Atoms

from screening.config.stages import FirstStartSettings
from screening.potentials.registry import load
from screening.stability.relax import relax
from screening.stability.starts import Minimum
from screening.stability.topology import Framework
from screening.stages.context import StageCall
from screening.stages.relax import write_minima


def run(call: StageCall) -> None:
    """As the relax stage does, without a second start."""
    settings: FirstStartSettings = call.settings
    potential = load(settings.potential, call.threads)

    def once(_index: int, atoms: Atoms, seed: int, framework: Framework | None) -> Minimum:
        done = relax(atoms, potential.calculator, settings.relaxation, seed, framework)
        return Minimum(done, (done,), repeated=False)

    write_minima(call, "first_start", settings.mobile_ion, settings.seed, potential, once)
