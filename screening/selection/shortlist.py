"""Which candidates go on to molecular dynamics, and why the others do not."""

from collections.abc import Iterable

from screening.config.stability import ShortlistConfig
from screening.selection.rows import ShortlistRow
from screening.stability.rows import StabilityRow


def shortlist(rows: Iterable[StabilityRow], settings: ShortlistConfig) -> list[ShortlistRow]:
    """Mark each candidate of the stability table as shortlisted or not, with the reason.

    A relaxation that did not converge is not a reason by itself: its energy is an upper bound, and it says so
    in its row. A missing mixing enthalpy is one, unless the settings keep such candidates. So is a degree of exchange
    that is not the nearest to equilibrium, where that was asked for.

    Args:
        rows: One per candidate.
        settings: Limits.

    Returns:
        Rows, lowest enthalpy first.
    """
    ranked = sorted(
        rows,
        key=lambda r: (r.mixing_enthalpy_meV_atom is None, r.mixing_enthalpy_meV_atom or 0.0, r.id),
    )
    marked, taken = [], 0
    for row in ranked:
        enthalpy = row.mixing_enthalpy_meV_atom
        if not row.relaxation.usable or (enthalpy is None and settings.without_enthalpy == "leave_out"):
            reason = row.reason or "no mixing enthalpy"
        elif row.at_equilibrium is False:
            reason = row.equilibrium
        elif enthalpy is not None and enthalpy > settings.max_mixing_enthalpy_meV_atom:
            reason = (
                f"mixing enthalpy {enthalpy:.1f} meV/atom is above the limit of "
                f"{settings.max_mixing_enthalpy_meV_atom:g}"
            )
        elif taken >= settings.max_candidates:
            reason = f"beyond the {settings.max_candidates} candidates of lowest mixing enthalpy"
        else:
            reason = ""
            taken += 1
        marked.append(ShortlistRow(id=row.id, shortlisted=not reason, reason=reason))
    return marked
