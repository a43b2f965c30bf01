"""Boltzmann weights of a candidate's orderings."""

from collections.abc import Sequence
from typing import Any

from screening.stability.ensemble import boltzmann_ensemble
from screening.stability.phases import Relaxed, complete, levels, usable


def ordering_rows(record: Relaxed, temperatures_K: Sequence[float]) -> list[dict[str, Any]]:
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
    lowest = min((o["energy_eV"] for o in usable(record)), default=0.0)
    return [
        {
            "id": record["id"],
            "ordering": index,
            "relaxation": ordering["status"],
            "degeneracy": ordering["degeneracy"],
            "draws": ordering.get("draws"),
            "complete": whole,
            "energy_above_lowest_meV_cell": (
                None if ordering["energy_eV"] is None else 1000 * (ordering["energy_eV"] - lowest)
            ),
            **{
                f"weight_{t:g}K": None if ordering["energy_eV"] is None else float(next(weights[t]))
                for t in temperatures_K
            },
            "reason": ordering["reason"],
        }
        for index, ordering in enumerate(record["orderings"])
    ]
