"""Relaxation, mixing enthalpy and the shortlist."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from screening.config.base import Section
from screening.config.parents import ParentConfig


def _library(value: Any) -> Any:
    """A bare name is one in the embedded library."""
    return {"library": value} if isinstance(value, str) else value


Reference = Annotated[ParentConfig, BeforeValidator(_library, json_schema_input_type=str | ParentConfig)]


class RelaxationConfig(Section):
    """How one structure is relaxed, candidates and references alike."""

    fmax_eV_A: float = Field(0.05, gt=0, le=1, description="Largest force (and cell force) left, eV/Angstrom.")
    max_steps: int = Field(500, ge=1, le=100_000, description="Optimiser steps before giving up.")
    cell: bool = Field(True, description="Relax the cell as well as the positions.")
    rattle_A: float = Field(
        0.05,
        ge=0,
        le=0.3,
        description="Standard deviation in Angstrom of the seeded displacement that frees ions from flat sites.",
    )


class RelaxConfig(RelaxationConfig):
    """How structures are relaxed, and from how many arrangements of their mobile ions."""

    max_starts: int = Field(
        3,
        ge=1,
        le=100,
        description=(
            "Relaxations with the potential per ordering: the first as it is, the others from other places of the "
            "mobile ions. The lowest is kept; the spread is the error of mixing enthalpies. From three on, no more are "
            "made once the lowest energy was found twice. With 1 there is no error estimate, and the energy may be far "
            "too high."
        ),
    )
    search_anneals: int = Field(
        16,
        ge=0,
        le=10_000,
        description=(
            "Anneals and quenches by the family's student (`potential.student`) per ordering; further starts are the "
            "lowest different minima it finds. With 0, or without a student, the potential itself anneals, for a "
            "shorter time because it is slow. With one start there is no search."
        ),
    )
    search_ps: float = Field(4.0, gt=0, le=1000, description="Length in ps of an anneal by the student.")
    start_tolerance_meV_atom: float = Field(
        1.0, gt=0, le=100, description="Two starts within this energy (meV/atom) found the same minimum."
    )
    anneal_K: float = Field(600.0, ge=50, le=5000, description="Temperature in K of the anneals.")
    anneal_ps: float = Field(0.5, gt=0, le=1000, description="Length in ps of an anneal by the potential.")

    @property
    def relaxation(self) -> RelaxationConfig:
        """How one structure is relaxed."""
        return RelaxationConfig(**{name: getattr(self, name) for name in RelaxationConfig.model_fields})


class StabilityConfig(Section):
    """What the mixing enthalpy is measured against."""

    references: tuple[Reference, ...] = Field(
        (),
        description=(
            "Competing phases for candidates off the line between parents: names in the embedded library, or files and "
            "database queries as under `parents`. All are relaxed with the campaign's potential."
        ),
    )
    temperatures_K: tuple[Annotated[float, Field(gt=0, le=5000)], ...] = Field(
        (300.0, 600.0, 1000.0), description="Temperatures in K for the Gibbs energy of mixing."
    )

    @field_validator("references")
    @classmethod
    def _crystals(cls, value: tuple[Reference, ...]) -> tuple[Reference, ...]:
        for i, reference in enumerate(value):
            if reference.packed is not None:
                raise ValueError(f"references.{i}: a random packing is no phase that anything could decompose to")
        return value


class ShortlistConfig(Section):
    """Which candidates go on to molecular dynamics."""

    max_mixing_enthalpy_meV_atom: float = Field(
        50.0, ge=0, le=1000, description="Candidates above this mixing enthalpy (meV/atom) get no MD."
    )
    without_enthalpy: Literal["leave_out", "keep"] = Field(
        "leave_out",
        description=(
            "What to do with candidates whose mixing enthalpy no set of references gives: nothing shows they can be "
            "made, so by default they get no MD."
        ),
    )
    max_candidates: int = Field(20, ge=1, le=100_000, description="At most this many, lowest enthalpy first.")
