"""candidates.csv -> potential.json: a potential of the campaign, checked for the campaign's elements."""

from screening.candidates.record import CandidateRow
from screening.config.potential import TeacherConfig
from screening.config.stages import SecondSelfcheckSettings
from screening.errors import StageError
from screening.log import tell
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_accepted
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Check; a refused potential ends the campaign here, and no record is written."""
    source = call.input("candidates")
    elements = elements_of([row.composition for row in CandidateRow.read(source)])
    if not elements:
        raise StageError(f"{source} has no candidate, so there are no elements to check a potential for")
    outcome = require_accepted(load(_checked(call), call.threads), elements, call.output)
    for doubt in outcome.doubts:
        tell(f"potential {outcome.potential.name} is accepted with a doubt. {doubt}")


def _checked(call: StageCall) -> TeacherConfig:
    settings = call.settings
    chosen: TeacherConfig | None = (
        settings.second if isinstance(settings, SecondSelfcheckSettings) else settings.potential
    )
    if chosen is None:
        raise StageError("the campaign names no second potential (potential.second)")
    return chosen


def elements_of(compositions: list[str]) -> set[str]:
    """Symbols of the elements in formulas such as Li6.25P0.75Si0.25S5Cl."""
    from pymatgen.core import Composition

    return {element.symbol for formula in compositions for element in Composition(formula).elements}
