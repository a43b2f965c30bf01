"""Every ordering of a candidate relaxed to its minimum, as first_start.json and relaxed.json hold it."""

from collections.abc import Callable, Sequence
from typing import Any

from ase import Atoms
from pymatgen.core import Composition

from screening.candidates.record import CandidateRecord, MadeOrdering
from screening.config.stability import RelaxConfig
from screening.dynamics.glass_status import GlassStatus
from screening.log import tell
from screening.records import derive_seed
from screening.records.structures import atoms_of, structure_of
from screening.stability.glass_record import GlassSample
from screening.stability.record import RelaxedOrdering, SearchRecord, Start
from screening.stability.relax import Relaxation
from screening.stability.search import search_minima
from screening.stability.starts import Minimum, not_relaxed, relax_from_several_starts
from screening.stability.topology import Framework
from screening.students.pod import StudentPotential

# Number of the ordering, its geometry as made, its seed, the framework to keep -> its minimum.
FindMinimum = Callable[[int, Atoms, int, Framework | None], Minimum]


class SeveralStarts:
    """Finds an ordering's minimum from several starts, with a student's search where there is one."""

    def __init__(
        self,
        calculator: Any,
        settings: RelaxConfig,
        student: StudentPotential | None,
        firsts: Sequence[RelaxedOrdering],
    ) -> None:
        """What all orderings share.

        Args:
            calculator: Of the campaign's potential.
            settings: Thresholds, starts, search.
            student: That searches; None where the potential itself anneals.
            firsts: Orderings of first_start.json; empty where none was made.
        """
        self._calculator, self._settings, self._student = calculator, settings, student
        self._firsts = [_relaxation(first) for first in firsts]

    def find(self, index: int, atoms: Atoms, seed: int, framework: Framework | None) -> Minimum:
        """See `FindMinimum`."""
        first = self._firsts[index] if self._firsts else None
        search = None
        if self._student is not None:
            begin = atoms if first is None or first.energy_eV is None else first.atoms
            search = search_minima(begin, self._student, self._settings, seed, framework, ideal=atoms)
            found = f"ordering {index}: {len(search.minima)} minima by the student"
            tell("; ".join([found, *search.failures[:3]]))
        minimum = relax_from_several_starts(
            atoms, self._calculator, self._settings, seed, framework, first=first, search=search
        )
        energies = (f"{s.energy_eV / len(atoms):.4f}" if s.energy_eV is not None else s.status for s in minimum.starts)
        tell(f"ordering {index}: {', '.join(energies)} eV/atom")
        return minimum


def relaxed_orderings(
    candidate: CandidateRecord, samples: Sequence[GlassSample], mobile_ion: str, seed: int, find: FindMinimum
) -> tuple[RelaxedOrdering, ...]:
    """The orderings of a relaxed record.

    Args:
        candidate: Record of the candidate.
        samples: Of glass.json, from whose quenched melts a glass begins; empty for a crystal.
        mobile_ion: Its moves are no change of the framework.
        seed: Of the campaign.
        find: Relaxes one.
    """
    anions = frozenset(element for element, charge in candidate.oxidation_states.items() if charge < 0)
    # The bonds of a glass are still to be found.
    framework = None if samples else Framework(mobile_ion, anions, _closing(candidate, mobile_ion))
    orderings = []
    for index, ordering in enumerate(candidate.orderings):
        sample = samples[index] if samples else None
        atoms = atoms_of(ordering.structure if sample is None else sample.structure)
        if sample is not None and sample.status is not GlassStatus.AMORPHOUS:
            minimum = not_relaxed(atoms, f"{sample.status}: {sample.reason}")
        else:
            minimum = find(index, atoms, derive_seed(seed, candidate.id, index), framework)
        orderings.append(_record(ordering, minimum))
    return tuple(orderings)


def _closing(candidate: CandidateRecord, mobile_ion: str) -> frozenset[str]:
    """Cations of a boundary whose bonds a cut may have left open: all but those in the middle of units kept whole."""
    if candidate.boundary is None:
        return frozenset()
    cations = {element for element, charge in candidate.oxidation_states.items() if charge > 0}
    centres = {element.symbol for name in candidate.boundary.whole for element in Composition(name).elements}
    return frozenset(cations - centres - {mobile_ion})


def _relaxation(record: RelaxedOrdering) -> Relaxation:
    """The relaxation that `_record` wrote."""
    return Relaxation(
        atoms=atoms_of(record.structure),
        status=record.status,
        reason=record.reason,
        energy_eV=record.energy_eV,
        steps=record.steps,
        max_force_eV_A=record.max_force_eV_A,
        volume_change=record.volume_change,
    )


def _record(ordering: MadeOrdering, minimum: Minimum) -> RelaxedOrdering:
    best, search = minimum.best, minimum.search
    return RelaxedOrdering(
        degeneracy=ordering.degeneracy,
        draws=ordering.draws,
        status=best.status,
        reason=best.reason,
        energy_eV=best.energy_eV,
        starts=tuple(
            Start(status=start.status, reason=start.reason, energy_eV=start.energy_eV, steps=start.steps)
            for start in minimum.starts
        ),
        start_spread_eV=minimum.spread_eV,
        minimum_repeated=minimum.repeated,
        search=None
        if search is None
        else SearchRecord(student_energies_eV=search.energies_eV, spread_eV=search.spread_eV, failures=search.failures),
        steps=best.steps,
        max_force_eV_A=best.max_force_eV_A,
        volume_A3=float(best.atoms.get_volume()),
        volume_change=best.volume_change,
        structure=structure_of(best.atoms),
        boundary=ordering.boundary,
    )
