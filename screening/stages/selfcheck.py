"""candidates.csv -> potential.json: the campaign's potential, checked for the campaign's elements."""

from screening.errors import StageError
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_accepted
from screening.records import read_table
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Check; a refused potential ends the campaign here, and no record is written."""
    (source,) = call.inputs
    elements = elements_of([str(row["composition"]) for row in read_table(source)])
    if not elements:
        raise StageError(f"{source} has no candidate, so there are no elements to check a potential for")
    require_accepted(load(call.settings.potential, call.threads), elements, call.output)


def elements_of(compositions: list[str]) -> set[str]:
    """Symbols of the elements in formulas such as Li6.25P0.75Si0.25S5Cl."""
    from pymatgen.core import Composition

    return {element.symbol for formula in compositions for element in Composition(formula).elements}
