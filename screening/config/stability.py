"""Relaxation, mixing enthalpy and the shortlist."""

from pydantic import Field

from screening.config.base import Section


class RelaxConfig(Section):
    """How structures are relaxed, candidates and references alike."""

    fmax_eV_A: float = Field(0.05, gt=0, le=1, description="Largest force (and cell force) left, eV/Angstrom.")
    max_steps: int = Field(500, ge=1, le=100_000, description="Optimiser steps before giving up.")
    cell: bool = Field(True, description="Relax the cell as well as the positions.")
    rattle_A: float = Field(
        0.05,
        ge=0,
        le=0.3,
        description="Standard deviation in Angstrom of the seeded displacement that frees ions from flat sites.",
    )


class StabilityConfig(Section):
    """What the mixing enthalpy is measured against."""

    references: tuple[str, ...] = Field(
        (),
        description="Names in the embedded library: competing phases for candidates off the line between parents.",
    )


class ShortlistConfig(Section):
    """Which candidates go on to molecular dynamics."""

    max_mixing_enthalpy_meV_atom: float = Field(
        50.0, ge=0, le=1000, description="Candidates above this mixing enthalpy (meV/atom) are left out."
    )
    max_candidates: int = Field(20, ge=1, le=100_000, description="At most this many, lowest enthalpy first.")
