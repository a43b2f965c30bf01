"""Boltzmann weights of a candidate's orderings."""

from collections.abc import Sequence

from screening.stability.ensemble import boltzmann_ensemble
from screening.stability.phases import complete, energy_eV, levels, usable
from screening.stability.record import RelaxedRecord
from screening.stability.rows import OrderingRow


def ordering_rows(record: RelaxedRecord, temperatures_K: Sequence[float]) -> list[OrderingRow]:
    """Rows of orderings.csv: weights among the kept orderings, which `complete` says are all there are.

    Args:
        record: Of relaxed.json.
        temperatures_K: Of the weights.
    """
    whole = complete(record)
    weights = {}
    if usable(record):
        energies, degeneracies = levels(record)
        weights = {t: iter(boltzmann_ensemble(energies, degeneracies, t).weights) for t in temperatures_K}
    lowest = min((energy_eV(o) for o in usable(record)), default=0.0)
    return [
        OrderingRow(
            id=record.id,
            ordering=index,
            relaxation=ordering.status,
            degeneracy=ordering.degeneracy,
            draws=ordering.draws,
            complete=whole,
            energy_above_lowest_meV_cell=(None if ordering.energy_eV is None else 1000 * (ordering.energy_eV - lowest)),
            weight={t: None if ordering.energy_eV is None else float(next(weights[t])) for t in temperatures_K},
            reason=ordering.reason,
        )
        for index, ordering in enumerate(record.orderings)
    ]
