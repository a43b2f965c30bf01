"""Mixing enthalpy against end members, or against a balanced set of competing phases."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

# Shares below this are rounding of the linear programme.
SHARE_CUTOFF = 1e-6


@dataclass(frozen=True)
class Phase:
    """A relaxed phase.

    Attributes:
        name: Id of the candidate or reference.
        formula: For printing.
        composition: Number of atoms of each element in the cell.
        energy_eV: Of the cell, with the campaign's potential.
        end_member: An ordered pure parent of the campaign.
    """

    name: str
    formula: str
    composition: dict[str, int]
    energy_eV: float
    end_member: bool

    @property
    def n_atoms(self) -> int:
        """Atoms in the cell."""
        return sum(self.composition.values())


@dataclass(frozen=True)
class Mixing:
    """Mixing enthalpy at zero pressure and 0 K, vibrations left out.

    Attributes:
        enthalpy_eV_atom: Energy minus that of the references, eV/atom; None if it cannot be had.
        kind: "end members", "competing phases", "itself" (an end member) or "none".
        reaction: The references and their shares of the atoms, in words.
        reason: Why there is no value, "" otherwise.
        shares: Name of each reference and its share of the atoms; they add up to 1.
    """

    enthalpy_eV_atom: float | None
    kind: str
    reaction: str
    reason: str
    shares: tuple[tuple[str, float], ...] = ()


def mixing_enthalpy(phase: Phase, references: Sequence[Phase], ends: Sequence[Phase] | None = None) -> Mixing:
    """Energy of a phase above the cheapest balanced combination of references.

    dH_mix = E(phase)/N - sum_k x_k E_k/N_k with the shares x_k >= 0 of the atoms that reproduce the composition.
    The end members of its series alone are used where they can make the composition, as dH_mix is defined; all
    references otherwise. Among several balanced combinations the one of lowest energy counts. An end member is
    measured against itself, in whatever cell.

    Args:
        phase: What is mixed.
        references: Relaxed with the same potential.
        ends: End members of its series; all that are among the references by default.
    """
    own = [r for r in references if r.end_member] if ends is None else ends
    if ends is not None and phase.name in {end.name for end in ends}:
        own = [phase]
    return _above(phase, own, "end members") or hull_distance(phase, references)


def hull_distance(phase: Phase, references: Sequence[Phase]) -> Mixing:
    """Energy of a phase above the convex hull of all references: what it would gain by decomposing into them.

    A linear programme over the shares of the references (the lower hull at this composition). Negative for a
    phase that is not among the references and lies below their hull.
    """
    found = _above(phase, references, "competing phases")
    if found is not None:
        return found
    missing = set(phase.composition) - {e for r in references for e in r.composition}
    why = (
        f"no reference contains {', '.join(sorted(missing))}"
        if missing
        else f"the references ({', '.join(r.formula for r in references)}) cannot balance {phase.formula}"
    )
    return Mixing(None, "none", "", f"{why}; add phases to stability.references")


def _above(phase: Phase, references: Sequence[Phase], kind: str) -> Mixing | None:
    shares = _cheapest_balance(phase, references)
    if shares is None:
        return None
    energy = phase.energy_eV / phase.n_atoms - sum(x * r.energy_eV / r.n_atoms for x, r in shares)
    if [r.name for _, r in shares] == [phase.name]:
        kind = "itself"
    reaction = " + ".join(f"{x:.4g} {r.formula}" for x, r in shares)
    return Mixing(energy, kind, reaction, "", tuple((r.name, x) for x, r in shares))


def _cheapest_balance(phase: Phase, references: Sequence[Phase]) -> list[tuple[float, Phase]] | None:
    """Shares of the atoms in each reference, None if the composition cannot be made."""
    if not references:
        return None
    elements = sorted({e for p in (phase, *references) for e in p.composition})

    def atomic_fractions(p: Phase) -> NDArray[np.float64]:
        return np.array([p.composition.get(e, 0) / p.n_atoms for e in elements])

    result = linprog(
        c=[r.energy_eV / r.n_atoms for r in references],
        A_eq=np.array([atomic_fractions(r) for r in references]).T,
        b_eq=atomic_fractions(phase),
        bounds=(0, None),
        method="highs",
    )
    if not result.success:
        return None
    return [(float(x), r) for x, r in zip(result.x, references, strict=True) if x > SHARE_CUTOFF]
